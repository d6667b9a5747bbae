/** Waits until a deadline for work to reach a mark. */
import type { Deadline } from './deadline.ts';

interface Waiter {
  readonly mark: number;
  readonly end: () => void;
}

export class Waits {
  readonly #waiters = new Set<Waiter>();

  /** Whether no caller waits for a mark. */
  get isEmpty(): boolean {
    return this.#waiters.size === 0;
  }

  /** True when {@link reached} gets this mark or one beyond it; false when the deadline comes first. */
  async until(mark: number, deadline: Deadline): Promise<boolean> {
    let waiter: Waiter | undefined;
    const isReached = new Promise<true>((resolve) => {
      waiter = { mark, end: () => resolve(true) };
      this.#waiters.add(waiter);
    });
    const outcome = await deadline.race(isReached);
    this.#waiters.delete(waiter!);
    return outcome === true;
  }

  /** Everything up to this mark is done. */
  reached(mark: number): void {
    for (const waiter of [...this.#waiters]) {
      if (waiter.mark > mark) continue;
      this.#waiters.delete(waiter);
      waiter.end();
    }
  }
}
