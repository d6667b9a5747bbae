/**
 * The flush protocol. Any thread of an instance asks for everything accepted so far to go through every backend; the worker answers. All words of it are read
 * and written here:
 *
 * ```
 *   word       written by                                  says
 *   ASKED      askers, one more each                       number of the newest flush asked for
 *   UNTIL      askers; the worker clears it                the latest deadline of those not answered yet, as `Deadline.word`
 *   ENDING     the thread that made the instance           bits ENDING_*: what comes after the flush
 *   DONE       the worker; askers sleep on it              number of the newest flush answered
 *   COMPLETE   the worker, before DONE                     number of the newest flush that brought everything through; with it, all before
 * ```
 *
 * Flushes asked for together are answered together. One with little time must not take it from the others, so the worker works until the latest deadline, and
 * an asker with less time stops waiting by itself.
 */
import { Deadline } from '../time/deadline.ts';
import {
  SIGNAL_FLUSH_ASKED,
  SIGNAL_FLUSH_COMPLETE,
  SIGNAL_FLUSH_DONE,
  SIGNAL_FLUSH_ENDING,
  SIGNAL_FLUSH_UNTIL,
  wake,
} from './signals.ts';

/** The instance ends behind the flush. */
export const ENDING_INSTANCE = 1;
/** So does the process, or the thread: no caller can wait after it. */
export const ENDING_PROCESS = 2;

/** Time that the answer of a flush which used all of its time may take beyond it. */
const ANSWER_GRACE_MILLIS = 250;

/** A thread that waits asleep checks at this interval: no event can wake it. */
const SLEEP_SLICE_MILLIS = 20;

/** UNTIL while no flush is asked for. */
const NO_DEADLINE = 0;

export class FlushAsker {
  readonly #signals: Int32Array;

  constructor(signals: Int32Array) {
    this.#signals = signals;
  }

  /**
   * Asks, and waits with the event loop running. True if every backend took everything in time.
   *
   * @param giveUp true: it waits no longer. Called again whenever somebody notifies the word of flushes that are done
   */
  async flush(deadline: Deadline, ending = 0, giveUp?: () => boolean): Promise<boolean> {
    const number = this.#ask(deadline, ending);
    const isDone = () => this.#hasReached(SIGNAL_FLUSH_DONE, number);
    const answered = await deadline.plus(ANSWER_GRACE_MILLIS).sleep(this.#signals, SIGNAL_FLUSH_DONE, isDone, giveUp);
    return answered && this.#hasReached(SIGNAL_FLUSH_COMPLETE, number);
  }

  /** The same with this thread asleep, for exits. `whileAsleep` does the work of events meanwhile, and returns whether to wait on. */
  flushSync(deadline: Deadline, ending: number, whileAsleep: () => boolean): boolean {
    const number = this.#ask(deadline, ending);
    const isDone = () => this.#hasReached(SIGNAL_FLUSH_DONE, number);
    const answered = deadline.sleepSync(this.#signals, SIGNAL_FLUSH_DONE, isDone, SLEEP_SLICE_MILLIS, whileAsleep);
    return answered && this.#hasReached(SIGNAL_FLUSH_COMPLETE, number);
  }

  #ask(deadline: Deadline, ending: number): number {
    const signals = this.#signals;
    this.#allow(deadline);
    if (ending !== 0) Atomics.or(signals, SIGNAL_FLUSH_ENDING, ending);
    const number = (Atomics.add(signals, SIGNAL_FLUSH_ASKED, 1) + 1) | 0;
    wake(signals);
    return number;
  }

  #allow(deadline: Deadline): void {
    for (;;) {
      const known = Atomics.load(this.#signals, SIGNAL_FLUSH_UNTIL);
      const other = Deadline.ofWord(known);
      if (other !== undefined && other.left >= deadline.left) return;
      if (Atomics.compareExchange(this.#signals, SIGNAL_FLUSH_UNTIL, known, deadline.word) === known) return;
    }
  }

  #hasReached(index: number, number: number): boolean {
    return ((Atomics.load(this.#signals, index) - number) | 0) >= 0;
  }
}

/** The flushes that were asked for. */
export interface FlushRequest {
  /** All flushes up to this one. */
  readonly number: number;
  readonly deadline: Deadline;
}

export class FlushAnswerer {
  readonly #signals: Int32Array;
  readonly #usualMillis: number;
  #noticed: number;

  /** `usualMillis`: for a flush whose deadline was cleared with the one before it, in the very moment of its asking. */
  constructor(signals: Int32Array, usualMillis: number) {
    this.#signals = signals;
    this.#usualMillis = usualMillis;
    // Not "asked": a flush during which a worker died is still unanswered.
    this.#noticed = Atomics.load(signals, SIGNAL_FLUSH_DONE);
  }

  /** Whether a flush was asked for since the last {@link notice}. */
  get isAsked(): boolean {
    return this.#asked !== this.#noticed;
  }

  /** The same, and it counts as noticed. */
  notice(): boolean {
    // Read once: a flush that is asked for between two readings would count as noticed, and never be answered.
    const asked = this.#asked;
    const isAsked = asked !== this.#noticed;
    this.#noticed = asked;
    return isAsked;
  }

  /** The flushes to be answered next; undefined: all are answered. */
  next(): FlushRequest | undefined {
    const number = this.#asked;
    if (number === Atomics.load(this.#signals, SIGNAL_FLUSH_DONE)) return undefined;
    const deadline = Deadline.ofWord(Atomics.load(this.#signals, SIGNAL_FLUSH_UNTIL)) ?? Deadline.in(this.#usualMillis);
    return { number, deadline };
  }

  /** Bits ENDING_*. */
  get ending(): number {
    return Atomics.load(this.#signals, SIGNAL_FLUSH_ENDING);
  }

  answer({ number }: FlushRequest, isComplete: boolean): void {
    const signals = this.#signals;
    if (isComplete) Atomics.store(signals, SIGNAL_FLUSH_COMPLETE, number);
    if (this.#asked === number) Atomics.store(signals, SIGNAL_FLUSH_UNTIL, NO_DEADLINE);
    Atomics.store(signals, SIGNAL_FLUSH_DONE, number);
    Atomics.notify(signals, SIGNAL_FLUSH_DONE);
  }

  get #asked(): number {
    return Atomics.load(this.#signals, SIGNAL_FLUSH_ASKED);
  }
}
