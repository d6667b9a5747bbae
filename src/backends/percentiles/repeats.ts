/**
 * Repeated actions that can be stopped together. They keep no process alive.
 */
import type { Timers } from '../../time/timers.ts';

export class Repeats {
  readonly #timers: Timers;
  readonly #running = new Set<unknown>();
  #isStopped = false;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  every(millis: number, run: () => void): void {
    if (this.#isStopped) return;
    const timer = this.#timers.setTimeout(() => {
      this.#running.delete(timer);
      run();
      this.every(millis, run);
    }, millis);
    (timer as { unref?: () => void } | undefined)?.unref?.();
    this.#running.add(timer);
  }

  stop(): void {
    this.#isStopped = true;
    for (const timer of this.#running) this.#timers.clearTimeout(timer);
  }
}
