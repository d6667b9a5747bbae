/**
 * Requests for a snapshot of all metrics. Each is answered by the worker, or rejected at its deadline.
 */
import { HftError } from '../errors.ts';
import type { MetricsSnapshot } from '../health/metrics-snapshot.ts';
import { Deadline, TIMED_OUT } from '../time/deadline.ts';
import type { WorkerHost } from './worker-host.ts';

/** A worker answers within a turn of its loop. One that is being replaced answers when its successor has started. */
const TIMEOUT_MILLIS = 5_000;

interface Waiting {
  readonly resolve: (snapshot: MetricsSnapshot) => void;
  readonly reject: (error: HftError) => void;
}

export class SnapshotRequests {
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;

  /** Some are not answered yet. */
  get areWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  /** `post` sends the request to the worker. Rejects at once when the instance has ended (`isOver`), and where no worker starts. */
  async ask(
    post: (id: number) => void,
    worker: Pick<WorkerHost, 'state' | 'doesNotStart'>,
    isOver: boolean,
  ): Promise<MetricsSnapshot> {
    if (isOver) throw new HftError('HFT_SHUT_DOWN', 'The instance has ended: there are no metrics any more.');
    if (worker.doesNotStart) throw noWorker();
    const id = ++this.#asked;
    const answered = new Promise<MetricsSnapshot>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    post(id);
    const answer = await Deadline.in(TIMEOUT_MILLIS).race(answered);
    if (answer !== TIMED_OUT) return answer;
    this.#waiting.delete(id);
    throw new HftError('HFT_SNAPSHOT_TIMEOUT', `The worker (${worker.state}) has not answered within ${TIMEOUT_MILLIS} ms.`);
  }

  answer(id: number, snapshot: MetricsSnapshot): void {
    this.#waiting.get(id)?.resolve(snapshot);
    this.#waiting.delete(id);
  }

  /** Rejects all requests: no worker starts. */
  giveUp(): void {
    for (const { reject } of this.#waiting.values()) reject(noWorker());
    this.#waiting.clear();
  }
}

function noWorker(): HftError {
  return new HftError('HFT_SNAPSHOT_TIMEOUT', 'No worker starts that could answer.');
}
