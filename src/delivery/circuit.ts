/**
 * A circuit breaker as a state machine without timers: every method gets the time.
 *
 * ```
 *            three refusals in a row, or 5 s of refusals or silence
 *   closed ─────────────────────────────────────────────────────────> open <───────────┐
 *     ^                                                                 │ pause is over │ refused, or silent for 5 s;
 *     │ as many good probes in a row as asked for                       v               │ the next pause is twice as long
 *     └──────────────────────────────────────────────────────────── half_open ──────────┘
 * ```
 *
 * Open, nothing is sent. Half open, one attempt at a time probes the destination. Attempts go on without end: no circuit gives up.
 */
import type { CircuitState } from '../health/counters.ts';
import { grantedPause, jittered } from './pauses.ts';

/** Refusals in a row that open a circuit. One is a passing overload or a connection that was closed, two may be both. */
export const REFUSALS_TO_OPEN = 3;
/** Refusing, or silent with something under way, for so long opens it too: half the usual time-out of a request. */
export const OPEN_AFTER_MILLIS = 5_000;
/** First and longest pause of an open circuit; doubled with each probe that fails. The longest is the Collector's own `max_interval` for retries. */
export const FIRST_OPEN_PAUSE_MILLIS = 1_000;
export const MAX_OPEN_PAUSE_MILLIS = 30_000;
/** First pause while it is closed, doubled with each refusal. */
const FIRST_CLOSED_PAUSE_MILLIS = 100;
/** Between good probes, when several are asked for: a destination that flaps is good for a moment. */
const BETWEEN_GOOD_PROBES_MILLIS = 500;

export interface CircuitRules {
  /** Good probes in a row that close it. Default 1. */
  readonly goodProbes?: number | undefined;
  readonly maxOpenPauseMillis?: number | undefined;
  /** In [0, 1), for the jitter. */
  readonly random?: (() => number) | undefined;
}

export class Circuit {
  readonly #goodProbes: number;
  readonly #maxOpenPauseMillis: number;
  readonly #random: () => number;
  #state: CircuitState = 'closed';
  /** Refusals in a row while closed. */
  #refusals = 0;
  #refusingSince: number | undefined;
  /** Openings in a row without a closing. */
  #openings = 0;
  #probes = 0;
  #underWay = 0;
  /** Since when something is under way and nothing has come back. */
  #silentSince = 0;
  #pausedUntil: number | undefined;
  /** The destination has asked for the pause: a flush may not end it. */
  #isAsked = false;

  constructor({ goodProbes = 1, maxOpenPauseMillis = MAX_OPEN_PAUSE_MILLIS, random = Math.random }: CircuitRules = {}) {
    this.#goodProbes = goodProbes;
    this.#maxOpenPauseMillis = maxOpenPauseMillis;
    this.#random = random;
  }

  get state(): CircuitState {
    return this.#state;
  }

  /** Attempts that may be under way, of the `most` that are wanted. */
  allowed(most: number, now: number): number {
    this.advance(now);
    if (this.#pausedUntil !== undefined) return 0;
    return this.#state === 'closed' && this.#refusals === 0 ? most : 1;
  }

  /** Something was sent. */
  attempted(now: number): void {
    if (this.#underWay++ === 0) this.#silentSince = now;
  }

  /** Taken, or refused for good: the destination works. */
  answered(now: number): void {
    this.#returned(now);
    this.#refusals = 0;
    this.#refusingSince = undefined;
    if (this.#state === 'closed') {
      this.#endPause();
      return;
    }
    this.#probes++;
    if (this.#probes >= this.#goodProbes) {
      this.#openings = 0;
      this.#endPause();
      this.#state = 'closed';
      return;
    }
    this.#state = 'half_open';
    this.#pause(BETWEEN_GOOD_PROBES_MILLIS, now, false);
  }

  /**
   * Refused for now. Attempts that were under way together and are refused together, the further ones during the pause of the first, count as one. Returns
   * for how many milliseconds it has refused without an answer in between.
   */
  refused(now: number, askedMillis: number | undefined): number {
    this.#returned(now);
    this.#refusingSince ??= now;
    const elapsed = now - this.#refusingSince;
    if (this.#pausedUntil === undefined) {
      this.#refusals++;
      if (this.#state !== 'closed' || this.#refusals >= REFUSALS_TO_OPEN || elapsed >= OPEN_AFTER_MILLIS) this.#open(now);
      else this.#pause(jittered(FIRST_CLOSED_PAUSE_MILLIS * 2 ** (this.#refusals - 1), this.#random), now, false);
    }
    if (askedMillis !== undefined) this.#pause(grantedPause(askedMillis), now, true);
    return elapsed;
  }

  /** A flush waits: the pause is over, unless the destination has asked for it. */
  hurry(now: number): void {
    this.advance(now);
    if (this.#pausedUntil !== undefined && !this.#isAsked) this.#pauseIsOver();
  }

  /** Applies the changes that come with time. */
  advance(now: number): void {
    if (this.#pausedUntil !== undefined && now >= this.#pausedUntil) this.#pauseIsOver();
    if (this.#underWay > 0 && this.#state !== 'open' && now - this.#silentSince >= OPEN_AFTER_MILLIS) {
      this.#refusingSince ??= this.#silentSince;
      this.#silentSince = now;
      this.#open(now);
    }
  }

  /** When `advance` will change something, if nothing happens before; undefined: never. */
  get nextChange(): number | undefined {
    const silence = this.#underWay > 0 && this.#state !== 'open' ? this.#silentSince + OPEN_AFTER_MILLIS : undefined;
    if (this.#pausedUntil === undefined) return silence;
    return silence === undefined ? this.#pausedUntil : Math.min(silence, this.#pausedUntil);
  }

  /** The pause of an open circuit after so many openings in a row. */
  openPauseMillis(openings: number): number {
    return jittered(Math.min(this.#maxOpenPauseMillis, FIRST_OPEN_PAUSE_MILLIS * 2 ** (openings - 1)), this.#random);
  }

  #returned(now: number): void {
    this.#underWay = Math.max(0, this.#underWay - 1);
    this.#silentSince = now;
  }

  #open(now: number): void {
    this.#openings++;
    this.#probes = 0;
    this.#refusals = 0;
    this.#state = 'open';
    this.#pause(this.openPauseMillis(this.#openings), now, false);
  }

  #pause(millis: number, now: number, isAsked: boolean): void {
    this.#pausedUntil = now + millis;
    this.#isAsked = isAsked;
  }

  #pauseIsOver(): void {
    this.#endPause();
    if (this.#state === 'open') this.#state = 'half_open';
  }

  #endPause(): void {
    this.#pausedUntil = undefined;
    this.#isAsked = false;
  }
}
