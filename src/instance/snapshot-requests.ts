/**
 * Questions for a snapshot of all metrics, each answered by the worker or refused when its time is over.
 */
import { clearTimeout as clearRealTimeout, setTimeout as setRealTimeout } from 'node:timers';
import { HftError } from '../errors.ts';
import type { MetricsSnapshot } from '../health/metrics-snapshot.ts';
import type { WorkerState } from './worker-host.ts';

/** A worker answers within a turn of its loop; one that is being replaced, within the next one's start. */
const TIMEOUT_MILLIS = 5_000;

export class SnapshotRequests {
  readonly #waiting = new Map<number, (snapshot: MetricsSnapshot) => void>();
  #asked = 0;

  /** `post` asks the worker; `worker` says in which state it is. One that has been shut down is not waited for. */
  ask(post: (id: number) => void, worker: () => WorkerState): Promise<MetricsSnapshot> {
    if (worker() === 'stopped') return Promise.reject(new HftError('HFT_SHUT_DOWN', 'There are no metrics any more.'));
    const id = ++this.#asked;
    return new Promise((resolve, reject) => {
      const timer = setRealTimeout(() => {
        this.#waiting.delete(id);
        reject(new HftError('HFT_SNAPSHOT_TIMEOUT', `The worker (${worker()}) has not answered within ${TIMEOUT_MILLIS} ms.`));
      }, TIMEOUT_MILLIS);
      this.#waiting.set(id, (snapshot) => {
        clearRealTimeout(timer);
        resolve(snapshot);
      });
      post(id);
    });
  }

  answer(id: number, snapshot: MetricsSnapshot): void {
    this.#waiting.get(id)?.(snapshot);
    this.#waiting.delete(id);
  }
}
