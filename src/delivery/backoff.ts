/**
 * Growing pauses between attempts that are refused one after the other.
 */
import type { Timers } from '../time/timers.ts';
import type { Admission } from './admission.ts';
import { grantedPause, jittered } from './pauses.ts';

/** First pause after a refusal, doubled with each further one. A fault of a disk is often over as fast; a collector's hint (Retry-After) overrides it. */
const DEFAULT_INITIAL_PAUSE_MILLIS = 100;
/** Longest pause: the Collector's own `max_interval` for retries (exporterhelper). */
const DEFAULT_MAX_PAUSE_MILLIS = 30_000;
/** The same for files and the console: an attempt costs nothing there, and an operator who has freed a disk wants to see it work. */
export const LOCAL_MAX_PAUSE_MILLIS = 5_000;
/** A destination that has refused for longer than this is `failed`, no longer `degraded`. A rotation, a restart or a passing overload is over sooner. */
export const FAILED_AFTER_MILLIS = 2_000;

export interface BackoffOptions {
  /** Default {@link DEFAULT_INITIAL_PAUSE_MILLIS}. */
  readonly initialPauseMillis?: number | undefined;
  /** Default {@link DEFAULT_MAX_PAUSE_MILLIS}. */
  readonly maxPauseMillis?: number | undefined;
  readonly timers: Timers;
  /** In [0, 1), for the jitter. */
  readonly random?: (() => number) | undefined;
  /** A pause is over. Not called for one that `hurry` or `close` has ended. */
  readonly onOver: () => void;
}

export class Backoff implements Admission {
  readonly isAway = false;
  readonly #initialPauseMillis: number;
  readonly #maxPauseMillis: number;
  readonly #timers: Timers;
  readonly #random: () => number;
  readonly #onOver: () => void;
  #refusals = 0;
  #refusingSince = 0;
  #timer: unknown;
  /** The pause under way was asked for by the destination: a flush may not cut it short. */
  #isAsked = false;

  constructor(options: BackoffOptions) {
    this.#initialPauseMillis = options.initialPauseMillis ?? DEFAULT_INITIAL_PAUSE_MILLIS;
    this.#maxPauseMillis = options.maxPauseMillis ?? DEFAULT_MAX_PAUSE_MILLIS;
    this.#timers = options.timers;
    this.#random = options.random ?? Math.random;
    this.#onOver = options.onOver;
  }

  /** None in a pause, and one at a time while the destination refuses. */
  allowed(most: number): number {
    if (this.#isPausing) return 0;
    return this.#refusals > 0 ? 1 : most;
  }

  attempted(): void {}

  answered(): void {
    this.#refusals = 0;
  }

  /** Attempts that were under way together and are refused together, the further ones during the pause of the first, count as one refusal. */
  refused(askedMillis: number | undefined): number {
    const now = this.#timers.monotonic();
    if (this.#refusals === 0) this.#refusingSince = now;
    if (!this.#isPausing) this.#refusals++;
    if (askedMillis !== undefined) this.#pause(grantedPause(askedMillis), true);
    else if (!this.#isPausing) this.#pause(this.pauseMillis(this.#refusals), false);
    return now - this.#refusingSince;
  }

  hurry(): void {
    if (!this.#isAsked) this.close();
  }

  pauseMillis(attempts: number): number {
    return jittered(Math.min(this.#maxPauseMillis, this.#initialPauseMillis * 2 ** (attempts - 1)), this.#random);
  }

  close(): void {
    this.#timers.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isAsked = false;
  }

  get #isPausing(): boolean {
    return this.#timer !== undefined;
  }

  #pause(millis: number, isAsked: boolean): void {
    this.close();
    this.#isAsked = isAsked;
    this.#timer = this.#timers.setTimeout(() => {
      this.close();
      this.#onOver();
    }, millis);
  }
}
