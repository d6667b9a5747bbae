/**
 * Threads that are ended from outside (`worker.terminate()`, a pool that shrinks, out of memory) run no handler and cannot say that they have ended: their rings
 * would be looked at, and kept, for ever. Whoever started them hears of their end.
 */
import type { Worker } from 'node:worker_threads';

const watchers = new Set<(threadId: number) => void>();

/** One listener for all instances: Node warns of many. */
function onWorker(worker: Worker): void {
  const { threadId } = worker; // −1 once it has ended
  worker.once('exit', () => {
    for (const onEnd of [...watchers]) onEnd(threadId);
  });
}

/** Calls back with the id of each thread that is started from this one, from now on, and has ended. Returns what stops it. */
export function watchThreads(onEnd: (threadId: number) => void): () => void {
  if (watchers.size === 0) process.on('worker', onWorker);
  watchers.add(onEnd);
  return () => {
    watchers.delete(onEnd);
    if (watchers.size === 0) process.removeListener('worker', onWorker);
  };
}
