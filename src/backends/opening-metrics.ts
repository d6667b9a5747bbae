/**
 * What a backend of metrics is opened with, in the worker. The function `open` in its folder does it.
 */
import type { MetricsAccount, MetricsBackend } from '../contract/metrics-backend.ts';
import type { DeltaBaseline } from '../series/baseline.ts';
import type { SeriesCollector } from '../series/collect.ts';
import type { Percentiles } from './percentiles/percentiles.ts';
import type { MakePage } from './prometheus/prometheus.ts';

/** What the worker lends to a backend of metrics. */
export interface MetricsTools {
  readonly account: MetricsAccount;
  /** All series of all threads. */
  readonly collector: SeriesCollector;
  /** Resource attributes of the instance. */
  readonly resource: Readonly<Record<string, string | number | boolean>>;
  readonly instanceId: string;
  /** Number of this process in its cluster; undefined outside of one. */
  readonly clusterWorker: string | undefined;
  /** The page in Prometheus' text format: one for all backends that show or send it. */
  readonly page: MakePage;
  readonly percentiles: Percentiles;
  /** The stream on which the console shows text to a person. Undefined: there is no console, or it writes JSON lines, between which nothing else belongs. */
  readonly textStream: 'stdout' | 'stderr' | undefined;
  readonly print: (text: string, stream: 'stdout' | 'stderr') => Promise<void>;
  /** With delta temporality: what a worker before this one had exported. */
  readonly exported: DeltaBaseline | undefined;
  /** To be called with what the next worker needs to know of that. */
  readonly onExported: (exported: DeltaBaseline) => void;
}

/** A module that opens a backend of metrics. */
export interface MetricsOpener<Resolved> {
  open(settings: Resolved, tools: MetricsTools): MetricsBackend | Promise<MetricsBackend>;
}
