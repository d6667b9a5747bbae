/**
 * A configuration after everything is decided: every value present and checked, frozen, fit for `structuredClone`. The bridge's target, which is not,
 * is kept apart.
 */
import type { Level } from '../record.ts';
import type { DiagnosticLevel, Environment, MetricRule, Rotation, RouteRule } from './types.ts';

export interface ResolvedConsole {
  readonly enabled: boolean;
  readonly level: Level;
  readonly colored: boolean;
  readonly structured: boolean;
  readonly stream: 'stdout' | 'stderr';
  readonly bufferBytes: number;
}

export interface ResolvedFile {
  readonly enabled: boolean;
  readonly level: Level;
  readonly path: string;
  readonly format: 'json' | 'text';
  readonly rotation: Rotation;
  readonly rotationClock: 'utc' | 'local';
  readonly keep: number;
  readonly bufferBytes: number;
}

export interface ResolvedAudit {
  readonly enabled: boolean;
  readonly level: Level;
  readonly path: string;
  readonly format: 'json';
  readonly rotation: 'none' | 'daily' | 'hourly';
  readonly rotationClock: 'utc' | 'local';
  readonly bufferBytes: number;
}

export interface ResolvedPrometheus {
  readonly enabled: boolean;
  readonly host: string;
  readonly port: number;
  readonly endpoint: string;
  readonly pushGatewayUrl: string | undefined;
  readonly pushIntervalMillis: number;
  readonly jobName: string;
  readonly deleteOnShutdown: boolean;
}

export interface ResolvedHistogram {
  readonly enabled: boolean;
  readonly percentiles: readonly number[];
  readonly intervalMillis: number;
  readonly windowMillis: number;
  readonly format: 'table' | 'json';
  readonly gauges: boolean;
}

/** How one signal is sent. Environment variables may set logs and metrics apart. */
export interface OtlpTransport {
  readonly protocol: 'http/protobuf' | 'http/json';
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly compression: 'none' | 'gzip';
  readonly timeoutMillis: number;
  readonly certificate: string | undefined;
  readonly clientCertificate: string | undefined;
  readonly clientKey: string | undefined;
}

/** Its own transport is that of logs and audit events. */
export interface ResolvedOtlp extends OtlpTransport {
  /** True when there is an endpoint for logs or metrics. */
  readonly enabled: boolean;
  /** Undefined: logs and audit events are not sent. */
  readonly logsEndpoint: string | undefined;
  /** Defined when `logsEndpoint` is. */
  readonly auditEndpoint: string | undefined;
  readonly auditHeaders: Readonly<Record<string, string>>;
  /** Undefined: metrics are not sent. */
  readonly metrics: (OtlpTransport & { readonly endpoint: string }) | undefined;
  readonly level: Level;
  readonly queueBytes: number;
  readonly maxRequestBytes: number;
  readonly concurrency: number;
  readonly metricsIntervalMillis: number;
  readonly temporality: 'cumulative' | 'delta';
}

export interface ResolvedModule {
  readonly name: string;
  readonly enabled: boolean;
  readonly level: Level;
  readonly module: string;
  readonly options: unknown;
}

export interface ResolvedBackends {
  readonly console: ResolvedConsole;
  readonly file: ResolvedFile;
  readonly audit: ResolvedAudit;
  readonly prometheus: ResolvedPrometheus;
  readonly histogram: ResolvedHistogram;
  readonly otlp: ResolvedOtlp;
  readonly bridge: { readonly enabled: boolean; readonly level: Level };
  readonly memory: { readonly enabled: boolean; readonly level: Level; readonly capacity: number };
  readonly modules: readonly ResolvedModule[];
}

export interface ResolvedConfig {
  /** OTEL_SDK_DISABLED: nothing is recorded. */
  readonly disabled: boolean;
  readonly environment: Environment;
  /** Resource attributes, `service.*` among them. */
  readonly resource: Readonly<Record<string, string | number | boolean>>;
  readonly instanceId: string;
  /** Number of this process in its cluster; undefined outside of one. */
  readonly clusterWorker: string | undefined;
  /** Bytes of each ring's data area. */
  readonly ringBytes: number;
  readonly batchSize: number;
  readonly flushIntervalMillis: number;
  /** Share of a ring for each level rank. */
  readonly overflowShares: readonly number[];
  readonly level: Level;
  readonly levels: Readonly<Record<string, Level>>;
  /** With `...` replaced by the default list. */
  readonly redact: readonly string[];
  readonly backends: ResolvedBackends;
  /** The user's rules; the default ones stand in router/default-rules.ts. */
  readonly routes: readonly RouteRule[];
  readonly routesMode: 'extend' | 'replace';
  readonly metrics: readonly MetricRule[];
  readonly attributeCountLimit: number;
  readonly cardinalityLimit: number;
  readonly exitTimeoutMillis: number;
  readonly handleExits: boolean;
  readonly diagnosticLevel: DiagnosticLevel;
  /** What was ignored or changed, and what may not be meant: environment variables, settings without effect, records that go nowhere. */
  readonly warnings: readonly string[];
}
