/** Threads that each have fewer series of an instrument than it may have, and together more; they end, and what became of it is printed. */
import { fileURLToPath } from 'node:url';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { configureLogging, flushLogging, getLogger } from '../../../src/index.ts';

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
  const logging = configureLogging({ cardinalityLimit: 10, diagnosticLevel: 'none', backends: { console: { enabled: false } } });
  await logging.ready;
  const ended = Array.from(
    { length: THREADS },
    (_, thread) =>
      new Promise((resolve) => new Worker(fileURLToPath(import.meta.url), { workerData: thread }).on('exit', resolve)),
  );
  await Promise.all(ended);
  await logging.flush();
  const before = await logging.metricsSnapshot();
  await logging.flush();
  // Long enough for the tables of ended threads to have been folded into one.
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  const after = await logging.metricsSnapshot();
  process.stdout.write(JSON.stringify({ before: before.metrics, after: after.metrics, health: logging.health() }));
  await logging.shutdown();
} else {
  record(workerData as number);
  await flushLogging();
}
