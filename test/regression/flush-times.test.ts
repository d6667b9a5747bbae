/**
 * How long a flush may take is its caller's to say. Seen: with `Infinity`, or from 2^31 ms on, the worker took no time at all, and a shutdown ended it at once;
 * and of 300 flushes asked for together, every other one with 2 ms, a third of those with 5 s came back as incomplete, long before their time.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createLogging, type Logging } from '../../src/index.ts';

const ANSWER_MILLIS = 200;

/** An instance that sends to a collector which takes its time with each answer. */
async function towardsSlowCollector(): Promise<Logging> {
  const sink = createServer((request, response) => {
    request.resume().on('end', () => setTimeout(() => response.end(), ANSWER_MILLIS));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => sink.once('listening', resolve));
  const endpoint = `http://127.0.0.1:${(sink.address() as AddressInfo).port}`;
  const logging = createLogging({ backends: { otlp: { endpoint } }, handleExits: false });
  onTestFinished(async () => {
    await logging.shutdown();
    sink.close();
    sink.closeAllConnections();
  });
  await logging.ready;
  return logging;
}

test.each([Number.POSITIVE_INFINITY, 1e12, 2 ** 31, 2 ** 32 + 1])(
  'a flush that may take %d ms waits for a slow collector',
  async (timeoutMillis) => {
    const logging = await towardsSlowCollector();
    logging.getLogger('flush').info('tick');
    expect(await logging.flush({ timeoutMillis })).toMatchObject({ complete: true, pending: 0 });
  },
);

test('a shutdown that may take for ever delivers everything', async () => {
  const logging = await towardsSlowCollector();
  for (let i = 0; i < 1_000; i++) logging.getLogger('flush').info('tick', { i });
  expect(await logging.shutdown({ timeoutMillis: Number.POSITIVE_INFINITY })).toMatchObject({ complete: true, pending: 0 });
  expect(logging.health().backends.otlp).toMatchObject({ delivered: 1_000, dropped: {} });
});

test('flushes with little time take none from those that are asked for with them', async () => {
  const logging = await towardsSlowCollector();
  const log = logging.getLogger('flush');
  for (let round = 0; round < 5; round++) {
    log.info('tick', { round });
    const reports = await Promise.all(
      Array.from({ length: 300 }, (_, i) => logging.flush({ timeoutMillis: i % 2 === 0 ? 60_000 : 1 })),
    );
    expect(reports.filter(({ complete }, i) => i % 2 === 0 && !complete)).toEqual([]);
  }
});
