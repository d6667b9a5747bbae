/** A thread makes an instance of its own and logs; then it is terminated, or the process ends around it. */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { createLogging } from '../../../src/index.ts';

const { config, events, end } = isMainThread ? JSON.parse(process.argv[2]!) : workerData;

if (isMainThread) {
  const thread = new Worker(new URL(import.meta.url), { workerData: { config, events, end } });
  thread.once('message', async () => {
    if (end === 'terminated') await thread.terminate();
    process.exit();
  });
} else {
  const logging = createLogging(config);
  if (logging.health().memory.kind !== 'mapped') throw new Error(logging.health().memory.reason);
  const logger = logging.getLogger('gateway');
  // In one go: the instance's worker has not started.
  for (let n = 0; n < events; n++) {
    logger.audit('order_placed', { n });
    logger.warning('quote', { n });
  }
  parentPort!.postMessage('logged');
  // No code of this thread runs any more.
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
}
