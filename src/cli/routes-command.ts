/**
 * `hft-otel routes`: where records would go under a configuration, and why. Nothing is started and nothing is written.
 */
import type { ResolvedConfig } from '../config/resolved.ts';
import { LANES, LEVELS } from '../record.ts';
import { explainRoute, explainRouting, type RouteQuestion } from '../router/explain.ts';
import { choiceOf, levelOf, textOf } from './arguments.ts';
import type { Command, Values } from './command.ts';
import { CONFIG_OPTIONS, configFrom, resolvedFrom } from './config-options.ts';
import { paintFor } from './paint.ts';
import { renderTable } from './table.ts';

export const routesCommand: Command = {
  name: 'routes',
  summary: 'show which backends a record would reach, and why: a dry run of the routing rules',
  options: {
    level: { type: 'string', short: 'l', placeholder: 'LEVEL', help: `level of the record: ${LEVELS.join(', ')}` },
    logger: { type: 'string', placeholder: 'NAME', help: 'name of its logger, for example exchange.mexc.private.rest' },
    tags: { type: 'string', short: 't', placeholder: 'A,B', help: 'tags of its logger' },
    type: { type: 'string', placeholder: 'TYPE', help: 'logs or audit' },
    ...CONFIG_OPTIONS,
  },
  notes: [
    'Without a level and a type, it prints an overview of all of them. OTEL_* variables have the same effect as in a service.',
  ],
  async run(values) {
    const question = questionOf(values);
    const config = resolvedFrom(await configFrom(values));
    const asked = question.level !== undefined || question.type !== undefined;
    console.log(asked ? explainRoute(config, question) : overview(config, question).join('\n'));
    return 0;
  },
};

function questionOf(values: Values): RouteQuestion {
  const level = levelOf(values, 'level');
  const type = choiceOf(values, 'type', LANES);
  const logger = textOf(values, 'logger');
  const tags = textOf(values, 'tags')
    ?.split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
  return {
    ...(level !== undefined && { level }),
    ...(type !== undefined && { type }),
    ...(logger !== undefined && { logger }),
    ...(tags !== undefined && { tags }),
  };
}

/** One row for each kind of record, one column for each backend. */
function overview(config: ResolvedConfig, about: RouteQuestion): string[] {
  const paint = paintFor(process.stdout);
  const kinds: RouteQuestion[] = [...LEVELS.map((level) => ({ ...about, level })), { ...about, type: 'audit' }];
  const explained = kinds.map((kind) => explainRouting(config, kind));
  const rows = explained.map(({ record, written, writesFrom, backends }) => [
    record,
    ...backends.map(({ gets }) => (gets ? paint('green', 'yes') : paint('dim', '–'))),
    written ? '' : paint('dim', `the logger writes from ${writesFrom} up`),
  ]);
  const names = explained[0].backends.map(({ backend }) => backend);
  const table = renderTable({ head: ['Record', ...names, ''], rows, left: [names.length + 1] }, paint);
  return [
    ...table,
    '',
    paint('dim', 'Why: hft-otel routes --level warning, or --type audit, with --logger and --tags as needed.'),
  ];
}
