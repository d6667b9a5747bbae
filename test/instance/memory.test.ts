/**
 * `logging.memory`: records that have gone all the way through the worker, readable where the program runs.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { LoggingConfig } from '../../src/config/types.ts';
import { createLogging } from '../../src/logging.ts';

function open<Own extends string = never>(config: LoggingConfig<Own> = {}) {
  const logging = createLogging({ environment: 'test', level: 'debug', handleExits: false, ...config });
  onTestFinished(() => void logging.shutdown());
  return logging;
}

test('after a flush it holds what was logged and audited, in order, as objects, redacted', async () => {
  const logging = open();
  const log = logging.getExchangeLogger('mexc', 'private.rest').withContext({ desk: 'A1' });
  log.info('order placed', { symbol: 'BTCUSDT', id: 2n ** 60n, nested: { at: new Date(0) }, api_key: 'abc' });
  log.audit('order_placed', { symbol: 'BTCUSDT' });
  log.error('order failed', new RangeError('no liquidity'));
  await logging.flush();
  const kept = [...logging.memory].sort((left, right) => Number(left.timeUnixNanos - right.timeUnixNanos));
  expect(kept).toMatchObject([
    {
      lane: 'logs',
      level: 'info',
      body: 'order placed',
      loggerName: 'exchange.mexc.private.rest',
      tags: ['mexc', 'private', 'rest'],
      attributes: {
        desk: 'A1',
        symbol: 'BTCUSDT',
        id: 2n ** 60n,
        nested: { at: '1970-01-01T00:00:00.000Z' },
        api_key: '[redacted]',
      },
    },
    { lane: 'audit', eventName: 'order_placed', attributes: { 'hft.audit': true, 'hft.audit.seq': 1 } },
    { level: 'error', attributes: { 'exception.type': 'RangeError' } },
  ]);
  expect(Math.abs(Number(kept[0]!.timeUnixNanos / 1_000_000n) - Date.now())).toBeLessThan(10_000);
});

test('without a flush a record is there a moment later, also for a program that only looks', async () => {
  const logging = open();
  logging.getLogger('a').info('tick');
  await logging.ready;
  // The event loop does not turn here: looking is enough.
  const deadline = performance.now() + 5_000;
  while (logging.memory.length === 0 && performance.now() < deadline)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
  expect(logging.memory).toMatchObject([{ body: 'tick' }]);
});

test('it keeps the newest records up to its capacity; what was read stays as it was', async () => {
  const logging = open({ backends: { memory: { capacity: 100 } } });
  const log = logging.getLogger('a');
  for (let i = 0; i < 250; i++) log.info('tick', { i });
  await logging.flush();
  const read = logging.memory;
  expect(read.map(({ attributes }) => attributes.i)).toEqual(Array.from({ length: 100 }, (_, i) => 150 + i));
  log.info('tick', { i: 250 });
  await logging.flush();
  expect(read).toHaveLength(100);
  expect(read[99]!.attributes.i).toBe(249);
  expect(logging.memory[99]!.attributes.i).toBe(250);
});

test("the backend's level and routes hold; without the backend there is nothing", async () => {
  const quiet = open({ backends: { memory: { level: 'error' } } });
  quiet.getLogger('a').info('no');
  quiet.getLogger('a').error('yes');
  await quiet.flush();
  expect(quiet.memory.map(({ body }) => body)).toEqual(['yes']);
  const none = open({ backends: { console: { enabled: false }, memory: { enabled: false } } });
  none.getLogger('a').error('x');
  await none.flush();
  expect(none.memory).toEqual([]);
});

test('two instances have memories of their own, and each can be read after its shutdown', async () => {
  const one = open();
  const two = open();
  one.getLogger('a').info('one');
  two.getLogger('a').info('two');
  await Promise.all([one.shutdown(), two.shutdown()]);
  expect(one.memory.map(({ body }) => body)).toEqual(['one']);
  expect(two.memory.map(({ body }) => body)).toEqual(['two']);
  one.getLogger('a').info('too late');
  expect(one.memory).toHaveLength(1);
});

test('workers that die take nothing out of it, and their successors go on filling it: every record is there or counted', async () => {
  const logging = open({
    backends: {
      memory: { capacity: 100_000 },
      killer: { module: new URL('../process/programs/killer.ts', import.meta.url) },
    },
    routes: [
      { when: { logger: 'killer' }, to: ['killer'], final: true },
      { when: { logger: 'load' }, to: ['memory'], final: true },
    ],
  });
  const log = logging.getLogger('load');
  await logging.ready;
  let sent = 0;
  for (let death = 1; death <= 3; death++) {
    const before = logging.memory.length;
    logging.getLogger('killer').info('die');
    while (logging.health().worker.restarts < death || logging.health().worker.state !== 'running') {
      for (let i = 0; i < 10; i++) log.info('tick', { n: ++sent });
      await sleep(1);
    }
    expect(logging.memory.length).toBeGreaterThanOrEqual(before);
    await sleep(210); // longer than a worker must live for its death to be no part of a row
  }
  log.info('tick', { n: ++sent });
  const { complete } = await logging.flush();
  expect(complete).toBe(true);
  const numbers = logging.memory.map(({ attributes }) => attributes.n as number);
  expect(numbers.at(-1)).toBe(sent);
  const { lanes, backends, worker } = logging.health();
  expect(worker.lastError).toBe(
    'HFT_WORKER_DIED: The worker died: it ended with code 1. It is being replaced, and records in rings and outboxes are kept; fix the cause.',
  );
  const missing = sent - new Set(numbers).size;
  expect(missing).toBeLessThanOrEqual(lanes.logs.droppedTotal + backends.memory!.droppedTotal);
  expect(backends.memory!.pending).toBe(0);
});
