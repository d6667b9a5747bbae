/**
 * What `metricsSnapshot()` answers: plain values, fit to be sent from thread to thread.
 */
export interface PercentileValues {
  readonly count: number;
  readonly min: number;
  readonly mean: number;
  readonly max: number;
  /** In the order of the row's percentiles. */
  readonly values: readonly number[];
}

export interface PercentileRow {
  readonly name: string;
  readonly unit: string;
  readonly tags: Readonly<Record<string, unknown>>;
  /** Of 100, increasing. */
  readonly percentiles: readonly number[];
  /** Absent when nothing was recorded in it. */
  readonly window: PercentileValues | undefined;
  readonly sinceStart: PercentileValues;
}

/** Every metric of every thread, and the percentiles of every histogram. */
export interface MetricsSnapshot {
  readonly timeUnixMillis: number;
  readonly metrics: readonly MetricSnapshot[];
  readonly percentiles: readonly PercentileRow[];
}

export interface MetricSnapshot {
  readonly name: string;
  readonly kind: 'counter' | 'updown' | 'gauge' | 'histogram';
  readonly unit: string;
  readonly series: readonly {
    readonly tags: Readonly<Record<string, unknown>>;
    /** Of a histogram: its sum. */
    readonly value: number;
    /** Histograms only. */
    readonly count?: number;
    readonly min?: number;
    readonly max?: number;
  }[];
}
