/**
 * Two readings of a process → rates and differences between them.
 */
import type { ControlStatus } from '../../control/protocol.ts';

export interface LaneView {
  readonly lane: string;
  readonly perSecond: number;
  readonly total: number;
  readonly droppedPerSecond: number;
  readonly dropped: number;
  /** Share of the fullest ring. */
  readonly ringFill: number;
}

export interface BackendView {
  readonly backend: string;
  readonly state: string;
  readonly perSecond: number;
  readonly bytesPerSecond: number;
  readonly delivered: number;
  readonly pending: number;
  readonly dropped: number;
  readonly retries: number;
  readonly lastError?: string;
}

export interface MetricView {
  readonly name: string;
  readonly tags: Readonly<Record<string, unknown>>;
  readonly perSecond: number;
  readonly total: number;
}

export interface PercentileView {
  readonly name: string;
  readonly unit: string;
  readonly tags: Readonly<Record<string, unknown>>;
  readonly count: number;
  /** By percentile. */
  readonly values: Readonly<Record<string, number>>;
  readonly max: number;
}

export interface TopView {
  readonly service: string;
  readonly pid: number;
  readonly version: string;
  readonly uptimeSeconds: number;
  readonly intervalSeconds: number;
  readonly lanes: readonly LaneView[];
  readonly backends: readonly BackendView[];
  /** The program's own counters, the busiest first. */
  readonly counters: readonly MetricView[];
  /** Over the sliding window, the busiest first. */
  readonly percentiles: readonly PercentileView[];
}

/** Names of the pipeline's own metrics are left out: the tables of lanes and backends have their numbers. */
const OWN_METRIC = /^(?:hft_otel[_.]|hft\.|otel\.sdk\.)/;

export function viewOf(before: ControlStatus, now: ControlStatus): TopView {
  const intervalSeconds = Math.max(0.001, (now.timeUnixMillis - before.timeUnixMillis) / 1_000);
  // A count that has become smaller belongs to another process, and started at zero.
  const rate = (earlier: number | undefined, later: number) => Math.max(0, later - (earlier ?? 0)) / intervalSeconds;
  const lanes = Object.entries(now.health.lanes).map(([lane, health]) => {
    const earlier = before.health.lanes[lane as 'logs' | 'audit'];
    return {
      lane,
      perSecond: rate(earlier.accepted, health.accepted),
      total: health.accepted,
      droppedPerSecond: rate(earlier.droppedTotal, health.droppedTotal),
      dropped: health.droppedTotal,
      ringFill: health.ringFill,
    };
  });
  const backends = Object.entries(now.health.backends).map(([backend, health]) => {
    const earlier = before.health.backends[backend];
    return {
      backend,
      state: health.state,
      perSecond: rate(earlier?.delivered, health.delivered),
      bytesPerSecond: rate(earlier?.bytes, health.bytes),
      delivered: health.delivered,
      pending: health.pending,
      dropped: health.droppedTotal,
      retries: health.retries,
      ...(health.lastError !== undefined && { lastError: health.lastError }),
    };
  });
  return {
    service: now.service,
    pid: now.pid,
    version: now.version,
    uptimeSeconds: now.uptimeSeconds,
    intervalSeconds,
    lanes,
    backends,
    counters: countersOf(before, now, rate),
    percentiles: percentilesOf(now),
  };
}

function countersOf(
  before: ControlStatus,
  now: ControlStatus,
  rate: (earlier: number | undefined, later: number) => number,
): MetricView[] {
  const keyOf = (name: string, tags: object) => `${name} ${JSON.stringify(tags)}`;
  const earlier = new Map(
    before.metrics.metrics.flatMap(({ name, series }) => series.map(({ tags, value }) => [keyOf(name, tags), value] as const)),
  );
  return now.metrics.metrics
    .filter(({ kind, name }) => kind === 'counter' && !OWN_METRIC.test(name))
    .flatMap(({ name, series }) =>
      series.map(({ tags, value }) => ({ name, tags, total: value, perSecond: rate(earlier.get(keyOf(name, tags)), value) })),
    )
    .sort((a, b) => b.perSecond - a.perSecond || b.total - a.total);
}

function percentilesOf({ metrics }: ControlStatus): PercentileView[] {
  return metrics.percentiles
    .filter(({ name }) => !OWN_METRIC.test(name))
    .map(({ name, unit, tags, percentiles, window, sinceStart }) => {
      const { count, max, values } = window ?? sinceStart;
      return {
        name,
        unit,
        tags,
        count: window === undefined ? 0 : count,
        max,
        values: Object.fromEntries(percentiles.map((p, i) => [`p${p}`, values[i]])),
      };
    })
    .sort((a, b) => b.count - a.count);
}
