/**
 * The configuration that a command works with: a preset, a file on top of it, and the environment.
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
  preset: { type: 'string', short: 'p', placeholder: 'NAME', help: 'production (default) or development' },
  config: {
    type: 'string',
    short: 'c',
    placeholder: 'FILE',
    help: 'settings on top of the preset: a JSON file, or a module with a default export',
  },
};

/** As the file says, on top of the preset. */
export async function configFrom(values: Values): Promise<LoggingConfig> {
  const preset = PRESETS[choiceOf(values, 'preset', ['production', 'development']) ?? 'production'];
  const file = textOf(values, 'config');
  return preset(file === undefined ? {} : await readConfig(file));
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
