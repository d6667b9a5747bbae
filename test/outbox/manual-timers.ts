/** A clock that a test moves by hand. */
import { setImmediate } from 'node:timers/promises';
import type { Timers } from '../../src/time/timers.ts';

export class ManualTimers implements Timers {
  #now = 1_000_000;
  #next = 1;
  readonly #due = new Map<number, { readonly at: number; readonly callback: () => void }>();
  /** Every pause asked for, in order. */
  readonly asked: number[] = [];

  setTimeout(callback: () => void, millis: number): unknown {
    this.asked.push(millis);
    this.#due.set(this.#next, { at: this.#now + millis, callback });
    return this.#next++;
  }

  clearTimeout(timer: unknown): void {
    this.#due.delete(timer as number);
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  get pending(): number {
    return this.#due.size;
  }

  /** Lets so many milliseconds go by, running what falls due in its order, and everything that promises bring about. */
  async advance(millis: number): Promise<void> {
    const end = this.#now + millis;
    await setImmediate();
    for (;;) {
      const [first] = [...this.#due].filter(([, { at }]) => at <= end).sort(([, left], [, right]) => left.at - right.at);
      if (first === undefined) break;
      this.#due.delete(first[0]);
      this.#now = Math.max(this.#now, first[1].at);
      first[1].callback();
      await setImmediate();
    }
    this.#now = end;
  }
}
