/**
 * Whether a destination has ever answered. At the end of a process, a destination that never answered is not waited for: a program of one line would take
 * seconds to end.
 */
import type { Outcome } from '../../contract/backend.ts';

export class Reach {
  #hasAnswered = false;
  #onMissed: (() => void)[] = [];

  /** Called with the result of each attempt. */
  note(outcome: Outcome): void {
    if (outcome.status !== 'retryable' || outcome.unreached !== true) this.#hasAnswered = true;
    if (this.#hasAnswered) return;
    for (const onMissed of this.#onMissed.splice(0)) onMissed();
  }

  /** The flush's result; or false, when no attempt before has reached the destination and one more has not either. */
  unlessUnreached(flush: Promise<boolean>): Promise<boolean> {
    if (this.#hasAnswered) return flush;
    return Promise.race([flush, new Promise<false>((resolve) => this.#onMissed.push(() => resolve(false)))]);
  }
}
