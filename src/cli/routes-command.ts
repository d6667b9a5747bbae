/**
 * `hft-otel routes`: where records would go under a configuration, and why. Nothing is started and nothing is written.
 */
import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { developmentPreset, productionPreset } from '../config/presets.ts';
import { resolveConfig } from '../config/resolve.ts';
import type { ResolvedConfig } from '../config/resolved.ts';
import type { LoggingConfig } from '../config/types.ts';
import { ConfigError } from '../errors.ts';
import { type Lane, LEVELS } from '../record.ts';
import { explainRoute, type RouteQuestion } from '../router/explain.ts';
import { choiceOf, textOf } from './arguments.ts';
import { type Command, UsageError, type Values } from './command.ts';

const PRESETS = { production: productionPreset, development: developmentPreset } as const;
const LANES: readonly Lane[] = ['logs', 'audit'];

export const routesCommand: Command = {
  name: 'routes',
  summary: 'where a record would go, and why: a dry run of the routing rules',
  options: {
    level: { type: 'string', short: 'l', placeholder: 'LEVEL', help: `level of the record: ${LEVELS.join(', ')}` },
    logger: { type: 'string', placeholder: 'NAME', help: 'name of its logger, for example exchange.mexc.private.rest' },
    tags: { type: 'string', short: 't', placeholder: 'A,B', help: 'tags of its logger' },
    type: { type: 'string', placeholder: 'TYPE', help: 'logs or audit' },
    preset: { type: 'string', short: 'p', placeholder: 'NAME', help: 'production (default) or development' },
    config: {
      type: 'string',
      short: 'c',
      placeholder: 'FILE',
      help: 'a configuration on top of the preset: JSON, or a module with a default export',
    },
  },
  notes: ['Without a record: one of each kind is sent through. OTEL_* variables count as they would for a program.'],
  async run(values) {
    const config = await configOf(values);
    console.log(
      questionsOf(values)
        .map((question) => explainRoute(config, question))
        .join('\n\n'),
    );
    return 0;
  },
};

/** The record that was described, or one of each kind when none was. */
function questionsOf(values: Values): RouteQuestion[] {
  const level = choiceOf(values, 'level', LEVELS);
  const type = choiceOf(values, 'type', LANES);
  const logger = textOf(values, 'logger');
  const tags = textOf(values, 'tags')
    ?.split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
  const about = { ...(logger !== undefined && { logger }), ...(tags !== undefined && { tags }) };
  if (level !== undefined || type !== undefined)
    return [{ ...about, ...(level !== undefined && { level }), ...(type !== undefined && { type }) }];
  return [...LEVELS.map((each) => ({ ...about, level: each })), { ...about, type: 'audit' }];
}

async function configOf(values: Values): Promise<ResolvedConfig> {
  const preset = PRESETS[choiceOf(values, 'preset', ['production', 'development']) ?? 'production'];
  const file = textOf(values, 'config');
  const own = file === undefined ? {} : await readConfig(file);
  try {
    return resolveConfig(preset(own), process.env).config;
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
    throw new UsageError(`--config ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
