/**
 * The one way to wait for something that may never happen: until a moment of the monotonic clock, for a promise, for an action, or for a word in shared memory.
 *
 * All threads of a process read the same clock, so a deadline may be handed to another thread: as one word of 32 bits.
 */
import { errorText } from '../common/error-text.ts';
import type { RunningTimer } from './real-timers.ts';
import { SYSTEM_TIMERS, type Timers } from './timers.ts';

/** In place of an outcome: the deadline came first. */
export const TIMED_OUT: unique symbol = Symbol('timed out');

/** Longest time until a deadline, milliseconds: half of what 32 bits tell apart, twelve days. Every timer takes it. */
const LONGEST_MILLIS = 2 ** 30;

/** A word that holds no deadline. */
const NO_WORD = 0;

export class Deadline {
  readonly #untilMillis: number;
  readonly #timers: Timers;

  private constructor(untilMillis: number, timers: Timers) {
    this.#untilMillis = untilMillis;
    this.#timers = timers;
  }

  /** So many milliseconds from now. Negative times and NaN are taken as 0; times above twelve days, `Infinity` too, as twelve days. */
  static in(millis: number, timers: Timers = SYSTEM_TIMERS): Deadline {
    const bounded = Math.min(Math.max(0, Math.ceil(millis)) || 0, LONGEST_MILLIS);
    return new Deadline(timers.monotonic() + bounded, timers);
  }

  /** The deadline that a word of shared memory holds, by {@link word}; undefined if it holds none. */
  static ofWord(word: number, timers: Timers = SYSTEM_TIMERS): Deadline | undefined {
    if (word === NO_WORD) return undefined;
    const now = timers.monotonic();
    return new Deadline(now + ((word - wordOf(now)) | 0), timers);
  }

  /** Milliseconds left; never negative. */
  get left(): number {
    return Math.max(0, this.#untilMillis - this.#timers.monotonic());
  }

  get isOver(): boolean {
    return this.left <= 0;
  }

  /** As 32 bits for another thread; never 0. */
  get word(): number {
    return wordOf(Math.ceil(this.#untilMillis)) || 1;
  }

  /** The same, so many milliseconds later. */
  plus(millis: number): Deadline {
    return new Deadline(this.#untilMillis + millis, this.#timers);
  }

  /** The promise's value, or {@link TIMED_OUT}. `ref`: it keeps the process alive meanwhile. */
  race<T>(promise: PromiseLike<T>, hold: 'ref' | 'unref' = 'ref'): Promise<T | typeof TIMED_OUT> {
    return new Promise((resolve, reject) => {
      const timer = this.#timers.setTimeout(() => resolve(TIMED_OUT), this.left);
      if (hold === 'unref') (timer as Partial<RunningTimer>).unref?.();
      const end = (settle: () => void) => {
        this.#timers.clearTimeout(timer);
        settle();
      };
      promise.then(
        (value) => end(() => resolve(value)),
        (error: unknown) => end(() => reject(error)),
      );
    });
  }

  /** Undefined when the action succeeds, a text when it fails. After the deadline its result is ignored. */
  run(action: () => void | Promise<void>): Promise<string | typeof TIMED_OUT | undefined> {
    const outcome = (async () => action())().then(
      () => undefined,
      (error: unknown) => errorText(error),
    );
    return this.race(outcome);
  }

  /** Settles after so many milliseconds, or at the deadline if that comes first. */
  async pause(millis: number): Promise<void> {
    await Deadline.in(Math.min(millis, this.left), this.#timers).race(NEVER);
  }

  /**
   * Waits with the event loop running until `isReached`, looking again whenever the word is notified. Keeps the process alive meanwhile. False: the
   * deadline came first, or `giveUp` returned true.
   *
   * The timer is one for all of the wait: a timeout of `waitAsync` would go off when its time has come even if the wait was over long before.
   */
  async sleep(words: Int32Array, index: number, isReached: () => boolean, giveUp: () => boolean = () => false): Promise<boolean> {
    let isOver = false;
    let timer: unknown;
    const over = new Promise<void>((resolve) => {
      timer = this.#timers.setTimeout(() => {
        isOver = true;
        resolve();
      }, this.left);
    });
    try {
      for (;;) {
        // Read first: a notification between the two reads changes the word, and the wait ends at once.
        const seen = Atomics.load(words, index);
        if (isReached()) return true;
        if (isOver || giveUp()) return false;
        const waiting = Atomics.waitAsync(words, index, seen);
        if (waiting.async) await Promise.race([waiting.value, over]);
      }
    } finally {
      this.#timers.clearTimeout(timer);
    }
  }

  /** The same with this thread asleep, for exits: no event is handled, so `whileAsleep` is called every `sliceMillis`; it may end the wait. */
  sleepSync(
    words: Int32Array,
    index: number,
    isReached: () => boolean,
    sliceMillis: number,
    whileAsleep: () => boolean,
  ): boolean {
    for (;;) {
      const seen = Atomics.load(words, index);
      if (isReached()) return true;
      const { left } = this;
      if (left <= 0 || !whileAsleep()) return false;
      Atomics.wait(words, index, seen, Math.min(left, sliceMillis));
    }
  }
}

const NEVER = new Promise<never>(() => {});

function wordOf(millis: number): number {
  return Number(BigInt.asIntN(32, BigInt(Math.trunc(millis))));
}
