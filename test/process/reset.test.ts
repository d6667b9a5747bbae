/** Tests that share the default instance: each begins with none, and loggers made at the top of a module live through it. */
import { afterEach, expect, test } from 'vitest';
import { configureLogging, currentLogging, flushLogging, getLogger, resetLogging } from '../../src/index.ts';

const log = getLogger('module level');

afterEach(async () => {
  await resetLogging();
});

const bodies = (logging: { memory: readonly { body: unknown }[] }) => logging.memory.map(({ body }) => body);

test.each(['first', 'second', 'third'])('the %s test gets its own records alone', async (name) => {
  expect(currentLogging()).toBeUndefined();
  const logging = configureLogging({ environment: 'test', handleExits: false, backends: { memory: { capacity: 10 } } });
  log.info(name);
  expect(await flushLogging({ timeoutMillis: 25_000 })).toMatchObject({ complete: true, pending: 0 });
  expect(bodies(logging)).toEqual([name]);
});

test('what is logged between a reset and the next configuration comes with that one', async () => {
  const config = { environment: 'test', handleExits: false, backends: { memory: { capacity: 10 } } } as const;
  configureLogging(config);
  log.info('before');
  expect(await resetLogging()).toMatchObject({ complete: true, pending: 0 });
  log.info('between');
  const logging = configureLogging(config);
  log.info('after');
  await logging.flush({ timeoutMillis: 25_000 });
  expect(bodies(logging)).toEqual(['between', 'after']);
});

test('memory.clear() forgets what was logged so far, and only that', async () => {
  const logging = configureLogging({ environment: 'test', handleExits: false, backends: { memory: { capacity: 3 } } });
  for (let i = 0; i < 5; i++) log.info(`old ${i}`);
  await logging.flush({ timeoutMillis: 25_000 });
  const kept = logging.memory;
  logging.memory.clear();
  expect(bodies(logging)).toEqual([]);
  expect(kept.map(({ body }) => body)).toEqual(['old 2', 'old 3', 'old 4']);
  log.info('new');
  await logging.flush({ timeoutMillis: 25_000 });
  expect(bodies(logging)).toEqual(['new']);
  expect(logging.memory).toEqual([expect.objectContaining({ body: 'new' })]);
});

test('records of every level that were logged before a configuration are delivered by it, if it takes them', async () => {
  log.trace('trace');
  log.debug('debug');
  const logging = configureLogging({
    environment: 'test',
    handleExits: false,
    level: 'trace',
    backends: { memory: { level: 'trace' } },
  });
  await logging.flush({ timeoutMillis: 25_000 });
  expect(bodies(logging)).toEqual(['trace', 'debug']);
});
