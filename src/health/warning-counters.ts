/**
 * Counters of a backend that warn once when it has failed. Without the warning, only users who look at `health()` would know before the process ends.
 */
import { maskSecrets } from '../common/mask-secrets.ts';
import { BackendCounters, type BackendState } from './counters.ts';

export class WarningCounters extends BackendCounters {
  readonly #name: string;
  readonly #warn: (message: string) => void;
  #hasWarned = false;

  constructor(memory: ArrayBufferLike, index: number, name: string, warn: (message: string) => void) {
    super(memory, index);
    this.#name = name;
    this.#warn = warn;
  }

  override setState(state: BackendState, error?: string, unixMillis?: number): void {
    super.setState(state, error, unixMillis);
    if (state !== 'failed' || this.#hasWarned) return;
    this.#hasWarned = true;
    const reason = error === undefined ? '.' : `: ${maskSecrets(error).replace(/\.?$/, '.')}`;
    this.#warn(`The backend ${this.#name} has failed${reason} health().backends.${this.#name} has the details.`);
  }
}
