/**
 * Threads that are ended from outside (`worker.terminate()`, a pool that shrinks, out of memory) run no handler and cannot say that they have ended: their rings
 * would be looked at, and kept, for ever. Whoever started them hears of their end.
 */
import type { Worker } from 'node:worker_threads';

/** Calls back with the id of each thread that was started from this one, from now on, and has ended. Returns what stops it. */
export function watchThreads(onEnd: (threadId: number) => void): () => void {
  let watching = true;
  const onWorker = (worker: Worker) => {
    const { threadId } = worker; // −1 once it has ended
    worker.once('exit', () => {
      if (watching) onEnd(threadId);
    });
  };
  process.on('worker', onWorker);
  return () => {
    watching = false;
    process.removeListener('worker', onWorker);
  };
}
