/**
 * The contract of a backend of metrics. Runs in the worker thread.
 */
import type { BackendCounters } from '../health/counters.ts';

export interface MetricsBackend {
  /** Never rejects: a failure goes into the account. */
  start(): Promise<void>;
  /**
   * Sends the metrics as they are now. True if they arrived, or if they are scraped and not sent (Prometheus).
   * Never rejects.
   *
   * @param isLast the process is about to end, and perhaps without `close`
   */
  flush(isLast: boolean): Promise<boolean>;
  /** Flushes a last time where metrics are sent, and closes everything. Resolves as `flush` does. Never rejects. */
  close(): Promise<boolean>;
}

/**
 * The account of a metrics backend, in the counters that all backends have. It counts attempts: scrapes, pushes, exports, printouts. Each is `taken`, and then
 * `delivered` or dropped as `failed`.
 */
export class MetricsAccount {
  readonly #counters: BackendCounters;

  constructor(counters: BackendCounters) {
    this.#counters = counters;
  }

  succeed(): void {
    this.#counters.add('taken', 1);
    this.#counters.add('delivered', 1);
    this.recover();
  }

  /** It works again, though nothing was delivered. */
  recover(): void {
    if (this.#counters.state !== 'ok') this.#counters.setState('ok');
  }

  /** `degraded`: another attempt will be made. `failed`: it does not work, for the reason given. */
  fail(state: 'degraded' | 'failed', error: string): void {
    this.#counters.add('taken', 1);
    this.#counters.drop('failed', 1);
    this.#counters.setState(state, error);
  }
}
