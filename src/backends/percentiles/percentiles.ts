/**
 * Percentiles of every timer and other histogram: in a sliding window, and since the start.
 *
 * A percentile is the middle of the bucket that holds the ranked value, within 0.55 % of it (`../../series/buckets.ts`). Since the start, least and greatest are
 * exact; in a window they are those of their buckets.
 */

import { getOrMake } from '../../common/get-or-make.ts';
import type { BucketCounts, PercentileRow, PercentileValues } from '../../health/metrics-snapshot.ts';
import type { SeriesCollector } from '../../series/collect.ts';
import type { CollectedInstrument, CollectedSeries, Collection } from '../../series/collection.ts';
import type { Distribution } from '../../series/distribution.ts';
import { SlidingWindow } from '../../series/sliding-window.ts';
import { SYSTEM_TIMERS, type Timers } from '../../time/timers.ts';
import { Repeats } from './repeats.ts';

/** Of a row: ten octaves in steps of 9 %. */
const MOST_BUCKETS = 80;

export interface PercentilesOptions {
  readonly collector: SeriesCollector;
  /** Of 100, for example 99.9. */
  readonly percentiles: readonly number[];
  /** Length of the sliding window. */
  readonly windowMillis: number;
  /** Also as gauges of the window, `<name>_p50` … `<name>_p99_9`, for every backend that reads the collector. Default false. */
  readonly gauges?: boolean;
  readonly timers?: Timers;
}

export class Percentiles {
  readonly windowMillis: number;
  readonly #collector: SeriesCollector;
  readonly #percentiles: readonly number[];
  readonly #window: SlidingWindow;
  readonly #repeats: Repeats;

  constructor({ collector, percentiles, windowMillis, gauges = false, timers = SYSTEM_TIMERS }: PercentilesOptions) {
    this.windowMillis = windowMillis;
    this.#collector = collector;
    this.#percentiles = [...percentiles].sort((a, b) => a - b);
    this.#window = new SlidingWindow(windowMillis);
    this.#repeats = new Repeats(timers);
    if (gauges) collector.addDerived((collection) => this.#gauges(collection));
  }

  start(): void {
    this.#repeats.every(this.#window.stepMillis, () => this.#window.cut(this.#collector.collect()));
  }

  stop(): void {
    this.#repeats.stop();
  }

  /** Percentiles up to now, a row for each series in which anything was recorded. */
  snapshot(): PercentileRow[] {
    return histogramsOf(this.#collector.collect()).map(([instrument, series]) => {
      const recent = this.#window.recent(instrument, series);
      return {
        name: instrument.definition.name,
        unit: instrument.definition.unit,
        tags: Object.fromEntries(series.tags),
        percentiles: this.#percentiles,
        window: recent.count === 0 ? undefined : this.#valuesOf(recent),
        sinceStart: this.#valuesOf(series.distribution!),
        buckets: bucketsOf(series.distribution!),
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
}

function bucketsOf(distribution: Distribution): BucketCounts {
  const { scale, zeroCount, positive, negative } = distribution.exponential(MOST_BUCKETS);
  const below = negative.bucketCounts.reduce((sum, count) => sum + count, 0);
  return { scale, offset: positive.offset, counts: positive.bucketCounts, zeroOrLess: zeroCount + below };
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
      // A percentile of whole numbers lies within a bucket.
      integer: false,
      description: `Percentile ${percentile} of ${definition.name} over the last while.`,
      bounds: [],
    },
    series,
  }));
}
