/**
 * Requests for a snapshot of all metrics. Each is answered by the worker, or rejected at its deadline.
 */
import { HftError } from '../errors.ts';
import type { MetricsSnapshot } from '../health/metrics-snapshot.ts';
import { Deadline, TIMED_OUT } from '../time/deadline.ts';
import type { WorkerState } from './worker-host.ts';

/** A worker answers within a turn of its loop. One that is being replaced answers when its successor has started. */
const TIMEOUT_MILLIS = 5_000;

export class SnapshotRequests {
  readonly #waiting = new Map<number, (snapshot: MetricsSnapshot) => void>();
  #asked = 0;

  /** `post` sends the request to the worker, `worker` gives the worker's state. Rejects at once after a shutdown. */
  async ask(post: (id: number) => void, worker: () => WorkerState): Promise<MetricsSnapshot> {
    if (worker() === 'stopped') throw new HftError('HFT_SHUT_DOWN', 'The instance has ended: there are no metrics any more.');
    const id = ++this.#asked;
    const answered = new Promise<MetricsSnapshot>((resolve) => this.#waiting.set(id, resolve));
    post(id);
    const answer = await Deadline.in(TIMEOUT_MILLIS).race(answered);
    if (answer !== TIMED_OUT) return answer;
    this.#waiting.delete(id);
    throw new HftError('HFT_SNAPSHOT_TIMEOUT', `The worker (${worker()}) has not answered within ${TIMEOUT_MILLIS} ms.`);
  }

  answer(id: number, snapshot: MetricsSnapshot): void {
    this.#waiting.get(id)?.(snapshot);
    this.#waiting.delete(id);
  }
}
