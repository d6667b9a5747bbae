/** A clock that stands until it is told to go on. */
import type { Timers } from '../../../src/time/timers.ts';

interface Waiting {
  readonly atMillis: number;
  readonly callback: () => void;
}

export class ManualTimers implements Timers {
  #nowMillis = 1_700_000_000_000;
  readonly #waiting = new Set<Waiting>();

  setTimeout(callback: () => void, millis: number): Waiting {
    const waiting = { atMillis: this.#nowMillis + millis, callback };
    this.#waiting.add(waiting);
    return waiting;
  }

  clearTimeout(timer: unknown): void {
    this.#waiting.delete(timer as Waiting);
  }

  now(): number {
    return this.#nowMillis;
  }

  monotonic(): number {
    return this.#nowMillis;
  }

  /** Lets time pass; callbacks run in order of their times. */
  advance(millis: number): void {
    const endMillis = this.#nowMillis + millis;
    for (;;) {
      const [next] = [...this.#waiting].filter(({ atMillis }) => atMillis <= endMillis).sort((a, b) => a.atMillis - b.atMillis);
      if (next === undefined) break;
      this.#waiting.delete(next);
      this.#nowMillis = next.atMillis;
      next.callback();
    }
    this.#nowMillis = endMillis;
  }
}
