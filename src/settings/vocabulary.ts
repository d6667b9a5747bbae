/**
 * Types of values that settings have, as users write them.
 */
import type { Lane, LevelName } from '../record.ts';

/** Where a program runs: chooses defaults, and routes can match on it. */
export type Environment = 'development' | 'production' | 'test';

/** Condition of a rule. All given parts must match. */
export interface RouteCondition {
  /** This level or above, or exactly one of a list. */
  readonly level?: LevelName | readonly LevelName[];
  /** Log records, audit events, or both, which is what leaving it out means. */
  readonly type?: Lane | readonly Lane[];
  /** All of these tags are on the logger. */
  readonly tags?: readonly string[];
  /** Logger name; `*` stands for any run of characters. */
  readonly logger?: string;
  /** The configured environment, or one of a list. */
  readonly environment?: Environment | readonly Environment[];
}

/** Which backends get the records that meet a condition. Rules are evaluated in order; see docs/configuration.md, "Routes". */
export interface RouteRule {
  /** An empty condition is met by every record. */
  readonly when: RouteCondition;
  /**
   * Names of backends. If several rules match, the record goes to the backends of all of them. An empty list drops the record: later rules are not evaluated.
   * Such a rule drops audit events only if its `type` names them.
   */
  readonly to: readonly string[];
  /** Ends the evaluation for records that match: later rules and the default ones are not evaluated. Default: false. */
  readonly final?: boolean;
}

/** When a file is set aside and a new one begun: never, at the end of a day or an hour of `rotationClock`, or before it would grow beyond so many bytes (1 KiB at least). */
export type Rotation = 'none' | 'daily' | 'hourly' | { readonly bytes: number };

/** A rule for instruments: how a metric whose name matches is aggregated. */
export interface MetricRule {
  /** `*` stands for any run of characters. */
  readonly match: string;
  /** How measurements are aggregated, whatever method recorded them; `drop` keeps none. Default: that of the method or the instrument. */
  readonly aggregation?: 'counter' | 'gauge' | 'histogram' | 'drop';
  /** Upper bounds of the buckets that Prometheus sees, increasing, in the metric's own unit. Default: 1, 2 and 5 in each power of ten from 1 µs to 10 s. */
  readonly buckets?: readonly number[];
  /** Only these tags are kept; series that differ in others are added up. Default: all. */
  readonly tags?: readonly string[];
}

/**
 * The values of OTEL_METRICS_EXEMPLAR_FILTER: which measurements of histograms may be exemplars. `trace_based`: those made inside a sampled span; `always_on`:
 * all; `always_off`: none.
 */
export type ExemplarFilter = 'trace_based' | 'always_on' | 'always_off';

/**
 * Which log records of a call site (a logger's name, a level and a message) are written. The first `first` of a time, then every `every`th; inside of a trace, where
 * `traces` is given, those of that share of traces, each of them whole. The first rule whose `logger` matches wins. Audit events are never left out.
 */
export interface SamplingRule {
  /** Logger name; `*` stands for any run of characters. Default: all loggers. */
  readonly logger?: string;
  /** Highest level that is sampled. Default: `info`. */
  readonly upTo?: LevelName;
  /** Records of a call site that are written in each `perMillis`. Default: 10. */
  readonly first?: number;
  /** Of the others, every so many is written; 0: none. Default: 100. */
  readonly every?: number;
  /** Milliseconds after which the count begins anew. Default: 1,000. */
  readonly perMillis?: number;
  /**
   * Share of traces, above 0 and up to 1, whose records are all written, while those of the others are left out: chosen by the trace id, so that every thread and process
   * chooses the same ones, and those that OpenTelemetry's consistent samplers choose at this share. Default: a trace makes no difference.
   */
  readonly traces?: number;
}

/** The values of OTEL_LOG_LEVEL. */
export type DiagnosticLevel = 'none' | 'error' | 'warn' | 'info' | 'debug' | 'verbose' | 'all';

/** A backend of the user's own; see docs/backends.md. */
export interface ModuleConfig {
  /** Whether this backend runs. Default: true. */
  readonly enabled?: boolean;
  /** Least level of the records it gets. Default: `trace`, all of them. */
  readonly level?: LevelName;
  /** Backends that get its records while it is not `ok`, whatever their own routes and levels say. Default: none. */
  readonly failover?: readonly string[];
  /**
   * A module whose default export is a `BackendFactory`: a URL, a path (relative to the working directory), or the name of a package as the application would
   * import it. A module that cannot be loaded is not a configuration error: the backend's state is `failed`, and its records are counted as `rejected`.
   */
  readonly module: URL | string;
  /** Handed to the factory; must survive `structuredClone`. */
  readonly options?: unknown;
}
