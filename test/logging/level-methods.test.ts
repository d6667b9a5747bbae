import { expect, test } from 'vitest';
import { LEVEL_FACTS, LEVELS } from '../../src/record.ts';
import { createTestLogging } from '../../src/testing.ts';

test('each level has its method, its severity and its text; `warn` is `warning`', () => {
  const logging = createTestLogging();
  const log = logging.getLogger('app');
  for (const level of LEVELS) log[level](`at ${level}`, { level });
  log.warn('at warn', { level: 'warn' });
  const found = logging
    .records()
    .map(({ level, severityNumber, severityText, body }) => [level, severityNumber, severityText, body]);
  expect(found).toEqual([
    ...LEVEL_FACTS.map(({ name, severityNumber, severityText }) => [name, severityNumber, severityText, `at ${name}`]),
    ['warning', 13, 'WARN', 'at warn'],
  ]);
});

test('trace is off unless it is asked for, by any name of the level', () => {
  const logging = createTestLogging({ level: 'debug' });
  const log = logging.getLogger('app');
  log.trace('no');
  expect([log.isEnabled('trace'), log.isEnabled('debug'), log.isEnabled('warn'), log.isEnabled('WARN' as never)]).toEqual([
    false,
    true,
    true,
    true,
  ]);
  expect(log.isEnabled('loud' as never)).toBe(false);
  logging.setLevel('app', 'trace');
  log.trace('yes');
  logging.setLevel('*', 'warn');
  logging.setLevel('app', 'warn');
  log.info('no');
  log.warn('yes too');
  expect(logging.records().map(({ body }) => body)).toEqual(['yes', 'yes too']);
});
