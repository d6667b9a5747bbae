/**
 * The pauses between attempts that are refused one after the other.
 */
import type { Timers } from '../backends/timers.ts';
import { DEFAULT_INITIAL_PAUSE_MILLIS, DEFAULT_MAX_PAUSE_MILLIS, MAX_ASKED_PAUSE_MILLIS } from './pump.ts';

export interface BackoffOptions {
  /** First pause, doubled with each further refusal. */
  readonly initialPauseMillis?: number | undefined;
  readonly maxPauseMillis?: number | undefined;
  readonly timers: Timers;
  /** In [0, 1), for the jitter. */
  readonly random?: (() => number) | undefined;
  /** A pause is over by itself. */
  readonly onOver: () => void;
}

export class Backoff {
  readonly #initialPauseMillis: number;
  readonly #maxPauseMillis: number;
  readonly #timers: Timers;
  readonly #random: () => number;
  readonly #onOver: () => void;
  #refusals = 0;
  #refusingSince = 0;
  #timer: unknown;
  /** True while the pause under way was asked for by the destination. */
  #asked = false;

  constructor(options: BackoffOptions) {
    this.#initialPauseMillis = options.initialPauseMillis ?? DEFAULT_INITIAL_PAUSE_MILLIS;
    this.#maxPauseMillis = options.maxPauseMillis ?? DEFAULT_MAX_PAUSE_MILLIS;
    this.#timers = options.timers;
    this.#random = options.random ?? Math.random;
    this.#onOver = options.onOver;
  }

  get pausing(): boolean {
    return this.#timer !== undefined;
  }

  /** An attempt was refused. Returns for how long they have been, in milliseconds. */
  refused(): number {
    const now = this.#timers.monotonic();
    if (this.#refusals++ === 0) this.#refusingSince = now;
    return now - this.#refusingSince;
  }

  /** The row of refusals is over. */
  reset(): void {
    this.#refusals = 0;
  }

  /** Starts the pause that belongs to the last refusal. `askedMillis`: what the destination asked for. */
  pause(askedMillis: number | undefined): void {
    this.#asked = askedMillis !== undefined;
    const millis = askedMillis === undefined ? this.#ownMillis() : Math.min(Math.max(askedMillis, 0), MAX_ASKED_PAUSE_MILLIS);
    this.#timer = this.#timers.setTimeout(() => {
      this.end();
      this.#onOver();
    }, millis);
  }

  /** Ends a pause before its time. */
  end(): void {
    this.#timers.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#asked = false;
  }

  /** The same, unless the destination has asked for the pause. */
  endOwn(): void {
    if (!this.#asked) this.end();
  }

  /** Half of it fixed, half of it random, so that the processes of a host do not all return at once. */
  #ownMillis(): number {
    const full = Math.min(this.#maxPauseMillis, this.#initialPauseMillis * 2 ** (this.#refusals - 1));
    return (full / 2) * (1 + this.#random());
  }
}
