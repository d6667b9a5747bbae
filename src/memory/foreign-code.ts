/**
 * The module of a user's own that the worker is in, so that another thread can name the module that it hangs in. The worker writes before and after each call.
 * The thread that keeps the worker reads when the heartbeat has stopped.
 */
import { SIGNAL_INSIDE_MODULE, SIGNAL_MODULES_UNDER_WAY } from './signals.ts';

export class ForeignCode {
  readonly #signals: Int32Array;
  readonly #bit: number;

  /** `bit`: of the backend in the routing masks. */
  constructor(signals: Int32Array, bit: number) {
    this.#signals = signals;
    this.#bit = bit;
  }

  /** Runs a call into the module. It is under way until its result settles. */
  async run<T>(call: () => T | Promise<T>): Promise<T> {
    Atomics.or(this.#signals, SIGNAL_MODULES_UNDER_WAY, 1 << this.#bit);
    try {
      return await this.#runSync(call);
    } finally {
      Atomics.and(this.#signals, SIGNAL_MODULES_UNDER_WAY, ~(1 << this.#bit));
    }
  }

  #runSync<T>(call: () => T): T {
    Atomics.store(this.#signals, SIGNAL_INSIDE_MODULE, this.#bit + 1);
    try {
      return call();
    } finally {
      Atomics.store(this.#signals, SIGNAL_INSIDE_MODULE, 0);
    }
  }
}

/** Bits of the backends whose modules a hanging worker may hang in: the one it is inside, or else all whose calls have not settled. */
export function suspectsIn(signals: Int32Array): readonly number[] {
  const inside = Atomics.load(signals, SIGNAL_INSIDE_MODULE);
  if (inside > 0) return [inside - 1];
  const underWay = Atomics.load(signals, SIGNAL_MODULES_UNDER_WAY);
  return Array.from({ length: 32 }, (_, bit) => bit).filter((bit) => (underWay & (1 << bit)) !== 0);
}

/** Clears the words for a new worker, which is in no module yet. */
export function forgetForeignCode(signals: Int32Array): void {
  Atomics.store(signals, SIGNAL_INSIDE_MODULE, 0);
  Atomics.store(signals, SIGNAL_MODULES_UNDER_WAY, 0);
}
