/** Whether a destination has ever answered. At the end of a process, one that never has is not waited for: a program of one line would take seconds to end. */
import type { Outcome } from '../contract/backend.ts';

export class Reach {
  #hasAnswered = false;
  #onMissed: (() => void)[] = [];

  /** What came of an attempt. */
  note(outcome: Outcome): void {
    if (outcome.status !== 'retryable' || outcome.unreached !== true) this.#hasAnswered = true;
    if (this.#hasAnswered) return;
    for (const onMissed of this.#onMissed.splice(0)) onMissed();
  }

  /** What the flush comes to, or false when one more attempt has reached nothing and none before it has. */
  unlessUnreached(flush: Promise<boolean>): Promise<boolean> {
    if (this.#hasAnswered) return flush;
    return Promise.race([flush, new Promise<false>((resolve) => this.#onMissed.push(() => resolve(false)))]);
  }
}
