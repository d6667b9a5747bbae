/**
 * The percentiles backend: of every timer and other histogram, what it was in the last minute and since the start.
 *
 *   new PercentilesBackend({ collector, percentiles, intervalMillis, windowMillis, format, gauges?, write? })
 *   start(), flush(), close(), state()
 *   snapshot(): PercentileRow[]      for health() and metricsSnapshot(): collects now
 *
 * A percentile is the middle of the bucket that holds the ranked value, within 0.55 % of it (`../../series/buckets.ts`). Since the start, least and greatest are
 * exact; in a window they are those of their buckets.
 */

import { errorText } from '../../common/error-text.ts';
import { getOrMake } from '../../common/get-or-make.ts';
import { type MetricsBackend, MetricsBackendAccount, type MetricsBackendState } from '../../contract/metrics-backend.ts';
import type { PercentileRow, PercentileValues } from '../../health/metrics-snapshot.ts';
import type { SeriesCollector } from '../../series/collect.ts';
import type { CollectedInstrument, CollectedSeries, Collection } from '../../series/collection.ts';
import type { Distribution } from '../../series/distribution.ts';
import { SlidingWindow } from '../../series/sliding-window.ts';
import { SYSTEM_TIMERS, type Timers } from '../../time/timers.ts';
import { percentileJson, percentileTable } from './percentiles-text.ts';

export interface PercentilesOptions {
  readonly collector: SeriesCollector;
  /** Of 100, for example 99.9. */
  readonly percentiles: readonly number[];
  /** How often the table or line is written; 0 never, not even at the end. */
  readonly intervalMillis: number;
  /** Length of the sliding window. */
  readonly windowMillis: number;
  readonly format: 'table' | 'json';
  /** Also as gauges of the window, `<name>_p50` … `<name>_p99_9`, for every backend that reads the collector. Default false. */
  readonly gauges?: boolean;
  /** Takes what is written, whole lines. Default: nothing is written. */
  readonly write?: (text: string) => void | Promise<void>;
  readonly timers?: Timers;
}

export class PercentilesBackend implements MetricsBackend {
  readonly #options: PercentilesOptions;
  readonly #percentiles: readonly number[];
  readonly #intervalMillis: number;
  readonly #windowMillis: number;
  readonly #window: SlidingWindow;
  readonly #timers: Timers;
  readonly #account = new MetricsBackendAccount();
  readonly #running = new Set<unknown>();
  #isClosed = false;
  #isWrittenLast = false;

  constructor(options: PercentilesOptions) {
    this.#options = options;
    this.#percentiles = [...options.percentiles].sort((a, b) => a - b);
    this.#intervalMillis = options.intervalMillis;
    this.#windowMillis = options.windowMillis;
    this.#window = new SlidingWindow(this.#windowMillis);
    this.#timers = options.timers ?? SYSTEM_TIMERS;
    if (options.gauges === true) options.collector.addDerived((collection) => this.#gauges(collection));
  }

  async start(): Promise<void> {
    this.#every(this.#window.stepMillis, () => this.#window.cut(this.#options.collector.collect()));
    if (this.#intervalMillis > 0) this.#every(this.#intervalMillis, () => void this.#write());
  }

  /** Percentiles are there to be looked at: nothing waits, until the end. */
  async flush(isLast = false): Promise<void> {
    if (isLast) await this.close();
  }

  /** Writes a last time. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const timer of this.#running) this.#timers.clearTimeout(timer);
    if (this.#intervalMillis === 0 || this.#isWrittenLast) return;
    this.#isWrittenLast = true;
    await this.#write();
  }

  state(): MetricsBackendState {
    return this.#account.read();
  }

  /** Percentiles up to now, a row for each series in which anything was recorded. */
  snapshot(): PercentileRow[] {
    return histogramsOf(this.#options.collector.collect()).map(([instrument, series]) => {
      const recent = this.#window.recent(instrument, series);
      return {
        name: instrument.definition.name,
        unit: instrument.definition.unit,
        tags: Object.fromEntries(series.tags),
        percentiles: this.#percentiles,
        window: recent.count === 0 ? undefined : this.#valuesOf(recent),
        sinceStart: this.#valuesOf(series.distribution!),
      };
    });
  }

  #valuesOf(distribution: Distribution): PercentileValues {
    const { count, sum, min, max } = distribution;
    const quantiles = distribution.quantiles([0, ...this.#percentiles.map((percentile) => percentile / 100), 1]);
    const isKnown = min <= max;
    return {
      count,
      min: isKnown ? min : quantiles[0]!,
      mean: sum / count,
      max: isKnown ? max : quantiles[quantiles.length - 1]!,
      values: quantiles.slice(1, -1),
    };
  }

  #gauges(collection: Collection): CollectedInstrument[] {
    const found = histogramsOf(collection).map(([instrument, series]) => ({
      instrument,
      series,
      recent: this.#window.recent(instrument, series),
    }));
    return this.#percentiles.flatMap((percentile) => gaugesOf(percentile, found));
  }

  async #write(): Promise<void> {
    const { write, format } = this.#options;
    if (write === undefined) return;
    try {
      const rows = this.snapshot();
      if (rows.length === 0) return;
      await write(
        format === 'json'
          ? percentileJson(rows, this.#windowMillis, this.#timers.now())
          : percentileTable(rows, this.#windowMillis),
      );
      this.#account.succeed();
    } catch (error) {
      this.#account.fail('degraded', errorText(error));
    }
  }

  #every(millis: number, run: () => void): void {
    if (this.#isClosed) return;
    const timer = this.#timers.setTimeout(() => {
      this.#running.delete(timer);
      run();
      this.#every(millis, run);
    }, millis);
    (timer as { unref?: () => void } | undefined)?.unref?.();
    this.#running.add(timer);
  }
}

/** Every histogram series in which anything was recorded. */
function histogramsOf(collection: Collection): [CollectedInstrument, CollectedSeries][] {
  return collection.instruments.flatMap((instrument) =>
    instrument.series
      .filter(({ distribution }) => distribution !== undefined && distribution.count > 0)
      .map((series): [CollectedInstrument, CollectedSeries] => [instrument, series]),
  );
}

/** A gauge for each histogram that recorded anything in the window. */
function gaugesOf(
  percentile: number,
  found: readonly { instrument: CollectedInstrument; series: CollectedSeries; recent: Distribution }[],
): CollectedInstrument[] {
  const byInstrument = new Map<CollectedInstrument, CollectedSeries[]>();
  for (const { instrument, series, recent } of found) {
    if (recent.count === 0) continue;
    const gauge = { ...series, value: recent.quantile(percentile / 100), distribution: undefined };
    getOrMake(byInstrument, instrument, () => [] as CollectedSeries[]).push(gauge);
  }
  return [...byInstrument].map(([{ definition }, series]) => ({
    definition: {
      ...definition,
      name: `${definition.name}_p${String(percentile).replace('.', '_')}`,
      kind: 'gauge',
      description: `Percentile ${percentile} of ${definition.name} over the last while.`,
      bounds: [],
    },
    series,
  }));
}
