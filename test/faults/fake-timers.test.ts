import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test, vi } from 'vitest';
import { createLogging, LoggingTimer } from '../../src/index.ts';
import { jsonLinesIn, temporaryFolder } from '../support/child.ts';

/** All that vitest can replace in a process of its own. */
const EVERYTHING = [
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'setImmediate',
  'clearImmediate',
  'Date',
  'performance',
  'hrtime',
  'queueMicrotask',
] as const;

/** Start times of all metrics that have come, as Unix milliseconds. */
async function metricsCollector() {
  const startsMillis = new Set<number>();
  const server = createServer(async (request, response) => {
    for (const [, nanos] of (await text(request)).matchAll(/"startTimeUnixNano":"(\d+)"/g)) startsMillis.add(Number(nanos) / 1e6);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/metrics`,
    startsMillis,
    [Symbol.dispose]: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

afterEach(() => {
  vi.useRealTimers();
});

/** 2000-01-01: a time that a table of metrics may have been started at, where 0 is taken for none. */
const YEAR_2000 = 946_684_800_000;

test.each([
  ['before the instance is made', 0],
  ['before the instance is made', YEAR_2000],
  ['after it', 0],
  ['after it', YEAR_2000],
])(
  'fake timers installed %s, at %d: logging, flush, timers and shutdown work, and times are real, those of metrics too',
  async (when, now) => {
    using folder = temporaryFolder();
    using collector = await metricsCollector();
    const startedMillis = Date.now();
    const fake = () => vi.useFakeTimers({ toFake: [...EVERYTHING], now });
    if (when === 'before the instance is made') fake();
    const logging = createLogging({
      level: 'debug',
      handleExits: false,
      backends: {
        file: { path: `${folder.path}/app.jsonl`, level: 'debug' },
        audit: { path: `${folder.path}/audit.jsonl` },
        otlp: { metricsEndpoint: collector.url, protocol: 'http/json', compression: 'none' },
      },
    });
    await logging.ready;
    if (when === 'after it') fake();
    const log = logging.getLogger('faked');
    for (let i = 1; i <= 100; i++) {
      log.info('tick', { i });
      log.info(`unique ${i}`, { i });
      log.audit('ticked', { i });
    }
    const timer = new LoggingTimer(log, 'operation');
    while (timer.elapsedUs < 1_000);
    const us = timer.stop();
    const report = await logging.flush();
    expect(report).toMatchObject({ complete: true, pending: 0 });
    expect(us).toBeGreaterThanOrEqual(1_000);
    const snapshot = await logging.metricsSnapshot();
    expect(snapshot.metrics.find(({ name }) => name === 'operation_duration_us')?.series[0].value).toBeCloseTo(us, 0);
    const lines = jsonLinesIn(folder.path, 'app');
    expect(lines.length).toBe(200);
    for (const { time } of lines) expect(Math.abs(Date.parse(time as string) - startedMillis)).toBeLessThan(600_000);
    expect(jsonLinesIn(folder.path, 'audit').length).toBe(100);
    expect(await logging.shutdown()).toMatchObject({ complete: true });
    expect(collector.startsMillis.size).toBeGreaterThan(0);
    for (const millis of collector.startsMillis) expect(Math.abs(millis - startedMillis)).toBeLessThan(600_000);
  },
);

test('a flush that cannot be complete ends at its deadline, though faked time stands still', async () => {
  const logging = createLogging({ handleExits: false, backends: { otlp: { logsEndpoint: 'http://127.0.0.1:9/v1/logs' } } });
  await logging.ready;
  vi.useFakeTimers({ toFake: [...EVERYTHING], now: 0 });
  logging.getLogger('faked').error('to nobody');
  expect(await logging.flush({ timeoutMillis: 200 })).toMatchObject({ complete: false, pending: 1 });
  expect(await logging.shutdown({ timeoutMillis: 200 })).toMatchObject({ complete: false });
  expect(logging.health().backends.otlp.dropped).toEqual({ shutdown: 1 });
});
