/**
 * What is asked of an instance that cannot answer it is refused at once, with what to do instead.
 */
import { expect, test } from 'vitest';
import type { Level } from '../../src/index.ts';
import { createLogging } from '../../src/logging.ts';

const quiet = { environment: 'test', handleExits: false } as const;

test('metrics of an instance that was shut down', async () => {
  const logging = createLogging(quiet);
  await logging.shutdown();
  await expect(logging.metricsSnapshot()).rejects.toMatchObject({
    code: 'HFT_SHUT_DOWN',
    message: expect.stringContaining('Ask before shutdown'),
  });
});

test.each(['', undefined, 5, {}])('a level for the pattern %j', async (pattern) => {
  await using logging = createLogging(quiet);
  expect(() => logging.setLevel(pattern as string, 'debug')).toThrow(/must be a logger’s name/);
});

test('a level that is none', async () => {
  await using logging = createLogging(quiet);
  expect(() => logging.setLevel('exchange.*', 'loud' as Level)).toThrow(/use one of trace, debug, info, warning, error, fatal/);
});
