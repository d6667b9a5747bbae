/**
 * Threads that are terminated (`worker.terminate()`, a pool that shrinks, out of memory) run no handler and cannot announce their end. Their rings would be read,
 * and kept, for ever. The thread that started them sees them end.
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

/** Calls back with the id of each thread that this thread starts from now on, when it has ended. Returns a function that stops that. */
export function watchThreads(onEnd: (threadId: number) => void): () => void {
  if (watchers.size === 0) process.on('worker', onWorker);
  watchers.add(onEnd);
  return () => {
    watchers.delete(onEnd);
    if (watchers.size === 0) process.removeListener('worker', onWorker);
  };
}
