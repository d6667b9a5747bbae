/**
 * Faults of an exchange, at rates that let a run of ten seconds show each kind a few times.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { SeededRandom } from './seeded-random.ts';

/** How a venue turns a request away before it has looked at it. */
export type Refusal = 'rate_limited' | 'unavailable';

/** An answer this late is past the clients' patience (their time-out is 250 ms). */
const STALL_MILLIS = 400;

export class Mischief {
  readonly #random: SeededRandom;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  /** Faults before an order is read: the client can know that nothing was placed. */
  refusal(): Refusal | undefined {
    const draw = this.#random.next();
    if (draw < 0.006) return 'rate_limited';
    return draw < 0.01 ? 'unavailable' : undefined;
  }

  /** Waits between taking an order and answering: usually none, at times so long that the client gives up and cannot know. */
  async stall(): Promise<void> {
    const draw = this.#random.next();
    if (draw < 0.004) await delay(STALL_MILLIS);
    else if (draw < 0.03) await delay(this.#random.between(5, 60));
  }

  /** Milliseconds until the next connection is cut. */
  nextDisconnectMillis(): number {
    return this.#random.between(1_500, 3_500);
  }
}
