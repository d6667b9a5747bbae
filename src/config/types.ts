/**
 * The configuration as a user writes it. What is allowed stands in `settings.ts`, defaults in `defaults.ts`; both in docs/configuration.md.
 */
import type { Lane, Level } from '../record.ts';

export type Environment = 'development' | 'production' | 'test';

/** Anything a rule can match on; all given parts must match. */
export interface RouteCondition {
  /** This level or above, or exactly one of a list. */
  readonly level?: Level | readonly Level[];
  readonly type?: Lane | readonly Lane[];
  /** All of these tags are on the logger. */
  readonly tags?: readonly string[];
  /** Logger name; `*` stands for any run of characters. */
  readonly logger?: string;
  readonly environment?: Environment | readonly Environment[];
}

export interface RouteRule {
  readonly when: RouteCondition;
  /**
   * Names of backends; what several rules give is added up. An empty list sends the matching records nowhere further: later rules are not asked.
   * Audit events are dropped by such a rule only if its `type` names them.
   */
  readonly to: readonly string[];
  /** Later rules, the default ones among them, are not asked for records that match this one. Default: false. */
  readonly final?: boolean;
}

export type Rotation = 'none' | 'daily' | 'hourly' | { readonly bytes: number };

export interface ConsoleConfig {
  readonly enabled?: boolean;
  readonly level?: Level;
  /** Default: when the stream is a terminal that shows colours (`NO_COLOR`, `FORCE_COLOR`, `TERM=dumb` are heeded). */
  readonly colored?: boolean;
  /** JSON lines in place of text. Default: when the stream is not a terminal. */
  readonly structured?: boolean;
  readonly stream?: 'stdout' | 'stderr';
  /** Bytes that may wait for the terminal or the pipe before records are dropped and counted. */
  readonly bufferBytes?: number;
}

export interface FileConfig {
  readonly enabled?: boolean;
  readonly level?: Level;
  readonly path?: string;
  readonly format?: 'json' | 'text';
  readonly rotation?: Rotation;
  /** Clock that `daily` and `hourly` follow. */
  readonly rotationClock?: 'utc' | 'local';
  /** Rotated files that are kept; older ones are deleted. 0 keeps all. */
  readonly keep?: number;
  /** Bytes that may wait for the disk before records are dropped and counted. */
  readonly bufferBytes?: number;
}

export interface AuditConfig {
  readonly enabled?: boolean;
  readonly level?: Level;
  readonly path?: string;
  readonly format?: 'json';
  readonly rotation?: 'none' | 'daily' | 'hourly';
  readonly rotationClock?: 'utc' | 'local';
  readonly bufferBytes?: number;
}

export interface PrometheusConfig {
  readonly enabled?: boolean;
  readonly host?: string;
  readonly port?: number;
  readonly endpoint?: string;
  readonly pushGatewayUrl?: string;
  readonly pushIntervalMillis?: number;
  readonly jobName?: string;
  readonly deleteOnShutdown?: boolean;
}

export interface HistogramConfig {
  readonly enabled?: boolean;
  /** Of 100, for example 99.9. */
  readonly percentiles?: readonly number[];
  readonly intervalMillis?: number;
  readonly windowMillis?: number;
  readonly format?: 'table' | 'json';
  readonly gauges?: boolean;
}

export interface OtlpConfig {
  readonly enabled?: boolean;
  /** Base URL; `/v1/logs` and `/v1/metrics` are appended. */
  readonly endpoint?: string;
  /** Used as they are, in place of the base URL. */
  readonly logsEndpoint?: string;
  readonly metricsEndpoint?: string;
  /** Where audit records go. Default: the logs endpoint, with the header `x-hft-lane: audit`. */
  readonly auditEndpoint?: string;
  readonly protocol?: 'http/protobuf' | 'http/json';
  readonly headers?: Readonly<Record<string, string>>;
  readonly auditHeaders?: Readonly<Record<string, string>>;
  readonly compression?: 'none' | 'gzip';
  readonly timeoutMillis?: number;
  readonly level?: Level;
  readonly certificate?: string;
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  /** Bytes that may wait for the collector before records are dropped and counted. */
  readonly queueBytes?: number;
  readonly maxRequestBytes?: number;
  /** Requests under way at once. */
  readonly concurrency?: number;
  readonly metricsIntervalMillis?: number;
  readonly temporality?: 'cumulative' | 'delta';
}

export interface BridgeConfig {
  readonly enabled?: boolean;
  readonly level?: Level;
  /** A function for each record, or a logger with methods `debug`, `info`, `warn` or `warning`, `error` (pino, winston, console). Runs on the main thread. */
  readonly target?: unknown;
}

export interface MemoryConfig {
  readonly enabled?: boolean;
  readonly level?: Level;
  /** Records kept; the oldest go first. */
  readonly capacity?: number;
}

export interface ModuleConfig {
  readonly enabled?: boolean;
  readonly level?: Level;
  /** A module whose default export is a {@link ../backends/backend.ts BackendFactory}. */
  readonly module: URL | string;
  /** Handed to the factory; must survive `structuredClone`. */
  readonly options?: unknown;
}

export interface BackendsConfig {
  readonly console?: ConsoleConfig;
  readonly file?: FileConfig;
  readonly audit?: AuditConfig;
  readonly prometheus?: PrometheusConfig;
  readonly histogram?: HistogramConfig;
  readonly otlp?: OtlpConfig;
  readonly bridge?: BridgeConfig;
  readonly memory?: MemoryConfig;
  readonly [own: string]: unknown;
}

/** A rule for instruments: how a metric whose name matches is aggregated. */
export interface MetricRule {
  /** `*` stands for any run of characters. */
  readonly match: string;
  readonly aggregation?: 'counter' | 'gauge' | 'histogram' | 'drop';
  /** Upper bounds of the buckets that Prometheus sees. */
  readonly buckets?: readonly number[];
  /** Only these tags are kept. */
  readonly tags?: readonly string[];
}

export interface ServiceConfig {
  readonly name?: string;
  readonly version?: string;
  readonly namespace?: string;
  readonly instanceId?: string;
}

/** How much this package says about itself, on stderr: the values of OTEL_LOG_LEVEL. */
export type DiagnosticLevel = 'none' | 'error' | 'warn' | 'info' | 'debug' | 'verbose' | 'all';

export interface LoggingConfig {
  /** Values to start from; the environment's variables and everything else said here win over them. See presets.ts. */
  readonly preset?: 'development' | 'production';
  readonly environment?: Environment;
  readonly service?: ServiceConfig;
  /** Further resource attributes. */
  readonly resource?: Readonly<Record<string, string | number | boolean>>;
  /** Records a ring holds: at least this many of 256 bytes. */
  readonly ringBufferSize?: number;
  /** Records that wake the worker before its interval is over. */
  readonly batchSize?: number;
  readonly flushIntervalMillis?: number;
  /** Share of a ring (0–1] that each level may fill. */
  readonly overflow?: Partial<Readonly<Record<Level, number>>>;
  /** Least level of loggers not named in `levels`. */
  readonly level?: Level;
  /** Name pattern → least level; the longest pattern that matches wins. */
  readonly levels?: Readonly<Record<string, Level>>;
  /** Names and paths whose values are replaced before they reach the ring. `'...'` as an element stands for the default list. */
  readonly redact?: readonly string[];
  readonly backends?: BackendsConfig;
  /** Rules before the default ones. */
  readonly routes?: readonly RouteRule[];
  /** `extend` (default): the default routes hold too. `replace`: only `routes`. */
  readonly routesMode?: 'extend' | 'replace';
  readonly metrics?: readonly MetricRule[];
  /** Fields that a record keeps; how many were left out is one more field. */
  readonly attributeCountLimit?: number;
  /** Series an instrument may have before further ones go to the overflow series. */
  readonly cardinalityLimit?: number;
  /** Time that an exit waits for the worker. */
  readonly exitTimeoutMillis?: number;
  /** Handlers for SIGTERM, SIGINT, exit. */
  readonly handleExits?: boolean;
  readonly diagnosticLevel?: DiagnosticLevel;
}
