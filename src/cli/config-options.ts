/**
 * The configuration that a command works with: that of the service, with the environment.
 */
import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { errorText } from '../common/error-text.ts';
import { type Resolution, resolveConfig } from '../config/resolve.ts';
import type { ResolvedConfig } from '../config/resolved.ts';
import { developmentPreset, productionPreset } from '../config/sources/presets.ts';
import type { LoggingConfig } from '../config/types.ts';
import { ConfigError } from '../errors.ts';
import { choiceOf, textOf } from './arguments.ts';
import { type OptionSpecs, UsageError, type Values } from './command.ts';

const PRESETS = { production: productionPreset, development: developmentPreset } as const;

export const CONFIG_OPTIONS: OptionSpecs = {
  preset: {
    type: 'string',
    short: 'p',
    placeholder: 'NAME',
    help: 'production or development; default: none with --config, production without',
  },
  config: {
    type: 'string',
    short: 'c',
    placeholder: 'FILE',
    help: 'settings of the service, as it gives them to configureLogging: a JSON file, or a module with a default export',
  },
};

/**
 * What the file says, as `configureLogging` would take it: a preset beneath it that the service does not have would give it other routes. With `--preset`,
 * as the preset's own function takes it.
 */
export async function configFrom(values: Values): Promise<LoggingConfig> {
  const preset = choiceOf(values, 'preset', ['production', 'development']);
  const file = textOf(values, 'config');
  const given = file === undefined ? {} : await readConfig(file);
  return preset === undefined && file !== undefined ? given : PRESETS[preset ?? 'production'](given);
}

export function resolvedFrom(config: LoggingConfig): ResolvedConfig {
  return resolutionFrom(config).config;
}

/** Throws UsageError with everything that is wrong with it. */
export function resolutionFrom(config: LoggingConfig): Resolution {
  try {
    return resolveConfig(config, process.env);
  } catch (error) {
    if (error instanceof ConfigError) throw new UsageError(error.message);
    throw error;
  }
}

async function readConfig(file: string): Promise<LoggingConfig> {
  try {
    if (extname(file) === '.json') return JSON.parse(await readFile(file, 'utf8')) as LoggingConfig;
    const { default: config } = (await import(pathToFileURL(resolve(file)).href)) as { default?: LoggingConfig };
    if (typeof config !== 'object' || config === null) throw new Error('it has no default export that is an object');
    return config;
  } catch (error) {
    throw new UsageError(`--config ${file}: ${errorText(error)}`);
  }
}
