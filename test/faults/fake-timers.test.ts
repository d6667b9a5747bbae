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

afterEach(() => {
  vi.useRealTimers();
});

test.each(['before the instance is made', 'after it'])(
  'fake timers installed %s: logging, flush, timers and shutdown work, and times are real',
  async (when) => {
    using folder = temporaryFolder();
    const startedMillis = Date.now();
    const fake = () => vi.useFakeTimers({ toFake: [...EVERYTHING], now: 0 });
    if (when === 'before the instance is made') fake();
    const logging = createLogging({
      level: 'debug',
      handleExits: false,
      backends: { file: { path: `${folder.path}/app.jsonl`, level: 'debug' }, audit: { path: `${folder.path}/audit.jsonl` } },
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
