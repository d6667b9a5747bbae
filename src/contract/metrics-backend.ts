/**
 * The contract of a place where metrics go. Runs in the worker thread.
 */
import { maskSecrets } from '../common/mask-secrets.ts';
import type { BackendState } from '../health/counters.ts';

export interface MetricsBackendState {
  /** `degraded`: the last attempt failed and another will be made. `failed`: it does not work, for the reason given. */
  readonly state: BackendState;
  readonly lastError?: string;
  /** Answers, pushes or exports that arrived. */
  readonly delivered: number;
  readonly failed: number;
}

export interface MetricsBackend {
  /** Never rejects: trouble is in the state. */
  start(): Promise<void>;
  /**
   * What has been recorded so far has been offered once more when this settles. Never rejects.
   *
   * @param isLast the process is about to end, and perhaps without `close`
   */
  flush(isLast: boolean): Promise<void>;
  /** Flushes a last time where that means something, and lets go of everything. Never rejects. */
  close(): Promise<void>;
  state(): MetricsBackendState;
}

/** Keeps the account of a backend. */
export class MetricsBackendAccount {
  #state: BackendState = 'ok';
  #lastError: string | undefined;
  #delivered = 0;
  #failed = 0;

  succeed(): void {
    this.#delivered++;
    this.recover();
  }

  /** It works again, though nothing was delivered. */
  recover(): void {
    this.#state = 'ok';
  }

  fail(state: 'degraded' | 'failed', error: string): void {
    this.#failed++;
    this.#state = state;
    this.#lastError = maskSecrets(error);
  }

  read(): MetricsBackendState {
    return {
      state: this.#state,
      ...(this.#lastError !== undefined && { lastError: this.#lastError }),
      delivered: this.#delivered,
      failed: this.#failed,
    };
  }
}
