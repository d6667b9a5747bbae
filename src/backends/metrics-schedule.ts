/**
 * Sends metrics at an interval: one attempt at a time, a growing pause after a failure that may pass, or the one that the destination asks for, and a last attempt
 * at the end.
 */
import { errorText } from '../common/error-text.ts';
import type { Outcome } from '../contract/backend.ts';
import type { MetricsAccount } from '../contract/metrics-backend.ts';
import { grantedPause } from '../delivery/pauses.ts';
import { SYSTEM_TIMERS, type Timers } from '../time/timers.ts';

/** First pause after a failure; doubled with each further one, up to the interval. */
const FIRST_PAUSE_MILLIS = 1_000;
/** Pauses are spread by this share, so that processes that failed together do not come back together. */
const JITTER = 0.2;

export interface MetricsScheduleOptions {
  readonly intervalMillis: number;
  /** Sends the metrics. Its rejection counts as retryable. */
  readonly attempt: () => Promise<Outcome>;
  readonly account: MetricsAccount;
  readonly timers?: Timers;
}

export class MetricsSchedule {
  readonly #options: MetricsScheduleOptions;
  readonly #timers: Timers;
  #timer: unknown;
  #running: Promise<boolean> | undefined;
  #failures = 0;
  #isStopped = false;

  constructor(options: MetricsScheduleOptions) {
    this.#options = options;
    this.#timers = options.timers ?? SYSTEM_TIMERS;
  }

  /** The first attempt is made after one interval. */
  start(): void {
    this.#wait(this.#options.intervalMillis);
  }

  /** An attempt that begins after this call, also if another one is under way. Resolves to whether everything arrived. Never rejects. */
  async run(): Promise<boolean> {
    while (this.#running !== undefined) await this.#running;
    this.#running = this.#attempt();
    return this.#running;
  }

  /** Stops the attempts; settles when the one under way is over. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timers.clearTimeout(this.#timer);
    await this.#running;
  }

  async #attempt(): Promise<boolean> {
    this.#timers.clearTimeout(this.#timer);
    let outcome: Outcome;
    try {
      outcome = await this.#options.attempt();
    } catch (error) {
      outcome = { status: 'retryable', message: errorText(error) };
    }
    this.#running = undefined;
    this.#wait(this.#settle(outcome));
    return outcome.status === 'success';
  }

  /** Counts the outcome in the account; returns the pause before the next attempt. */
  #settle(outcome: Outcome): number {
    const { account, intervalMillis } = this.#options;
    switch (outcome.status) {
      case 'success':
        this.#failures = 0;
        account.succeed();
        return intervalMillis;
      case 'partial':
        this.#failures = 0;
        account.fail('degraded', outcome.message ?? `${outcome.rejected} data points were refused.`);
        return intervalMillis;
      case 'failure':
        account.fail('failed', outcome.message ?? 'The destination refused the metrics.');
        return intervalMillis;
      case 'retryable': {
        account.fail('degraded', outcome.message ?? 'The destination could not be reached.');
        const pauseMillis = FIRST_PAUSE_MILLIS * 2 ** Math.min(this.#failures++, 20);
        const spread = 1 + JITTER * (2 * Math.random() - 1);
        return outcome.afterMillis === undefined
          ? Math.min(intervalMillis, pauseMillis * spread)
          : grantedPause(outcome.afterMillis);
      }
    }
  }

  #wait(millis: number): void {
    if (this.#isStopped) return;
    this.#timer = this.#timers.setTimeout(() => void this.run(), millis);
    (this.#timer as { unref?: () => void } | undefined)?.unref?.();
  }
}
