/** The main thread and two others write audit events before anything is configured, and after. Prints the last number given out. */
import { once } from 'node:events';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { configureLogging, flushLogging, getLogger } from '../../../src/index.ts';

const log = getLogger('early');
log.audit('before', { values: [1, { nested: 'so that it is a frame of another kind' }] });

if (isMainThread) {
  log.audit(`a text that occurs once: ${process.pid}`, {});
  const threads = [1, 2].map(() => new Worker(new URL(import.meta.url)));
  await Promise.all(threads.map((thread) => once(thread, 'message')));
  const logging = configureLogging({ backends: { audit: { path: `${process.argv[2]}/audit.jsonl`, rotation: 'none' } } });
  log.audit('after', {});
  await logging.ready;
  for (const thread of threads) {
    thread.postMessage('configured');
    await once(thread, 'exit');
  }
  log.audit('last', {});
  await logging.shutdown();
  console.log(JSON.stringify({ lastSequence: logging.health().audit.lastSequence }));
} else {
  parentPort!.postMessage('there');
  await once(parentPort!, 'message');
  // It has joined once a flush reaches the worker.
  while (!(await flushLogging()).complete);
  log.audit('after', {});
  parentPort!.close();
}
