// The queries dashboards are made of. What a metric is called stands in docs/architecture.md and src/; here is how it is asked for.

export interface Query {
  readonly source: 'prometheus' | 'loki';
  readonly expr: string;
  /** Name of a line; {{label}} is filled in by Grafana. */
  readonly legend?: string;
  /** One value, now, instead of a range. */
  readonly instant?: boolean;
}

export function promql(expr: string, legend?: string): Query {
  return { source: 'prometheus', expr, ...(legend === undefined ? {} : { legend }) };
}

export function logql(expr: string, legend?: string): Query {
  return { source: 'loki', expr, ...(legend === undefined ? {} : { legend }) };
}

export function now(query: Query): Query {
  return { ...query, instant: true };
}

/** A counter per second, summed by these labels. */
export function rate(counter: string, selector: string, by: readonly string[] = []): string {
  return `${sumBy(by)} (rate(${counter}{${selector}}[$__rate_interval]))`;
}

/**
 * A quantile of a histogram, whichever kind the service sends: read from the native histogram where there is one, else from
 * the classic buckets. Both are interpolated, so they differ by at most the width of a bucket.
 */
export function quantile(q: number, histogram: string, selector: string, by: readonly string[] = []): string {
  const native = `${sumBy(by)} (rate(${histogram}{${selector}}[$__rate_interval]))`;
  const classic = `${sumBy([...by, 'le'])} (rate(${histogram}_bucket{${selector}}[$__rate_interval]))`;
  return `histogram_quantile(${q}, ${native}) or histogram_quantile(${q}, ${classic})`;
}

/**
 * How many observations fell where, for a heatmap: native histograms where there are any, for their finer buckets. `or on ()`
 * because the two kinds have no labels to be matched by.
 */
export function distribution(histogram: string, selector: string): string {
  const native = `sum (increase(${histogram}{${selector}}[$__rate_interval]))`;
  const classic = `sum by (le) (increase(${histogram}_bucket{${selector}}[$__rate_interval]))`;
  return `${native} or on () ${classic}`;
}

/** 0 where there is nothing to count: an empty panel leaves open whether all is well or nothing is measured. */
export function orZero(expr: string): string {
  return `(${expr}) or vector(0)`;
}

/**
 * Only what has happened, of counters that stand at 0 for every reason there is; a line `none` where nothing has. `label` is the
 * one whose place `none` takes in the legend.
 */
export function happened(expr: string, label: string): string {
  return `(${expr} > 0) or on () label_replace(vector(0), "${label}", "none", "", "")`;
}

export function sumBy(labels: readonly string[]): string {
  return labels.length === 0 ? 'sum' : `sum by (${labels.join(', ')})`;
}
