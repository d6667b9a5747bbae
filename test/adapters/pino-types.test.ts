/**
 * The facade stands where pino's own types are asked for: this file would not compile otherwise. What those types promise is there at run time too.
 */
import type { BaseLogger, Logger } from 'pino';
import { expect, test } from 'vitest';
import { pino } from '../../src/adapters/pino/pino.ts';
import { createTestLogging } from '../../src/testing.ts';

/** As libraries take a logger. */
function work(logger: Logger): void {
  const child = logger.child({ job: 7 }, { msgPrefix: '[job] ' });
  child.info({ step: 1 }, 'began');
  logger.once('level-change', (level, value, before) => child.info({ level, value, before }, 'level changed'));
  logger.level = 'warn';
  const audited = logger.child({}, { customLevels: { audited: 45 } });
  audited.audited('by a level of its own');
  audited.customLevels.audited;
}

test('a facade is a pino.Logger, and so are its children', () => {
  const logging = createTestLogging();
  const whole: Logger = pino({ logger: logging.getLogger('a') });
  const base: BaseLogger = whole;
  const child: Logger = pino({ logger: logging.getLogger('a') }).child({ a: 1 });
  base.info('base');
  child.info('child');
  work(whole);
  expect(logging.records().map(({ body, attributes: { a, job, before } }) => ({ body, a, job, before }))).toEqual([
    { body: 'base' },
    { body: 'child', a: 1 },
    { body: '[job] began', job: 7 },
    { body: '[job] level changed', job: 7, before: 'trace' },
    { body: 'by a level of its own' },
  ]);
});

test('with levels of its own it is a pino.Logger that has them', () => {
  const logging = createTestLogging();
  const logger: Logger<'audited'> = pino({ logger: logging.getLogger('a'), customLevels: { audited: 45 } });
  logger.audited('x');
  expect(logger.customLevels).toEqual({ audited: 45 });
  expect([logger.useOnlyCustomLevels, logger.useLevelLabels]).toEqual([false, false]);
  expect(logger.levels.values.audited).toBe(45);
  expect(logging.records().map(({ body }) => body)).toEqual(['x']);
});
