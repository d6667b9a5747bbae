/**
 * The percentiles backend: prints percentiles at an interval, and at the end.
 */
import { errorText } from '../../common/error-text.ts';
import type { MetricsAccount, MetricsBackend } from '../../contract/metrics-backend.ts';
import { SYSTEM_TIMERS, type Timers } from '../../time/timers.ts';
import type { Percentiles } from './percentiles.ts';
import { percentileJson, percentileTable } from './percentiles-text.ts';
import { Repeats } from './repeats.ts';

export interface PercentilesBackendOptions {
  readonly percentiles: Percentiles;
  /** How often the table or line is written. */
  readonly intervalMillis: number;
  readonly format: 'table' | 'json';
  readonly account: MetricsAccount;
  /** Takes whole lines. Default: nothing is written. */
  readonly write?: (text: string) => void | Promise<void>;
  readonly timers?: Timers;
}

export class PercentilesBackend implements MetricsBackend {
  readonly #options: PercentilesBackendOptions;
  readonly #timers: Timers;
  readonly #repeats: Repeats;
  #isWrittenLast = false;

  constructor(options: PercentilesBackendOptions) {
    this.#options = options;
    this.#timers = options.timers ?? SYSTEM_TIMERS;
    this.#repeats = new Repeats(this.#timers);
  }

  async start(): Promise<void> {
    const { percentiles, intervalMillis } = this.#options;
    percentiles.start();
    this.#repeats.every(intervalMillis, () => void this.#write());
  }

  /** A flush prints nothing, except at the end: percentiles come at their interval. */
  async flush(isLast = false): Promise<boolean> {
    return isLast ? this.close() : true;
  }

  /** Writes a last time. */
  async close(): Promise<boolean> {
    this.#repeats.stop();
    this.#options.percentiles.stop();
    if (this.#isWrittenLast) return true;
    this.#isWrittenLast = true;
    return this.#write();
  }

  async #write(): Promise<boolean> {
    const { percentiles, write, format, account } = this.#options;
    if (write === undefined) return true;
    try {
      const rows = percentiles.snapshot();
      if (rows.length === 0) return true;
      const { windowMillis } = percentiles;
      await write(
        format === 'json' ? percentileJson(rows, windowMillis, this.#timers.now()) : percentileTable(rows, windowMillis),
      );
      account.succeed();
      return true;
    } catch (error) {
      account.fail('degraded', errorText(error));
      return false;
    }
  }
}
