/**
 * The pauses between attempts that are refused one after the other: of pumps in front of sinks, and of queues in front of backends that take objects.
 */
import type { Timers } from '../time/timers.ts';

/** First pause after a refusal, doubled with each further one. A disk's trouble is often over as fast; a collector's hint (Retry-After) overrides it. */
export const DEFAULT_INITIAL_PAUSE_MILLIS = 100;
/** Longest pause: the Collector's own `max_interval` for retries (exporterhelper). */
export const DEFAULT_MAX_PAUSE_MILLIS = 30_000;
/** The same for files and the console: an attempt costs nothing there, and somebody who has freed a disk wants to see it work. */
export const LOCAL_MAX_PAUSE_MILLIS = 5_000;
/**
 * Longest pause a destination may ask for: a mistaken header must not silence us for longer than the Collector itself keeps on retrying
 * (`max_elapsed_time`, 300 s).
 */
export const MAX_ASKED_PAUSE_MILLIS = 300_000;
/** Who has refused for longer than this is `failed`, no longer `degraded`. A rotation, a restart or a passing overload is over sooner. */
export const FAILED_AFTER_MILLIS = 2_000;

export interface BackoffOptions {
  /** Default {@link DEFAULT_INITIAL_PAUSE_MILLIS}. */
  readonly initialPauseMillis?: number | undefined;
  /** Default {@link DEFAULT_MAX_PAUSE_MILLIS}. */
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
  /** True while the pause under way was asked for by the destination, and a flush may not cut it short. */
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

  /** True from a refusal until the row of them is over. */
  get refusing(): boolean {
    return this.#refusals > 0;
  }

  /**
   * An attempt was refused. Returns for how long they have been, in milliseconds. Attempts that were under way together and are refused together, the
   * further ones during the pause of the first, are one sign of trouble and not several.
   */
  refused(): number {
    const now = this.#timers.monotonic();
    if (this.#refusals === 0) this.#refusingSince = now;
    if (!this.pausing) this.#refusals++;
    return now - this.#refusingSince;
  }

  /** The row of refusals is over. */
  reset(): void {
    this.#refusals = 0;
  }

  /** Starts the pause that belongs to the last refusal. `askedMillis`: what the destination asked for, which also replaces a pause under way. */
  pause(askedMillis: number | undefined): void {
    if (this.pausing && askedMillis === undefined) return;
    this.end();
    this.#asked = askedMillis !== undefined;
    const millis =
      askedMillis === undefined
        ? this.ownPauseMillis(this.#refusals)
        : Math.min(Math.max(askedMillis, 0), MAX_ASKED_PAUSE_MILLIS);
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

  /** The pause after so many refusals in a row: half of it fixed, half of it random, so that the processes of a host do not all return at once. */
  ownPauseMillis(refusals: number): number {
    const full = Math.min(this.#maxPauseMillis, this.#initialPauseMillis * 2 ** (refusals - 1));
    return (full / 2) * (1 + this.#random());
  }
}
