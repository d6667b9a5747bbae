/**
 * What users hold: the injected logger and the instance it comes from.
 */
import type { LoggerProvider, MeterProvider } from '@opentelemetry/api';
import type { LogRecordData } from '../backends/backend.ts';
import type { BackendState } from '../health/counters.ts';
import type { MetricsSnapshot } from '../health/metrics-snapshot.ts';
import type { Fields, Level, Tags } from '../record.ts';
import type { BoundCounter, BoundGauge, BoundHistogram } from './meter.ts';
import type { LoggingTimer } from './timer.ts';

export type { BackendState } from '../health/counters.ts';

/**
 * The logger a component is handed. No call throws, waits or does I/O, whatever its arguments are and whatever the disk or the collector do.
 */
export interface HFTLogger {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warning(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields | Error): void;
  /** Whether a record of this level would be written now: for callers whose fields are dear to compute. */
  isEnabled(level: Level): boolean;
  /** Sets a gauge; records into a histogram when a metric rule says so (by default for `*_duration_ns`, `_us`, `_ms`, `_s`). */
  metric(name: string, value: number, tags?: Tags): void;
  /** Adds to a counter. `value` defaults to 1. */
  counter(name: string, value?: number, tags?: Tags): void;
  /** Starts a timer that records `${name}_duration_us` when it stops. */
  timer(name: string, tags?: Tags): LoggingTimer;
  /** A counter, gauge or histogram with its tags fixed, for the hottest paths: a call of some nanoseconds. */
  bindCounter(name: string, tags?: Tags): BoundCounter;
  bindGauge(name: string, tags?: Tags): BoundGauge;
  bindHistogram(name: string, tags?: Tags): BoundHistogram;
  /** Writes an event to the audit trail. Never dropped: see the README for what is promised when. */
  audit(event: string, data: Fields): void;
  /** A logger that stamps `fields` on each of its records, at no cost per call. Values are read when its first record is written. */
  withContext(fields: Fields): HFTLogger;
}

/** What became of a flush. */
export interface FlushReport {
  /** True when everything accepted before the call went through every backend. */
  readonly complete: boolean;
  /** Records still in rings or waiting for a backend when the time was over. */
  readonly pending: number;
  readonly elapsedMillis: number;
}

export interface LaneHealth {
  /** Records taken, of those offered: `accepted + dropped = offered`. */
  readonly accepted: number;
  /** Accepted records that the worker has not taken yet. */
  readonly pending: number;
  /** Refused records by level and reason; absent where zero. */
  readonly dropped: Readonly<Partial<Record<Level, Readonly<Record<string, number>>>>>;
  readonly droppedTotal: number;
  /** Share of the fullest ring in use now, and at most so far, 0–1. */
  readonly ringFill: number;
  readonly ringHighWater: number;
}

export interface BackendHealth {
  readonly state: BackendState;
  /** Records routed to this backend: `delivered + dropped + pending`. */
  readonly taken: number;
  readonly delivered: number;
  readonly dropped: Readonly<Record<string, number>>;
  readonly droppedTotal: number;
  readonly pending: number;
  readonly retries: number;
  /** Encoded bytes delivered; 0 for backends that take objects. */
  readonly bytes: number;
  readonly lastError?: string;
}

export interface MetricsHealth {
  /** Measurements that were not recorded, by reason; absent where zero. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Measurements that went to an overflow series because their instrument had `cardinalityLimit` series in their thread. */
  readonly overflowed: number;
  /** Series that went to an overflow series because threads had more of them together; as of the last collection. */
  readonly overflowedSeries: number;
}

export interface Health {
  readonly worker: {
    readonly state: 'booting' | 'running' | 'stopped' | 'failed';
    readonly restarts: number;
    readonly lastError?: string;
  };
  readonly lanes: Readonly<Record<'logs' | 'audit', LaneHealth>>;
  readonly audit: { readonly lastSequence: number; readonly writtenThrough: number };
  /** Log backends by name; metric backends as `prometheus`, `pushGateway`, `otlpMetrics`, `histogram`, whose records are scrapes, pushes and exports. */
  readonly backends: Readonly<Record<string, BackendHealth>>;
  readonly metrics: MetricsHealth;
  /** Settings of the environment that were ignored, metrics that could not be recorded or shown, and why. */
  readonly warnings: readonly string[];
}

export interface Logging extends AsyncDisposable {
  /** Logger `component`, tags `[component]`. */
  getLogger(component: string): HFTLogger;
  /** Logger `exchange.<exchange>.<component>`, tags `[exchange, …component split at dots]`. */
  getExchangeLogger(exchange: string, component: string): HFTLogger;
  /** Logger `strategy.<path>`; tags by position: exchange, API type, transport, strategy type. */
  getStrategyLogger(path: string, tags: readonly string[]): HFTLogger;
  readonly loggerProvider: LoggerProvider;
  readonly meterProvider: MeterProvider;
  /** Resolves when the worker has opened its backends; rejects with HFT_WORKER_START when it cannot be started. Records logged before are not lost. */
  readonly ready: Promise<void>;
  /** Everything accepted before the call goes through every backend. Does not reject: the report says what is pending after `timeoutMillis` (default 5000). */
  flush(options?: { timeoutMillis?: number }): Promise<FlushReport>;
  /** Flushes, stops the worker, refuses what comes after. Idempotent. */
  shutdown(options?: { timeoutMillis?: number }): Promise<FlushReport>;
  health(): Health;
  /**
   * What the memory backend keeps: its newest `capacity` records, oldest first; a copy, made at each access. A record is here a moment after its call, and
   * for certain after a flush. Empty without the backend. Each record costs this thread some microseconds, so the backend is for tests and diagnosis.
   */
  readonly memory: readonly LogRecordData[];
  /** Every metric of every thread, and percentiles of every histogram over the sliding window and since the start. Rejects when the worker does not answer within five seconds. */
  metricsSnapshot(): Promise<MetricsSnapshot>;
  /** Least level of the loggers whose names match `pattern` (`*` stands for any run of characters), seen by their next call on every thread. */
  setLevel(pattern: string, level: Level): void;
  /** Where a record would go, and why: one line for each backend. */
  explain(record: { level?: Level; logger?: string; tags?: readonly string[]; type?: 'logs' | 'audit' }): string;
}
