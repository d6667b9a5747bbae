/** Starts threads that log, itself or in another thread, and ends each from outside; says how much memory is left in use. */
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { configureLogging, getLogger } from '../../../src/index.ts';

async function startAndEnd(threads: number): Promise<void> {
  for (let i = 0; i < threads; i++) {
    const thread = new Worker(new URL(import.meta.url), { workerData: i });
    await once(thread, 'message');
    await thread.terminate();
  }
}

if (isMainThread) {
  const [folder, threads, starter] = process.argv.slice(2);
  const logging = configureLogging({
    ringBufferSize: 40_000, // two rings of 10 MB for each thread
    backends: {
      file: { path: `${folder}/app.jsonl`, level: 'debug', rotation: 'none' },
      audit: { path: `${folder}/audit.jsonl`, rotation: 'none' },
    },
  });
  await logging.ready;
  if (starter === 'another thread') await once(new Worker(new URL(import.meta.url), { workerData: { threads } }), 'exit');
  else await startAndEnd(Number(threads));
  const report = await logging.flush({ timeoutMillis: 30_000 });
  const residentMiB = () => Math.round(process.memoryUsage().rss / 1_048_576);
  const leastMiB = () => {
    globalThis.gc?.();
    return residentMiB();
  };
  // The worker collects its garbage when it makes some.
  let least = leastMiB();
  for (let i = 0; i < 200 && least > Number(threads) * 12; i++) {
    for (let n = 0; n < 1_000; n++) getLogger('main').info(`garbage ${i}`, { n, list: [n] });
    await new Promise((resolve) => setTimeout(resolve, 20));
    least = Math.min(least, leastMiB());
  }
  console.log(JSON.stringify({ report, least }));
  await logging.shutdown();
} else if (typeof workerData === 'object') {
  getLogger('starter').debug('starts');
  await startAndEnd(Number(workerData.threads));
} else {
  const log = getLogger(`thread ${workerData}`);
  for (let i = 0; i < 10; i++) {
    log.info('tick', { thread: workerData, i });
    log.audit('ticked', { thread: workerData, i });
    log.counter('ticks_total');
  }
  parentPort!.postMessage('logged');
  setInterval(() => log.debug('still alive'), 1);
}
