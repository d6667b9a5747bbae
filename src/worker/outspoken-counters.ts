/**
 * Counters of a backend that say aloud, once, that it has failed: who does not look at `health()` would hear of it only when the process ends.
 */
import { BackendCounters, type BackendState } from '../health/counters.ts';

export class OutspokenCounters extends BackendCounters {
  readonly #name: string;
  readonly #say: (message: string) => void;
  #hasSaid = false;

  constructor(memory: SharedArrayBuffer, index: number, name: string, say: (message: string) => void) {
    super(memory, index);
    this.#name = name;
    this.#say = say;
  }

  override setState(state: BackendState, error?: string, unixMillis?: number): void {
    super.setState(state, error, unixMillis);
    if (state !== 'failed' || this.#hasSaid) return;
    this.#hasSaid = true;
    const reason = error === undefined ? '.' : `: ${error.replace(/\.?$/, '.')}`;
    this.#say(`The backend ${this.#name} has failed${reason} health().backends.${this.#name} tells how it is.`);
  }
}
