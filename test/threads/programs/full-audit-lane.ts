/** A thread whose audit lane is full time and again. Prints how many events there were, and the account. */
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { configureLogging, getLogger } from '../../../src/index.ts';

/** Some ten megabytes: more than the lane and the queue behind it hold. */
const EVENTS = 30_000;

if (isMainThread) {
  const logging = configureLogging({
    ringBufferSize: 100,
    diagnosticLevel: 'none',
    exitTimeoutMillis: 1_000,
    backends: { audit: { path: process.argv[2], rotation: 'none' } },
  });
  await logging.ready;
  const thread = new Worker(new URL(import.meta.url));
  await new Promise((resolve) => thread.once('message', resolve));
  await logging.flush({ timeoutMillis: Number(process.argv[3]) });
  console.log(JSON.stringify({ events: EVENTS, health: logging.health() }));
  await thread.terminate();
} else {
  const log = getLogger('thread');
  for (let i = 0; i < EVENTS; i++) log.audit('counted', { i, text: 'x'.repeat(200) });
  parentPort!.postMessage('all');
  setInterval(() => {}, 1_000);
}
