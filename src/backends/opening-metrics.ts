/**
 * How the worker opens a backend of metrics: it calls `open` of the backend's folder with tools.
 */
import type { MetricsAccount, MetricsBackend } from '../contract/metrics-backend.ts';
import type { DeltaBaseline } from '../series/baseline.ts';
import type { SeriesCollector } from '../series/collect.ts';
import type { Percentiles } from './percentiles/percentiles.ts';
import type { ProcessHealth } from './prometheus/cluster-health.ts';
import type { PageSource } from './prometheus/page-source.ts';

/** Tools of the worker for a backend of metrics. */
export interface MetricsTools {
  readonly account: MetricsAccount;
  /** All series of all threads. */
  readonly collector: SeriesCollector;
  /** Resource attributes of the instance. */
  readonly resource: Readonly<Record<string, string | number | boolean>>;
  readonly instanceId: string;
  /** The instance's place among those of its process; see `instance/memory.ts`. Undefined: it is not this process's. */
  readonly place: { readonly name: string; readonly generation: number } | undefined;
  /** Whether another instance has been put in its place. */
  readonly isReplaced: () => boolean;
  /** Number of this process in its cluster; undefined outside of one. */
  readonly clusterWorker: string | undefined;
  /** Of Prometheus' page: one for all backends that show or send it. */
  readonly page: PageSource;
  /** The accounts of `health()`. */
  readonly health: () => ProcessHealth;
  readonly percentiles: Percentiles;
  /** The stream on which the console writes text. Undefined: there is no console, or it writes JSON lines, which nothing else may interrupt. */
  readonly textStream: 'stdout' | 'stderr' | undefined;
  readonly print: (text: string, stream: 'stdout' | 'stderr') => Promise<void>;
  /** With delta temporality: the exports of a worker before this one. */
  readonly exported: DeltaBaseline | undefined;
  /** The backend calls this with the state that the next worker needs. */
  readonly onExported: (exported: DeltaBaseline) => void;
}

/** A module that opens a backend of metrics. */
export interface MetricsOpener<Resolved> {
  open(settings: Resolved, tools: MetricsTools): MetricsBackend | Promise<MetricsBackend>;
}
