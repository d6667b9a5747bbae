import { expect, test } from 'vitest';
import { SETTING_PATHS } from '../../src/config/settings.ts';
import { ConfigError, configureLogging, createLogging, currentLogging, setupProductionLogging } from '../../src/index.ts';
import { configOf } from '../config/samples.ts';

test.each([
  ['createLogging', createLogging],
  ['configureLogging', configureLogging],
  ['setupProductionLogging', setupProductionLogging],
])('%s with every setting wrong: each is told with its path, and nothing was started', (_name, start) => {
  const threads = () => (process.report.getReport() as unknown as { workers: unknown[] }).workers.length;
  const handlers = () => process.listenerCount('exit') + process.listenerCount('SIGTERM');
  const before = [threads(), handlers()];
  const wrong = configOf(Object.fromEntries(SETTING_PATHS.map((path) => [path, Symbol('wrong')])) as never);
  let thrown: unknown;
  try {
    start(wrong);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(ConfigError);
  const { issues, message } = thrown as ConfigError;
  // The preset function has given the preset itself.
  const told = SETTING_PATHS.filter((path) => start !== setupProductionLogging || path !== 'preset');
  expect(issues.map(({ path }) => path)).toEqual(expect.arrayContaining(told));
  for (const path of told) expect(message).toContain(`\n  ${path}: got a symbol, expected `);
  expect([threads(), handlers()]).toEqual(before);
  expect(currentLogging()).toBeUndefined();
});
