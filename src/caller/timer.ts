/**
 * A timer: two readings of the monotonic clock and one recording, with nothing allocated but the timer itself.
 *
 *   using timer = logger.timer('rest_request', { exchange: 'mexc' });     // records rest_request_duration_us when the scope is left
 */
import { textOf } from '../codec/encode/arguments.ts';
import type { Fields, Tags } from '../record.ts';
import { readClock } from '../time/clock.ts';

/** The interface of a logger to a timer. Every `HFTLogger` has it; `recordDurationUs` is a shorter way of `metric` that loggers may have. */
export interface TimerHost {
  metric(name: string, value: number, tags?: Tags): void;
  error(message: string, fields?: Fields): void;
  recordDurationUs?(operation: string, us: number, tags?: Tags): void;
  /** Nanoseconds, in place of the monotonic clock: of a test whose timers are fake. */
  readonly readClock?: () => bigint;
}

const clock = new BigInt64Array(1);
const clockWords = new Int32Array(clock.buffer);
const LOW = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0 : 1;
const HIGH = 1 - LOW;
const TWO_32 = 2 ** 32;

/**
 * Measures one operation. Recorded once, by the first `stop` (or `run`, or the end of a `using` scope), as the histogram `${operationName}_duration_us` with the
 * timer's tags. Methods never throw, except that `run` passes on what its operation throws.
 */
export class LoggingTimer implements Disposable {
  readonly #logger: TimerHost;
  readonly #operationName: string;
  readonly #tags: Tags | undefined;
  /** The clock's halves at the start: two small integers, where one float would be boxed. */
  readonly #startLow: number;
  readonly #startHigh: number;
  /** Microseconds, once stopped; −1 before. */
  #finalUs = -1;

  /** Starts the timer. */
  constructor(logger: TimerHost, operationName: string, tags?: Tags) {
    this.#logger = logger;
    this.#operationName = textOf(operationName);
    this.#tags = tags;
    // Two stores: a BigInt that one of two readings may give would be made as an object.
    if (logger.readClock === undefined) clock[0] = readClock();
    else clock[0] = logger.readClock();
    this.#startLow = clockWords[LOW];
    this.#startHigh = clockWords[HIGH];
  }

  /** Microseconds so far, or between start and stop once it has stopped. Resolution 1 ns. */
  get elapsedUs(): number {
    return this.#finalUs >= 0 ? this.#finalUs : this.#readUs();
  }

  /**
   * Stops, records, and returns the microseconds that passed; further calls change nothing and return the same.
   *
   * @param error what the operation failed with, if it did: also logs `${operationName} failed` at level error with `error`, `duration_us` and the tags
   */
  stop(error?: unknown): number {
    if (this.#finalUs >= 0) return this.#finalUs;
    const us = this.#readUs();
    this.#finalUs = us;
    const logger = this.#logger;
    if (logger.recordDurationUs !== undefined) logger.recordDurationUs(this.#operationName, us, this.#tags);
    else logger.metric(`${this.#operationName}_duration_us`, us, this.#tags);
    if (error !== undefined) logger.error(`${this.#operationName} failed`, failureFields(this.#tags, us, error));
    return us;
  }

  /** The end of a `using` scope. */
  [Symbol.dispose](): void {
    this.stop();
  }

  /**
   * Runs an operation and stops when it has returned or, if it answers a promise, when that has settled. A failure is logged once, with its duration, and
   * thrown on unchanged.
   */
  run<T>(operation: () => T): T {
    let result: T;
    try {
      result = operation();
    } catch (error) {
      this.#fail(error);
      throw error;
    }
    if (isThenable(result)) {
      // The caller gets the promise after the recording: when it goes on, the time has been recorded.
      return result.then(
        (value) => {
          this.stop();
          return value;
        },
        (error: unknown) => {
          this.#fail(error);
          throw error;
        },
      ) as T;
    }
    this.stop();
    return result;
  }

  /** `undefined` can be thrown too, and is a failure then. */
  #fail(error: unknown): void {
    this.stop(error === undefined ? new Error('undefined was thrown') : error);
  }

  #readUs(): number {
    const { readClock: followed } = this.#logger;
    if (followed === undefined) clock[0] = readClock();
    else clock[0] = followed();
    return ((clockWords[HIGH] - this.#startHigh) * TWO_32 + (clockWords[LOW] >>> 0) - (this.#startLow >>> 0)) / 1000;
  }
}

function failureFields(tags: Tags | undefined, us: number, error: unknown): Fields {
  try {
    return { ...tags, duration_us: us, error };
  } catch {
    return { duration_us: us, error };
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  try {
    return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
  } catch {
    return false; // a proxy, or a getter that throws
  }
}
