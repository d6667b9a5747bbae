/**
 * The result of `metricsSnapshot()`: plain values that can be sent between threads.
 */
/** Recordings of a histogram, in its unit. Least and greatest are exact since the start, in a window those of their buckets. */
export interface PercentileValues {
  readonly count: number;
  readonly min: number;
  readonly mean: number;
  readonly max: number;
  /** In the order of the row's percentiles, each within 1 % of the exact one. */
  readonly values: readonly number[];
}

/**
 * Recordings of a histogram since the start by bucket, in the form of OpenTelemetry's exponential histogram: `counts[i]` values are above
 * 2^((offset + i) / 2^scale), up to 2^((offset + i + 1) / 2^scale). There are at most 80 buckets, so the scale is lower where values are far apart; neighbours
 * of a scale, in pairs from an even number on, are the buckets of the next lower one.
 */
export interface BucketCounts {
  readonly scale: number;
  readonly offset: number;
  readonly counts: readonly number[];
  /** Values of zero and below. */
  readonly zeroOrLess: number;
}

/** One series of a histogram. */
export interface PercentileRow {
  readonly name: string;
  /** UCUM, such as `us`; empty when not known. */
  readonly unit: string;
  readonly tags: Readonly<Record<string, unknown>>;
  /** Of 100, increasing. */
  readonly percentiles: readonly number[];
  /** Undefined when nothing was recorded in it. */
  readonly window: PercentileValues | undefined;
  readonly sinceStart: PercentileValues;
  readonly buckets: BucketCounts;
}

/** Every metric of every thread, and the percentiles of every histogram. */
export interface MetricsSnapshot {
  readonly timeUnixMillis: number;
  readonly metrics: readonly MetricSnapshot[];
  readonly percentiles: readonly PercentileRow[];
}

/** One metric, over all threads. */
export interface MetricSnapshot {
  readonly name: string;
  readonly kind: 'counter' | 'updown' | 'gauge' | 'histogram';
  /** UCUM, such as `us`; empty when not known. */
  readonly unit: string;
  readonly series: readonly {
    readonly tags: Readonly<Record<string, unknown>>;
    /** Of a histogram: its sum. */
    readonly value: number;
    /** Histograms only: recordings, the least and the greatest since the start. */
    readonly count?: number;
    readonly min?: number;
    readonly max?: number;
  }[];
}
