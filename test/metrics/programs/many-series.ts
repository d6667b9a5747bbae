/** Threads that each have fewer series of an instrument than it may have, and together more; they end, and what became of it is printed. */
import { fileURLToPath } from 'node:url';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { configureLogging, flushLogging, getLogger } from '../../../src/index.ts';
import type { OpenInstance } from '../../../src/logging.ts';

const THREADS = 4;
const SERIES = 8;
const ROUNDS = 1_000;

function record(thread: number): void {
  const log = getLogger('threads');
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 0; i < SERIES; i++) {
      log.counter('fills_total', 1, { series: `${thread}-${i}` });
      log.metric('fill_duration_us', 8, { series: i });
    }
    log.counter('too_many_total', 1, { round });
    log.counter('too_many_total', -1, { round });
  }
}

if (isMainThread) {
  const config = { cardinalityLimit: 10, diagnosticLevel: 'none', backends: { console: { enabled: false } } } as const;
  const logging = configureLogging(config);
  await logging.ready;
  const ended = Array.from(
    { length: THREADS },
    (_, thread) =>
      new Promise((resolve) => new Worker(fileURLToPath(import.meta.url), { workerData: thread }).on('exit', resolve)),
  );
  await Promise.all(ended);
  await logging.flush();
  const before = await logging.metricsSnapshot();
  // The tables of ended threads are folded into one: what is left are this thread's and that one.
  const { instance } = (globalThis as unknown as Record<symbol, { instance: OpenInstance }>)[Symbol.for('hft-otel.default.3')];
  const tables = () => instance.seat!.handover.series.filter(({ series }) => series.length > 0).length;
  for (let tries = 0; tables() > 2 && tries < 200; tries++) await new Promise((resolve) => setTimeout(resolve, 100));
  const after = await logging.metricsSnapshot();
  const health = logging.health();
  // Another configuration takes over what was counted, and counts on.
  const successor = configureLogging(config);
  await successor.ready;
  const { metrics: reconfigured } = await successor.metricsSnapshot();
  process.stdout.write(
    JSON.stringify({
      tables: tables(),
      before: before.metrics,
      after: after.metrics,
      reconfigured,
      health,
      inherited: successor.health().metrics,
    }),
  );
  await successor.shutdown();
} else {
  record(workerData as number);
  await flushLogging();
}
