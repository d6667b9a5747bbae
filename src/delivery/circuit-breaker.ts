/**
 * A {@link Circuit} with the engine's interface, and a timer for changes that come with time alone.
 */
import type { CircuitState } from '../health/counters.ts';
import type { Timers } from '../time/timers.ts';
import type { Admission } from './admission.ts';
import { Circuit, type CircuitRules } from './circuit.ts';

export interface CircuitBreakerOptions extends CircuitRules {
  readonly timers: Timers;
  /** Attempts are allowed again. */
  readonly onAllowed: () => void;
  /** Called with each state that it enters. */
  readonly onState?: ((state: CircuitState) => void) | undefined;
}

export class CircuitBreaker implements Admission {
  readonly #circuit: Circuit;
  readonly #timers: Timers;
  readonly #onAllowed: () => void;
  readonly #onState: ((state: CircuitState) => void) | undefined;
  #told: CircuitState = 'closed';
  #timer: unknown;
  #isClosed = false;

  constructor(options: CircuitBreakerOptions) {
    this.#circuit = new Circuit(options);
    this.#timers = options.timers;
    this.#onAllowed = options.onAllowed;
    this.#onState = options.onState;
  }

  get isAway(): boolean {
    return this.#circuit.state !== 'closed';
  }

  allowed(most: number): number {
    const allowed = this.#circuit.allowed(most, this.#now);
    this.#settle();
    return allowed;
  }

  attempted(): void {
    this.#circuit.attempted(this.#now);
    this.#settle();
  }

  answered(): void {
    this.#circuit.answered(this.#now);
    this.#settle();
  }

  refused(askedMillis: number | undefined): number {
    const elapsedMillis = this.#circuit.refused(this.#now, askedMillis);
    this.#settle();
    return elapsedMillis;
  }

  hurry(): void {
    this.#circuit.hurry(this.#now);
    this.#settle();
  }

  pauseMillis(attempts: number): number {
    return this.#circuit.openPauseMillis(attempts);
  }

  close(): void {
    this.#isClosed = true;
    this.#timers.clearTimeout(this.#timer);
  }

  get #now(): number {
    return this.#timers.monotonic();
  }

  /** Reports the state, and sets the timer for the next change that comes with time alone. */
  #settle(): void {
    const { state, nextChange } = this.#circuit;
    this.#timers.clearTimeout(this.#timer);
    this.#timer = undefined;
    if (nextChange !== undefined && !this.#isClosed) {
      this.#timer = this.#timers.setTimeout(() => this.#advance(), Math.max(1, Math.ceil(nextChange - this.#now)));
    }
    if (state === this.#told) return;
    this.#told = state;
    this.#onState?.(state);
  }

  #advance(): void {
    this.#circuit.advance(this.#now);
    this.#settle();
    this.#onAllowed();
  }
}
