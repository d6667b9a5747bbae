/**
 * The report of a run of the demo; `hft-otel demo --json` prints exactly this.
 */
import type { BackendHealth, FlushReport, Health, Level } from '../index.ts';
import type { CallCostReport } from './call-cost.ts';
import type { CollectorEndpoint } from './collector-endpoint.ts';
import type { WrittenFile } from './written-files.ts';

/** Looked at several times a second while the demo runs. */
export interface DemoProgress {
  readonly elapsedSeconds: number;
  /** Log calls and audit events so far. */
  readonly records: number;
  readonly orders: number;
  readonly fills: number;
  readonly dropped: number;
  /** Share of the fullest ring in use, 0–1. */
  readonly ringFill: number;
}

export interface Drop {
  /** A lane of the instance, or the backend that did not take them. */
  readonly where: string;
  /** Absent where a backend dropped: it counts records of all levels together. */
  readonly level?: Level;
  readonly reason: string;
  readonly records: number;
}

/** One order event, counted three ways that must agree. */
export interface OrderCount {
  readonly event: 'placed' | 'filled' | 'cancelled' | 'rejected';
  /** From the counter as `/metrics` shows it; absent where there is no counter for it. */
  readonly counter?: number;
  /** Lines of this event in the audit files. */
  readonly audited: number;
  /** The exchange's own count. */
  readonly atExchange: number;
}

export interface TimerReport {
  /** As it was written in `logger.timer(name)`. */
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly count: number;
  /** Percentile (`"99.9"`) → microseconds, since the start. */
  readonly percentilesUs: Readonly<Record<string, number>>;
  readonly maxUs: number;
}

export interface DemoResult {
  readonly interrupted: boolean;
  readonly elapsedSeconds: number;
  readonly seed: number;
  readonly calls: {
    /** All log calls; `load` is the part that the background load made. */
    readonly log: number;
    readonly load: number;
    readonly audit: number;
    /** Timers that were stopped, of all names. */
    readonly timer: number;
  };
  readonly callCost: CallCostReport;
  /** As `health()` has them, metric backends too. */
  readonly backends: Readonly<Record<string, BackendHealth>>;
  readonly drops: readonly Drop[];
  readonly orders: readonly OrderCount[];
  readonly timers: readonly TimerReport[];
  readonly files: readonly WrittenFile[];
  readonly collector: CollectorEndpoint;
  readonly prometheus: {
    readonly url: string;
    readonly wantedPort: number;
    readonly port: number;
    /** Series at the end of the run. */
    readonly series: number;
    /** Why they could not be read. */
    readonly error?: string;
  };
  /** The instance's `health()` at the end. */
  readonly worker: Health['worker'];
  readonly warnings: readonly string[];
  readonly shutdown: FlushReport;
}
