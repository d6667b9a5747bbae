/**
 * The configuration as a user writes it. Written by `npm run settings` from the rows of the settings (config/general.ts, backends/<name>/settings.ts): change
 * those, and run it.
 */
import type { BridgeTarget } from '../contract/bridge-target.ts';
import type { Level, LevelName } from '../record.ts';
import type {
  DiagnosticLevel,
  Environment,
  ExemplarFilter,
  MetricRule,
  ModuleConfig,
  Rotation,
  RouteRule,
  SamplingRule,
} from '../settings/vocabulary.ts';

/** Text or JSON lines on stdout or stderr. */
export interface ConsoleConfig {
  /** Whether this backend runs. Default: true when its section is given; without any section: in development. */
  readonly enabled?: boolean;
  /**
   * Least level of the records it gets. Audit events pass to `audit` and `otlp` whatever it says. Default: `"trace"` (everything that loggers write).
   */
  readonly level?: LevelName;
  /**
   * Backends that get its records while it is not `ok`, whatever their own routes and levels say (docs/backends.md). Default: `[]` (what is meant for
   * a destination waits for it).
   */
  readonly failover?: readonly string[];
  /** Colours in text. Default: FORCE_COLOR, NO_COLOR, TERM=dumb, else whether the stream is a terminal. */
  readonly colored?: boolean;
  /** JSON lines in place of text. Default: true when the stream is not a terminal. */
  readonly structured?: boolean;
  /** Where it writes. Default: `"stdout"`. */
  readonly stream?: 'stdout' | 'stderr';
  /**
   * Bytes that may wait for the terminal or the pipe. Allowed: an integer from 131072 to 1073741824 (bytes). Default: `4194304` bytes (about 20,000
   * lines while a terminal scrolls or a pipe is read slowly). At the limit: records are dropped for the console only, and counted (queue_full).
   */
  readonly bufferBytes?: number;
}

/** Lines in a file that is set aside by time or size. */
export interface FileConfig {
  /** Whether this backend runs. Default: true when its section is given; without any section: in production. */
  readonly enabled?: boolean;
  /**
   * Least level of the records it gets. Audit events pass to `audit` and `otlp` whatever it says. Default: `"trace"` (everything that loggers write).
   */
  readonly level?: LevelName;
  /**
   * Backends that get its records while it is not `ok`, whatever their own routes and levels say (docs/backends.md). Default: `[]` (what is meant for
   * a destination waits for it).
   */
  readonly failover?: readonly string[];
  /**
   * File; missing directories are made. Relative to the working directory at configuration time. Default: logs/app.jsonl, or logs/app.log for the
   * format text. Variables: `HFT_LOG_FILE`.
   */
  readonly path?: string;
  /** Lines of JSON, or lines to read. Default: `"json"`. */
  readonly format?: 'json' | 'text';
  /** When a new file is begun. Default: `"none"`, in production `"daily"`. */
  readonly rotation?: Rotation;
  /** Clock that `daily` and `hourly` follow. Default: `"utc"` (local midnight comes twice, or late, when clocks change). */
  readonly rotationClock?: 'utc' | 'local';
  /**
   * Rotated files that are kept; 0 keeps all. Allowed: an integer from 0 to 100000 (files). Default: `0` files (nothing is deleted unless asked). At
   * the limit: the oldest rotated files are deleted.
   */
  readonly keep?: number;
  /**
   * Bytes that may wait for the disk. Allowed: an integer from 131072 to 1073741824 (bytes). Default: `16777216` bytes (about 80,000 JSON lines: a
   * disk that stalls for 0.8 s at 100,000 records/s). At the limit: records are dropped for the file only, and counted (queue_full).
   */
  readonly bufferBytes?: number;
}

/** The audit trail on disk: JSON lines, numbered without gaps, in files that are never renamed or deleted. */
export interface AuditConfig {
  /** Whether this backend runs. Default: true when its section is given; without any section: in production. */
  readonly enabled?: boolean;
  /** Least level of log records that routes send here. Audit events always pass. Default: `"trace"` (everything that loggers write). */
  readonly level?: LevelName;
  /**
   * Backends that get its records while it is not `ok`, whatever their own routes and levels say (docs/backends.md). Default: `[]` (what is meant for
   * a destination waits for it).
   */
  readonly failover?: readonly string[];
  /**
   * File, without the date that rotation puts into its name. Must differ from that of `file`. Default: `"logs/audit.jsonl"`. Variables:
   * `HFT_AUDIT_FILE`.
   */
  readonly path?: string;
  /** Lines of JSON. Default: `"json"`. */
  readonly format?: 'json';
  /** When a new file is begun. Audit files are never deleted. Default: `"daily"`. */
  readonly rotation?: 'none' | 'daily' | 'hourly';
  /** Clock that `daily` and `hourly` follow. Default: `"utc"` (trading days are reported in UTC). */
  readonly rotationClock?: 'utc' | 'local';
  /**
   * File of the private key that signs checkpoints, as `hft-otel audit keygen` writes it: its path, never the key. Default: none: checkpoints are not
   * signed. Variables: `HFT_AUDIT_SIGNING_KEY`.
   */
  readonly signingKey?: string;
  /**
   * Who cosigns checkpoints: addresses of `hft-otel audit witness`, or of others that speak C2SP’s tlog-witness, each with its verifier key behind a
   * space if its answers are to be checked. Cosigned checkpoints go into `<audit file>.cosignatures`. Default: none. Variables:
   * `HFT_AUDIT_WITNESSES`.
   */
  readonly witnesses?: readonly string[];
  /**
   * So many of them must have cosigned lines for `health().audit.tree.cosigned` and the metric to count them. Allowed: an integer from 1 to 8
   * (witnesses). Default: more than half of them.
   */
  readonly witnessQuorum?: number;
  /**
   * Lines `hft.clock` in the file: at the start, each minute and at each step of the clock over 1 ms, how far it may be from UTC (adjtimex through
   * koffi, or chrony). Default: `false`, in production `true`.
   */
  readonly clockEvidence?: boolean;
  /**
   * Bytes that may wait for the disk. Allowed: an integer from 131072 to 1073741824 (bytes). Default: `4194304` bytes (about 16,000 events waiting
   * for the disk). At the limit: events stay in their ring; when that is full, callers write them through themselves.
   */
  readonly bufferBytes?: number;
}

/** Where records wait while the destination is away: docs/outages.md. */
export interface OtlpSpoolConfig {
  /**
   * Whether logs and audit events wait on disk while the destination is away. Over `http/protobuf` only. Default: true in production, and when
   * another setting of the spool is given.
   */
  readonly enabled?: boolean;
  /**
   * Folder of the spool; each process has a folder of its own in it. Relative to the working directory at configuration time. It is made when
   * something has to wait. Default: logs/otlp-spool. Variables: `HFT_SPOOL_DIRECTORY`.
   */
  readonly directory?: string;
  /**
   * Bytes of log records in the spool of a process. Allowed: an integer from 1048576 to 1099511627776 (bytes). Default: `1073741824` bytes (an outage
   * of a quarter of an hour at 10,000 records/s of 120 bytes). At the limit: the oldest log records are dropped and counted (spool_full).
   */
  readonly maxBytes?: number;
  /**
   * Bytes of audit events in the spool of a process. Allowed: an integer from 1048576 to 1099511627776 (bytes). Default: `1073741824` bytes (an
   * outage of two hours at 1,000 events/s of 150 bytes). At the limit: a warning; audit events are kept as long as the disk takes them, and take the
   * room of log records when it is full.
   */
  readonly auditMaxBytes?: number;
}

/** Logs, audit events and metrics over OTLP/HTTP. */
export interface OtlpConfig {
  /** Whether this backend runs. Default: true when there is an endpoint. */
  readonly enabled?: boolean;
  /**
   * Base address; `/v1/logs` and `/v1/metrics` are appended. Default: none; http://localhost:4318 when enabled without one (OTLP exporter
   * specification). Variables: `OTEL_EXPORTER_OTLP_ENDPOINT`.
   */
  readonly endpoint?: string;
  /**
   * Base addresses for logs and audit events in order of preference: records go to the first that takes them, and back to a better one after three
   * good probes. Metrics go to `endpoint`, or else to the first of these. Default: endpoint alone.
   */
  readonly endpoints?: readonly string[];
  /** Address for logs, used as it is. Default: endpoint + /v1/logs (OTLP exporter specification). Variables: `OTEL_EXPORTER_OTLP_LOGS_ENDPOINT`. */
  readonly logsEndpoint?: string;
  /**
   * Address for metrics, used as it is. Default: endpoint + /v1/metrics (OTLP exporter specification). Variables:
   * `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`.
   */
  readonly metricsEndpoint?: string;
  /** Address for audit events, used as it is. Default: that of logs. */
  readonly auditEndpoint?: string;
  /**
   * Encoding. Default: `"http/protobuf"` (OTLP exporter specification). Variables: `OTEL_EXPORTER_OTLP_PROTOCOL`, `OTEL_EXPORTER_OTLP_LOGS_PROTOCOL`,
   * `OTEL_EXPORTER_OTLP_METRICS_PROTOCOL`.
   */
  readonly protocol?: 'http/protobuf' | 'http/json';
  /**
   * Headers of each request. Each wins over the same one of the environment. Values are never shown. Default: `{}`. Variables:
   * `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_EXPORTER_OTLP_LOGS_HEADERS`, `OTEL_EXPORTER_OTLP_METRICS_HEADERS`.
   */
  readonly headers?: Readonly<Record<string, string>>;
  /** Further headers of requests with audit events. Default: headers and x-hft-lane: audit. */
  readonly auditHeaders?: Readonly<Record<string, string>>;
  /**
   * Compression of requests. Default: `"none"` (OTLP exporter specification). Variables: `OTEL_EXPORTER_OTLP_COMPRESSION`,
   * `OTEL_EXPORTER_OTLP_LOGS_COMPRESSION`, `OTEL_EXPORTER_OTLP_METRICS_COMPRESSION`.
   */
  readonly compression?: 'none' | 'gzip';
  /**
   * Time for one request, answer included. Allowed: an integer from 1 to 3600000 (ms). Default: `10000` ms (OTLP exporter specification). At the
   * limit: the request is given up and sent again later. Variables: `OTEL_EXPORTER_OTLP_TIMEOUT`, `OTEL_EXPORTER_OTLP_LOGS_TIMEOUT`,
   * `OTEL_EXPORTER_OTLP_METRICS_TIMEOUT`.
   */
  readonly timeoutMillis?: number;
  /**
   * Least level of the records it gets. Audit events pass to `audit` and `otlp` whatever it says. Default: `"trace"` (everything that loggers write).
   */
  readonly level?: LevelName;
  /**
   * Backends that get its records while it is not `ok`, whatever their own routes and levels say (docs/backends.md). Default: `[]` (what is meant for
   * a destination waits for it).
   */
  readonly failover?: readonly string[];
  /**
   * PEM file with the certificates to trust. Default: the certificates that Node trusts. Variables: `OTEL_EXPORTER_OTLP_CERTIFICATE`,
   * `OTEL_EXPORTER_OTLP_LOGS_CERTIFICATE`, `OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE`.
   */
  readonly certificate?: string;
  /**
   * PEM file with our own certificate; needs `clientKey`. Default: none. Variables: `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE`,
   * `OTEL_EXPORTER_OTLP_LOGS_CLIENT_CERTIFICATE`, `OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE`.
   */
  readonly clientCertificate?: string;
  /**
   * PEM file with the key of `clientCertificate`. Default: none. Variables: `OTEL_EXPORTER_OTLP_CLIENT_KEY`, `OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY`,
   * `OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY`.
   */
  readonly clientKey?: string;
  /**
   * Bytes that may wait for the collector. Allowed: an integer from 131072 to 1073741824 (bytes). Default: `16777216` bytes, for each lane (about
   * 100,000 records: a collector that is away for 1 s at 100,000 records/s, or for 10 s at 10,000). At the limit: records are dropped for OTLP only,
   * and counted (queue_full).
   */
  readonly queueBytes?: number;
  /**
   * Bytes of one request. Allowed: an integer from 131072 to 33554432 (bytes). Default: `1048576` bytes before compression (a quarter of the 4 MiB
   * that OTLP receivers commonly take). At the limit: a further request is made; a record larger than it is dropped and counted (too_large). A queue
   * of fewer than `concurrency` + 3 requests has smaller ones, of at least 131072 bytes.
   */
  readonly maxRequestBytes?: number;
  /**
   * Requests under way at once. Allowed: an integer from 1 to 64 (requests). Default: `4` requests (covers a round trip of 4 ms at 1,000 requests/s).
   * At the limit: requests wait in the queue.
   */
  readonly concurrency?: number;
  /** File for requests that the server calls broken (400, 413 for one record): a line of JSON for each. Default: logs/otlp-dead-letters.jsonl. */
  readonly deadLetters?: string;
  /** Where records wait while the destination is away: docs/outages.md. */
  readonly spool?: OtlpSpoolConfig;
  /**
   * Time between exports of metrics. Allowed: an integer from 100 to 86400000 (ms). Default: `60000` ms (OTEL_METRIC_EXPORT_INTERVAL). Variables:
   * `OTEL_METRIC_EXPORT_INTERVAL`.
   */
  readonly metricsIntervalMillis?: number;
  /**
   * Whether sums and histograms count from the start or from the last export. Default: `"cumulative"` (OTLP exporter specification). Variables:
   * `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`.
   */
  readonly temporality?: 'cumulative' | 'delta';
  /**
   * Form of histograms: exponential, with explicit bounds, or both under two scopes. Default: `"both"` (Prometheus makes a native histogram of the
   * one, and the series `_bucket`, `_sum`, `_count` of the other).
   */
  readonly histograms?: 'both' | 'exponential' | 'explicit';
}

/** Records handed to a function or an existing logger of the application. */
export interface BridgeConfig {
  /** Whether this backend runs. Default: true when its section is given. */
  readonly enabled?: boolean;
  /**
   * Least level of the records it gets. Audit events pass to `audit` and `otlp` whatever it says. Default: `"trace"` (everything that loggers write).
   */
  readonly level?: LevelName;
  /**
   * Backends that get its records while it is not `ok`, whatever their own routes and levels say (docs/backends.md). Default: `[]` (what is meant for
   * a destination waits for it).
   */
  readonly failover?: readonly string[];
  /**
   * A function for each record, or a logger with the methods `debug`, `info`, `warn` or `warning`, `error` (pino, winston, console). Runs on the main
   * thread. Default: none; required.
   */
  readonly target?: BridgeTarget;
}

/** The newest records, to be read as `logging.memory`: for tests and diagnosis. */
export interface MemoryConfig {
  /** Whether this backend runs. Default: true when its section is given; without any section: in the environment test. */
  readonly enabled?: boolean;
  /**
   * Least level of the records it gets. Audit events pass to `audit` and `otlp` whatever it says. Default: `"trace"` (everything that loggers write).
   */
  readonly level?: LevelName;
  /**
   * Backends that get its records while it is not `ok`, whatever their own routes and levels say (docs/backends.md). Default: `[]` (what is meant for
   * a destination waits for it).
   */
  readonly failover?: readonly string[];
  /**
   * Records that are kept. Allowed: an integer from 1 to 10000000 (records). Default: `10000` records (some seconds of a busy service, some tens of
   * MB). At the limit: the oldest records go first.
   */
  readonly capacity?: number;
}

/** Metrics to be scraped, and pushed to a Pushgateway. */
export interface PrometheusConfig {
  /** Whether this backend runs. Default: true when its section is given. */
  readonly enabled?: boolean;
  /**
   * Address that the endpoint listens on. Default: `"127.0.0.1"` (metrics are readable on this machine alone unless you choose otherwise). Variables:
   * `OTEL_EXPORTER_PROMETHEUS_HOST`.
   */
  readonly host?: string;
  /**
   * Port that the endpoint listens on; 0 takes any free one, for tests. Allowed: an integer from 0 to 65535. Default: `9464` TCP port
   * (OTEL_EXPORTER_PROMETHEUS_PORT). Variables: `OTEL_EXPORTER_PROMETHEUS_PORT`.
   */
  readonly port?: number;
  /** Path of the endpoint. Default: `"/metrics"` (Prometheus). */
  readonly endpoint?: string;
  /**
   * Names in the Host header that are answered beside addresses, private names and those of this machine; `*.` in front stands for all names below,
   * `*` for every name. Default: `[]` (a page of the internet could read the metrics through a name of its own that resolves to this machine).
   */
  readonly allowedHosts?: readonly string[];
  /**
   * Pushgateway to push to as well; `user:password@` is sent as basic authorization. Default: none: nothing is pushed. Variables:
   * `HFT_PUSH_GATEWAY_URL`.
   */
  readonly pushGatewayUrl?: string;
  /** Time between pushes. Allowed: an integer from 100 to 86400000 (ms). Default: `15000` ms (a usual scrape interval of Prometheus). */
  readonly pushIntervalMillis?: number;
  /** Grouping key `job` of pushes. Default: service.name. */
  readonly jobName?: string;
  /** Whether a shutdown deletes the pushed group. Default: `false` (the last values of a batch job are what its group is kept for). */
  readonly deleteOnShutdown?: boolean;
}

/** Percentiles of every timer and histogram, over a sliding window and since the start. */
export interface HistogramConfig {
  /** Whether this backend runs. Default: true when its section is given. */
  readonly enabled?: boolean;
  /** Percentiles of each timer and histogram. Default: `[50,95,99,99.9]` of 100 (the median, and the tail to one in a thousand). */
  readonly percentiles?: readonly number[];
  /** Time between printouts. Allowed: an integer from 100 to 86400000 (ms). Default: `60000` ms (a printout for each window). */
  readonly intervalMillis?: number;
  /**
   * Length of the sliding window. Allowed: an integer from 1000 to 86400000 (ms). Default: `60000` ms (long enough for the 99.9th of twenty calls a
   * second, short enough to see a change). At the limit: older values count only in the figures since start.
   */
  readonly windowMillis?: number;
  /** Where they are printed. Default: where the console writes text; nowhere when it writes JSON lines, or when there is none. */
  readonly stream?: 'stdout' | 'stderr' | 'none';
  /** A table, or one line of JSON. Default: `"table"`. */
  readonly format?: 'table' | 'json';
  /** Percentiles as gauges for Prometheus, too. Default: `false`. */
  readonly gauges?: boolean;
}

/** The backends that this package brings, by name. */
export interface BuiltInBackendsConfig {
  readonly console?: ConsoleConfig;
  readonly file?: FileConfig;
  readonly audit?: AuditConfig;
  readonly otlp?: OtlpConfig;
  readonly bridge?: BridgeConfig;
  readonly memory?: MemoryConfig;
  readonly prometheus?: PrometheusConfig;
  readonly histogram?: HistogramConfig;
}

/**
 * Backends by name. A backend runs when its section is there, unless `enabled: false` stands in it; docs/configuration.md says what runs when none is named.
 * `Own`: names of backends of your own, each with a `module`; at most 25 of them. A call of `configureLogging` finds them out by itself.
 */
export type BackendsConfig<Own extends string = never> = BuiltInBackendsConfig & {
  readonly [Name in Own]?: Name extends keyof BuiltInBackendsConfig ? BuiltInBackendsConfig[Name] : ModuleConfig;
};

/** What the process is called in OpenTelemetry: resource attributes of every record and metric. */
export interface ServiceConfig {
  /** Resource attribute `service.name`. Default: `"unknown_service:node"` (resource specification, service.name). Variables: `OTEL_SERVICE_NAME`. */
  readonly name?: string;
  /** Resource attribute `service.version`. Default: none. */
  readonly version?: string;
  /** Resource attribute `service.namespace`. Default: none. */
  readonly namespace?: string;
  /** Resource attribute `service.instance.id`: different in each process. Default: a random UUID (semantic conventions, service.instance.id). */
  readonly instanceId?: string;
}

/** What a thread keeps of records below the level that is written. */
export interface BlackBoxConfig {
  /**
   * Records below the level that is written which each thread keeps in memory, the newest ones. They are sent only when something happens: in front
   * of the next record of level `error` or above of the same thread, when an error is not caught, and by recovery after a crash. They go where errors
   * go, with the attribute `hft.black_box`. Memory: 341 bytes for each, at least 64 KiB. Allowed: an integer from 0 to 1000000 (records). Default:
   * `0` records for each thread (a call below the level takes as long as one that is written). At the limit: the oldest are given up. Variables:
   * `HFT_BLACK_BOX_RECORDS`.
   */
  readonly records?: number;
}

/** Memory of an instance that outlives the process. */
export interface PersistenceConfig {
  /**
   * Whether rings, outboxes and metrics lie in files that outlive the process, so that the next start of the service delivers what a crash or SIGKILL
   * has left. Needs the optional package `koffi`; `health().memory` tells whether it works. On in the preset `production`. Default: `false`.
   * Variables: `HFT_PERSISTENCE`.
   */
  readonly enabled?: boolean;
  /**
   * Where those files are: a folder for each process. Only its owner may have access. Memory (`/dev/shm`) outlives the process at no cost; a disk
   * also outlives the machine, as far as its kernel has written the pages back. Default: /dev/shm/hft-otel-<user id>; where there is no /dev/shm,
   * hft-otel-<user id>/runs in the directory for temporary files. Variables: `HFT_PERSISTENCE_DIRECTORY`.
   */
  readonly directory?: string;
}

/** The socket over which an operator looks into the process. */
export interface ControlConfig {
  /**
   * Whether `hft-otel level` and `hft-otel top` reach this process, over a socket in the file system that only its own user can open. The worker
   * answers, also while the application is busy. On in both presets: it cannot be configured later, in the moment of need, and a user who may open
   * the socket may read the memory of the process anyway. docs/command.md. Default: `false`. Variables: `HFT_CONTROL`.
   */
  readonly enabled?: boolean;
  /**
   * Where that socket is: a file `<service name>-<process id>.sock`. Its owner alone may have access to the directory. A socket’s path has at most
   * 107 bytes on Linux, 103 on macOS. Default: hft-otel-<user id>/control in the directory for temporary files. Variables: `HFT_CONTROL_DIRECTORY`.
   */
  readonly directory?: string;
}

/** The live page: records, metrics, health and levels in a browser. */
export interface PageConfig {
  /**
   * Port of the live page: records, metrics, health and levels in a browser, served by the worker. 0 takes any free one. docs/page.md. Allowed: an
   * integer from 0 to 65535. Default: none: there is no page until `hft-otel page` asks for it, which takes any free port. Variables:
   * `HFT_PAGE_PORT`.
   */
  readonly port?: number;
  /**
   * Address that the page listens on. It speaks HTTP: elsewhere than on this machine it belongs behind TLS. Default: `"127.0.0.1"` (records are
   * readable on this machine alone unless you choose otherwise). Variables: `HFT_PAGE_HOST`.
   */
  readonly host?: string;
  /**
   * A person who has it may read the records, and change levels. The address that `hft-otel page` prints has it. Default: a random one of 256 bits
   * for each start. Variables: `HFT_PAGE_TOKEN`.
   */
  readonly token?: string;
  /**
   * Names in the Host header that are answered beside addresses, private names and those of this machine; `*.` in front stands for all names below.
   * Default: `[]` (a page of the internet could ask through a name of its own that resolves to this machine).
   */
  readonly allowedHosts?: readonly string[];
}

/** Everything is optional. A ConfigError lists all problems at once, before anything is allocated. `Own`: names of backends of your own. */
export interface LoggingConfig<Own extends string = never> {
  /** Values to start from; environment variables and all other settings win over them. Default: none. */
  readonly preset?: 'development' | 'production';
  /**
   * Chooses defaults; routes can match on it. Attribute `deployment.environment.name`. Default: NODE_ENV if it is one of the three, else development.
   * Variables: `HFT_ENVIRONMENT`.
   */
  readonly environment?: Environment;
  /**
   * Further resource attributes. Each wins over the same one of OTEL_RESOURCE_ATTRIBUTES. Default: service.*, deployment.environment.name,
   * telemetry.sdk.*. Variables: `OTEL_RESOURCE_ATTRIBUTES`.
   */
  readonly resource?: Readonly<Record<string, string | number | boolean>>;
  /** Name and version of the service. */
  readonly service?: ServiceConfig;
  /**
   * Records that a ring holds, counted as 256 bytes each; at least 64 KiB are allocated. Allowed: an integer from 1 to 4194304 (records). Default:
   * `10000` records of 256 bytes, per thread and lane (absorbs a worker stalled for 100 ms at 100,000 records/s; 2.5 MB). At the limit: records are
   * dropped, lower levels first, and counted (ring_full); audit events are written by the caller itself. Variables: `OTEL_BLRP_MAX_QUEUE_SIZE`.
   */
  readonly ringBufferSize?: number;
  /**
   * Records after which the worker is woken. At most `ringBufferSize`. Allowed: an integer from 1 to 1000000 (records). Default: `500` records (one
   * wake-up per 5 ms at 100,000 records/s). At the limit: the worker is woken before its interval is over. Variables:
   * `OTEL_BLRP_MAX_EXPORT_BATCH_SIZE`.
   */
  readonly batchSize?: number;
  /**
   * Time after which the worker looks into the rings by itself. Allowed: an integer from 1 to 60000 (ms). Default: `10` ms (a hundredth of the 1,000
   * ms of OTEL_BLRP_SCHEDULE_DELAY: encoding here costs the caller nothing). At the limit: the worker looks into the rings. Variables:
   * `OTEL_BLRP_SCHEDULE_DELAY`.
   */
  readonly flushIntervalMillis?: number;
  /**
   * Share of a ring, above 0 and up to 1, that may be filled while records of a level are still taken; must not decrease from the least level to the
   * greatest. Default: trace 0.4, debug 0.5, info 0.75, warning 0.9, error 1, fatal 1. At the limit: records of that level are dropped and counted
   * (ring_full).
   */
  readonly overflow?: Partial<Readonly<Record<Level, number>>>;
  /**
   * Least level of loggers that `levels` does not name. Default: `"trace"`, in production `"info"` (a disabled call costs 2 to 6 ns). Variables:
   * `HFT_LOG_LEVEL`.
   */
  readonly level?: LevelName;
  /**
   * Logger name or pattern → least level. A name given exactly wins, then the pattern with the most characters. Default: `{}`. Variables:
   * `HFT_LOG_LEVELS`.
   */
  readonly levels?: Readonly<Record<string, LevelName>>;
  /**
   * Names and paths of fields whose values are replaced before they reach a ring. `...` stands for the default list; without it the list replaces the
   * default one; `[]` turns redaction off. Default: the list in docs/configuration.md (names of credentials in exchange interfaces, HTTP and OAuth).
   */
  readonly redact?: readonly string[];
  /**
   * Whether credentials inside of texts are replaced as well: the userinfo of URLs, and values of parameters and members whose names `redact` covers.
   * Only texts with `=`, `://`, a colon behind a quote or before a blank, or `-----BEGIN` are looked into. Default: `true` (signed URLs and request
   * bodies are logged as texts).
   */
  readonly redactTexts?: boolean;
  /** Rules for where records go, evaluated before the default ones. Default: `[]`. */
  readonly routes?: readonly RouteRule[];
  /** Whether the default routes apply after `routes`. Default: `"extend"`. */
  readonly routesMode?: 'extend' | 'replace';
  /** Rules for instruments by name: aggregation, buckets, tags that are kept. The first match wins. Default: `[]`. */
  readonly metrics?: readonly MetricRule[];
  /**
   * Attributes that a log record keeps: those of its context, then its fields. Audit events keep all of theirs. Allowed: an integer from 1 to 128
   * (attributes). Default: `128` attributes (OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT). At the limit: further attributes are left out, the last fields
   * first; their number is on the record (OTLP `dropped_attributes_count`). Variables: `OTEL_ATTRIBUTE_COUNT_LIMIT`,
   * `OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT`.
   */
  readonly attributeCountLimit?: number;
  /**
   * Tag sets of one instrument that are kept apart. Allowed: an integer from 1 to 1000000 (series). Default: `2000` series per instrument (metrics
   * SDK specification, cardinality limits). At the limit: further tag sets are added up in the series otel.metric.overflow=true; sums stay exact.
   */
  readonly cardinalityLimit?: number;
  /**
   * Rules for log records that come too often: which of a call site are written. Records that are left out are counted
   * (`health().lanes.logs.sampledOut`), and the next record has their number as `hft.sampled_out`. The first match wins. Default: `[]`.
   */
  readonly sampling?: readonly SamplingRule[];
  /**
   * Which measurements of histograms and timers may be kept as exemplars, the last one of each bucket with the ids of its trace and span: those made
   * inside a sampled span, all, or none. Default: `"trace_based"` (OTEL_METRICS_EXEMPLAR_FILTER). Variables: `OTEL_METRICS_EXEMPLAR_FILTER`.
   */
  readonly exemplars?: ExemplarFilter;
  /** What is kept of records below the level that is written, and comes in front of an error: see docs/persistence.md. */
  readonly blackBox?: BlackBoxConfig;
  /** Memory that outlives the process: see docs/persistence.md. */
  readonly persistence?: PersistenceConfig;
  /** A socket over which an operator looks into the process: see docs/command.md. */
  readonly control?: ControlConfig;
  /** The live page, for a browser: see docs/page.md. */
  readonly page?: PageConfig;
  /**
   * Time that an exit, `flush` and `shutdown` wait for the worker. Allowed: an integer from 0 to 600000 (ms). Default: `5000` ms (half of the 10 s
   * that container runtimes leave between SIGTERM and SIGKILL). At the limit: the process ends; undelivered records are counted, and a message on
   * stderr gives their number.
   */
  readonly exitTimeoutMillis?: number;
  /** Drain on SIGTERM, SIGINT and exit; open files anew on SIGHUP. Default: `true`. */
  readonly handleExits?: boolean;
  /**
   * Which process warnings this package emits about itself, each once: `none` and `error` silence them; `health().warnings` has them in any case.
   * Default: `"info"` (OTEL_LOG_LEVEL). Variables: `OTEL_LOG_LEVEL`.
   */
  readonly diagnosticLevel?: DiagnosticLevel;
  /** Where records and metrics go. */
  readonly backends?: BackendsConfig<Own>;
}
