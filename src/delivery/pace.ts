/**
 * Lets records gather between two batches, for a destination that is dear to call: a request for each pass of the drain costs the worker and the collector
 * more than what is in it. The first records after a quiet time go at once, and so does a batch that is full.
 */
import type { Timers } from '../time/timers.ts';

export class Pace {
  readonly #intervalMillis: number;
  readonly #timers: Timers;
  readonly #onOver: () => void;
  #lastMillis = Number.NEGATIVE_INFINITY;
  #timer: unknown;

  /**
   * @param intervalMillis - From the start of an attempt on, in which a batch that is not full waits. 0: none does.
   * @param onOver - Such a batch was held back, and may go now.
   */
  constructor(intervalMillis: number, timers: Timers, onOver: () => void) {
    this.#intervalMillis = intervalMillis;
    this.#timers = timers;
    this.#onOver = onOver;
  }

  /** A batch that is not full may go. If not, `onOver` is called when the interval is over. */
  mayGo(): boolean {
    const left = this.#lastMillis + this.#intervalMillis - this.#timers.monotonic();
    if (left <= 0) return true;
    this.#timer ??= this.#timers.setTimeout(() => {
      this.#timer = undefined;
      this.#onOver();
    }, left);
    return false;
  }

  attempted(): void {
    this.#lastMillis = this.#timers.monotonic();
  }

  close(): void {
    this.#timers.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
