/**
 * Waiting until a deadline for what may never come: for a mark that work reaches, for code of somebody else's to end. Deadlines are readings of the timers'
 * monotonic clock.
 */
import { errorText } from '../common/error-text.ts';
import type { Timers } from './timers.ts';

/** In place of an outcome: the deadline came first. */
export const TIMED_OUT: unique symbol = Symbol('timed out');

interface Waiter {
  readonly mark: number;
  readonly end: (isReached: boolean) => void;
}

export class Waits {
  readonly #timers: Timers;
  readonly #waiters = new Set<Waiter>();

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Whether nobody waits for a mark. */
  get isEmpty(): boolean {
    return this.#waiters.size === 0;
  }

  /** True when {@link reached} is told of this mark or of one beyond it; false when the deadline comes first. */
  until(mark: number, deadline: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = this.#timers.setTimeout(() => waiter.end(false), this.#left(deadline));
      const waiter: Waiter = {
        mark,
        end: (isReached) => {
          this.#timers.clearTimeout(timer);
          this.#waiters.delete(waiter);
          resolve(isReached);
        },
      };
      this.#waiters.add(waiter);
    });
  }

  /** Everything up to this mark is done. */
  reached(mark: number): void {
    for (const waiter of [...this.#waiters]) if (waiter.mark <= mark) waiter.end(true);
  }

  /** Undefined when the action succeeds, a text when it fails. What it does after the deadline is not waited for. */
  within(deadline: number, action: () => void | Promise<void>): Promise<string | typeof TIMED_OUT | undefined> {
    return new Promise((resolve) => {
      const timer = this.#timers.setTimeout(() => resolve(TIMED_OUT), this.#left(deadline));
      const end = (failure: string | undefined) => {
        this.#timers.clearTimeout(timer);
        resolve(failure);
      };
      (async () => action())().then(
        () => end(undefined),
        (error: unknown) => end(errorText(error)),
      );
    });
  }

  #left(deadline: number): number {
    return Math.max(0, deadline - this.#timers.monotonic());
  }
}
