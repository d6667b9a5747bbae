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
   * Least level of the records that the backend takes. It does not apply to audit events in `audit` and `otlp`. Default: `"trace"` (the backend takes
   * all that loggers write).
   */
  readonly level?: LevelName;
  /**
   * Backends that get the records of this one while it is not `ok`, whatever their own routes and levels are (docs/backends.md). Default: `[]`
   * (records wait for their destination).
   */
  readonly failover?: readonly string[];
  /** Whether text is coloured. Default: by FORCE_COLOR, NO_COLOR and TERM=dumb, otherwise whether the stream is a terminal. */
  readonly colored?: boolean;
  /** Whether it writes JSON lines instead of text. Default: true when the stream is not a terminal. */
  readonly structured?: boolean;
  /** Stream that it writes to. Default: `"stdout"`. */
  readonly stream?: 'stdout' | 'stderr';
  /**
   * Size of the queue of records that wait for the terminal or the pipe. Allowed: an integer from 131072 to 1073741824 (bytes). Default: `4194304`
   * bytes (about 20,000 lines while a terminal scrolls or a pipe is read slowly). At the limit: records are dropped for the console only, and counted
   * (queue_full).
   */
  readonly bufferBytes?: number;
}

/** Lines in a file that is rotated by time or size. */
export interface FileConfig {
  /** Whether this backend runs. Default: true when its section is given; without any section: in production. */
  readonly enabled?: boolean;
  /**
   * Least level of the records that the backend takes. It does not apply to audit events in `audit` and `otlp`. Default: `"trace"` (the backend takes
   * all that loggers write).
   */
  readonly level?: LevelName;
  /**
   * Backends that get the records of this one while it is not `ok`, whatever their own routes and levels are (docs/backends.md). Default: `[]`
   * (records wait for their destination).
   */
  readonly failover?: readonly string[];
  /**
   * Path of the file, relative to the working directory at configuration time. Missing directories are made. Default: logs/app.jsonl, or logs/app.log
   * for the format text. Variables: `HFT_LOG_FILE`.
   */
  readonly path?: string;
  /** Lines of JSON, or text for people. Default: `"json"`. */
  readonly format?: 'json' | 'text';
  /** When a new file is started. Default: `"none"`, in production `"daily"`. */
  readonly rotation?: Rotation;
  /** Clock for `daily` and `hourly` rotation. Default: `"utc"` (with daylight saving time, local midnight can come twice or late). */
  readonly rotationClock?: 'utc' | 'local';
  /**
   * Number of rotated files that are kept. 0 keeps all. Allowed: an integer from 0 to 100000 (files). Default: `0` files (nothing is deleted unless
   * you ask for it). At the limit: the oldest rotated files are deleted.
   */
  readonly keep?: number;
  /**
   * Size of the queue of records that wait for the disk. Allowed: an integer from 131072 to 1073741824 (bytes). Default: `16777216` bytes (about
   * 80,000 JSON lines: a disk that stalls for 0.8 s at 100,000 records/s). At the limit: records are dropped for the file only, and counted
   * (queue_full).
   */
  readonly bufferBytes?: number;
}

/** The audit trail on disk: JSON lines, numbered without gaps, in files that are never renamed or deleted. */
export interface AuditConfig {
  /** Whether this backend runs. Default: true when its section is given; without any section: in production. */
  readonly enabled?: boolean;
  /**
   * Least level of the log records that the backend takes from routes. It always takes audit events. Default: `"trace"` (the backend takes all that
   * loggers write).
   */
  readonly level?: LevelName;
  /**
   * Backends that get the records of this one while it is not `ok`, whatever their own routes and levels are (docs/backends.md). Default: `[]`
   * (records wait for their destination).
   */
  readonly failover?: readonly string[];
  /**
   * Path of the file, without the date that rotation adds to its name. It must differ from the path of `file`. Default: `"logs/audit.jsonl"`.
   * Variables: `HFT_AUDIT_FILE`.
   */
  readonly path?: string;
  /** The only format: lines of JSON. Default: `"json"`. */
  readonly format?: 'json';
  /** When a new file is started. Audit files are never deleted. Default: `"daily"`. */
  readonly rotation?: 'none' | 'daily' | 'hourly';
  /** Clock for `daily` and `hourly` rotation. Default: `"utc"` (trading days are reported in UTC). */
  readonly rotationClock?: 'utc' | 'local';
  /**
   * Path of the file with the private key that signs checkpoints, made by `hft-otel audit keygen`. Give the path, never the key itself. Default:
   * none: checkpoints are not signed. Variables: `HFT_AUDIT_SIGNING_KEY`.
   */
  readonly signingKey?: string;
  /**
   * Addresses of witnesses that cosign checkpoints: `hft-otel audit witness`, or other servers of C2SP’s tlog-witness protocol. To have the answers
   * of a witness checked, add a space and its verifier key. Cosigned checkpoints are written to `<audit file>.cosignatures`. Default: none.
   * Variables: `HFT_AUDIT_WITNESSES`.
   */
  readonly witnesses?: readonly string[];
  /**
   * Number of witnesses that must have cosigned a line before `health().audit.tree.cosigned` and the metric count it. Allowed: an integer from 1 to 8
   * (witnesses). Default: more than half of them.
   */
  readonly witnessQuorum?: number;
  /**
   * Whether lines `hft.clock` in the file say how far the clock may be from UTC (by adjtimex through koffi, or chrony). They are written at the
   * start, each minute, and when the clock is stepped by more than about 2 ms. Default: `false`, in production `true`.
   */
  readonly clockEvidence?: boolean;
  /**
   * Size of the queue of records that wait for the disk. Allowed: an integer from 131072 to 1073741824 (bytes). Default: `4194304` bytes (about
   * 16,000 events waiting for the disk). At the limit: events stay in their ring; if that is full, callers write them to the file themselves.
   */
  readonly bufferBytes?: number;
}

/** Where records wait while the destination is away: docs/outages.md. */
export interface OtlpSpoolConfig {
  /**
   * Whether logs and audit events wait on disk, in the spool, while the destination is away. Only with `http/protobuf`. Default: true in production,
   * or when another setting of the spool is given.
   */
  readonly enabled?: boolean;
  /**
   * Folder of the spool, relative to the working directory at configuration time. Each process has a folder of its own in it. The folder is made when
   * records have to wait for the first time. Default: logs/otlp-spool. Variables: `HFT_SPOOL_DIRECTORY`.
   */
  readonly directory?: string;
  /**
   * Largest size of the log records in the spool of a process. Allowed: an integer from 1048576 to 1099511627776 (bytes). Default: `1073741824` bytes
   * (an outage of a quarter of an hour at 10,000 records/s of 120 bytes). At the limit: the oldest log records are dropped and counted (spool_full).
   */
  readonly maxBytes?: number;
  /**
   * Size of the audit events in the spool of a process above which there is a warning. Allowed: an integer from 1048576 to 1099511627776 (bytes).
   * Default: `1073741824` bytes (an outage of two hours at 1,000 events/s of 150 bytes). At the limit: there is a warning; audit events are kept as
   * long as the disk takes them. On a full disk log records are dropped to make room for them.
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
   * Base addresses for logs and audit events, in order of preference. Records go to the first one that takes them, and return to a better one after
   * three successful probes. Metrics go to `endpoint`, or else to the first of these. Default: endpoint only.
   */
  readonly endpoints?: readonly string[];
  /**
   * Address for logs, used without change. Default: endpoint + /v1/logs (OTLP exporter specification). Variables: `OTEL_EXPORTER_OTLP_LOGS_ENDPOINT`.
   */
  readonly logsEndpoint?: string;
  /**
   * Address for metrics, used without change. Default: endpoint + /v1/metrics (OTLP exporter specification). Variables:
   * `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`.
   */
  readonly metricsEndpoint?: string;
  /** Address for audit events, used without change. Default: that of logs. */
  readonly auditEndpoint?: string;
  /**
   * Encoding. Default: `"http/protobuf"` (OTLP exporter specification). Variables: `OTEL_EXPORTER_OTLP_PROTOCOL`, `OTEL_EXPORTER_OTLP_LOGS_PROTOCOL`,
   * `OTEL_EXPORTER_OTLP_METRICS_PROTOCOL`.
   */
  readonly protocol?: 'http/protobuf' | 'http/json';
  /**
   * Headers of each request. They override headers of the same name in the environment. Values are never shown. Default: `{}`. Variables:
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
   * Longest time for one request and its answer. With several `endpoints` at most 5 s. Allowed: an integer from 1 to 3600000 (ms). Default: `10000`
   * ms (OTLP exporter specification). At the limit: the request is cancelled and sent again later. Variables: `OTEL_EXPORTER_OTLP_TIMEOUT`,
   * `OTEL_EXPORTER_OTLP_LOGS_TIMEOUT`, `OTEL_EXPORTER_OTLP_METRICS_TIMEOUT`.
   */
  readonly timeoutMillis?: number;
  /**
   * Least level of the records that the backend takes. It does not apply to audit events in `audit` and `otlp`. Default: `"trace"` (the backend takes
   * all that loggers write).
   */
  readonly level?: LevelName;
  /**
   * Backends that get the records of this one while it is not `ok`, whatever their own routes and levels are (docs/backends.md). Default: `[]`
   * (records wait for their destination).
   */
  readonly failover?: readonly string[];
  /**
   * PEM file with the certificates to trust. Default: the certificates that Node trusts. Variables: `OTEL_EXPORTER_OTLP_CERTIFICATE`,
   * `OTEL_EXPORTER_OTLP_LOGS_CERTIFICATE`, `OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE`.
   */
  readonly certificate?: string;
  /**
   * PEM file with the certificate of the client; needs `clientKey`. Default: none. Variables: `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE`,
   * `OTEL_EXPORTER_OTLP_LOGS_CLIENT_CERTIFICATE`, `OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE`.
   */
  readonly clientCertificate?: string;
  /**
   * PEM file with the key of `clientCertificate`. Default: none. Variables: `OTEL_EXPORTER_OTLP_CLIENT_KEY`, `OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY`,
   * `OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY`.
   */
  readonly clientKey?: string;
  /**
   * Size of the queue of records that wait for the collector. Allowed: an integer from 131072 to 1073741824 (bytes). Default: `16777216` bytes, for
   * each lane (about 100,000 records: a collector that is away for 1 s at 100,000 records/s, or for 10 s at 10,000). At the limit: records are
   * dropped for OTLP only, and counted (queue_full).
   */
  readonly queueBytes?: number;
  /**
   * Largest size of a request. Allowed: an integer from 131072 to 33554432 (bytes). Default: `1048576` bytes before compression (a quarter of the 4
   * MiB that OTLP receivers commonly take). At the limit: another request is made; a record that is larger is dropped and counted (too_large). If
   * `queueBytes` has room for fewer than `concurrency` + 3 requests, requests are smaller, at least 131072 bytes.
   */
  readonly maxRequestBytes?: number;
  /**
   * Number of requests that may be under way at once. Allowed: an integer from 1 to 64 (requests). Default: `4` requests (covers a round trip of 4 ms
   * at 1,000 requests/s). At the limit: requests wait in the queue.
   */
  readonly concurrency?: number;
  /**
   * Least time between the starts of two requests of a lane. Records gather meanwhile. The first ones after a quiet time go at once, and so do a full
   * request and a flush. Allowed: an integer from 0 to 60000 (ms). Default: `100` ms (the collectors behind it gather for as long (`flush_timeout`);
   * at 0 there may be a request each `flushIntervalMillis`, of a few records each).
   */
  readonly requestIntervalMillis?: number;
  /**
   * File for requests that the server rejects as invalid (400, 422, or 413 for a single record), with a line of JSON for each. Only with
   * `http/protobuf`. Default: logs/otlp-dead-letters.jsonl.
   */
  readonly deadLetters?: string;
  /** Where records wait while the destination is away: docs/outages.md. */
  readonly spool?: OtlpSpoolConfig;
  /**
   * Time between exports of metrics. Allowed: an integer from 100 to 86400000 (ms). Default: `60000` ms (OTEL_METRIC_EXPORT_INTERVAL). Variables:
   * `OTEL_METRIC_EXPORT_INTERVAL`.
   */
  readonly metricsIntervalMillis?: number;
  /**
   * Whether counters and histograms count from the start of the process or from the last export. Default: `"cumulative"` (OTLP exporter
   * specification). Variables: `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`.
   */
  readonly temporality?: 'cumulative' | 'delta';
  /**
   * Form of histograms: exponential, with explicit bounds, or both in two scopes. Default: `"both"` (Prometheus makes native histograms of the
   * exponential form, and the series `_bucket`, `_sum`, `_count` of the explicit form).
   */
  readonly histograms?: 'both' | 'exponential' | 'explicit';
}

/** Records passed to a function or an existing logger of the application. */
export interface BridgeConfig {
  /** Whether this backend runs. Default: true when its section is given. */
  readonly enabled?: boolean;
  /**
   * Least level of the records that the backend takes. It does not apply to audit events in `audit` and `otlp`. Default: `"trace"` (the backend takes
   * all that loggers write).
   */
  readonly level?: LevelName;
  /**
   * Backends that get the records of this one while it is not `ok`, whatever their own routes and levels are (docs/backends.md). Default: `[]`
   * (records wait for their destination).
   */
  readonly failover?: readonly string[];
  /**
   * A function that is called with each record, or a logger with the methods `debug`, `info`, `warn` or `warning`, `error` (pino, winston, console).
   * It runs on the main thread. Default: none; required.
   */
  readonly target?: BridgeTarget;
}

/** The newest records, which you read from `logging.memory`: for tests and diagnosis. */
export interface MemoryConfig {
  /** Whether this backend runs. Default: true when its section is given; without any section: in the environment test. */
  readonly enabled?: boolean;
  /**
   * Least level of the records that the backend takes. It does not apply to audit events in `audit` and `otlp`. Default: `"trace"` (the backend takes
   * all that loggers write).
   */
  readonly level?: LevelName;
  /**
   * Backends that get the records of this one while it is not `ok`, whatever their own routes and levels are (docs/backends.md). Default: `[]`
   * (records wait for their destination).
   */
  readonly failover?: readonly string[];
  /**
   * Number of records that are kept. Allowed: an integer from 1 to 10000000 (records). Default: `10000` records (some seconds of a busy service, some
   * tens of MB). At the limit: the oldest records are removed.
   */
  readonly capacity?: number;
}

/** Metrics to be scraped, and pushed to a Pushgateway. */
export interface PrometheusConfig {
  /** Whether this backend runs. Default: true when its section is given. */
  readonly enabled?: boolean;
  /**
   * Address that the endpoint listens on. Default: `"127.0.0.1"` (only this machine can read metrics, unless you choose otherwise). Variables:
   * `OTEL_EXPORTER_PROMETHEUS_HOST`.
   */
  readonly host?: string;
  /**
   * Port that the endpoint listens on. 0 takes any free port, for tests. Allowed: an integer from 0 to 65535. Default: `9464` TCP port
   * (OTEL_EXPORTER_PROMETHEUS_PORT). Variables: `OTEL_EXPORTER_PROMETHEUS_PORT`.
   */
  readonly port?: number;
  /** Path of the endpoint. Default: `"/metrics"` (Prometheus). */
  readonly endpoint?: string;
  /**
   * Further names that are accepted in the Host header, beside addresses, names without a dot, private names and the hostname of this machine. The
   * full name of the machine (`host.example.com`) belongs here, unless it is the hostname. `*.` in front stands for all names below, `*` for every
   * name. Default: `[]` (a web page could read the metrics through a name of its own that resolves to this machine (DNS rebinding)).
   */
  readonly allowedHosts?: readonly string[];
  /**
   * Address of a Pushgateway that metrics are pushed to as well. `user:password@` is sent as basic authentication. Default: none: nothing is pushed.
   * Variables: `HFT_PUSH_GATEWAY_URL`.
   */
  readonly pushGatewayUrl?: string;
  /** Time between pushes. Allowed: an integer from 100 to 86400000 (ms). Default: `15000` ms (a usual scrape interval of Prometheus). */
  readonly pushIntervalMillis?: number;
  /** Grouping key `job` of pushes. Default: service.name. */
  readonly jobName?: string;
  /** Whether a shutdown deletes the pushed group. Default: `false` (the group exists to keep the last values of a batch job). */
  readonly deleteOnShutdown?: boolean;
}

/** Percentiles of every timer and histogram, over a sliding window and since the start. */
export interface HistogramConfig {
  /** Whether this backend runs. Default: true when its section is given. */
  readonly enabled?: boolean;
  /** Percentiles that are printed for each timer and histogram. Default: `[50,95,99,99.9]` of 100 (the median, and the tail to one in a thousand). */
  readonly percentiles?: readonly number[];
  /** Time between printouts. Allowed: an integer from 100 to 86400000 (ms). Default: `60000` ms (one printout for each window). */
  readonly intervalMillis?: number;
  /**
   * Length of the sliding window. Allowed: an integer from 1000 to 86400000 (ms). Default: `60000` ms (long enough for the 99.9th of twenty calls a
   * second, short enough to see a change). At the limit: older values count only in the figures since start.
   */
  readonly windowMillis?: number;
  /** Stream that they are printed to. Default: the stream of the console if it writes text; none if it writes JSON lines or does not run. */
  readonly stream?: 'stdout' | 'stderr' | 'none';
  /** Whether they are printed as a table or as one line of JSON. Default: `"table"`. */
  readonly format?: 'table' | 'json';
  /** Whether percentiles are also gauges for the other metric backends, such as Prometheus. Default: `false`. */
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
 * Backends by name. A backend runs if it has a section, unless the section has `enabled: false`; docs/configuration.md says what runs if none is named.
 * `Own`: names of backends of your own, each with a `module`; at most 25 of them. A call of `configureLogging` infers them.
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
  /**
   * Resource attribute `service.instance.id`. It must differ between processes. Default: a random UUID (semantic conventions, service.instance.id).
   */
  readonly instanceId?: string;
}

/** What a thread keeps of records below the level that is written. */
export interface BlackBoxConfig {
  /**
   * Number of the newest records below the logged level that each thread keeps in memory. They are sent only in three cases: before the next record
   * of level `error` or above of the same thread, after an uncaught error, and by recovery after a crash. They go where errors go, with the attribute
   * `hft.black_box`. Memory: 341 bytes for each, at least 64 KiB. At most half of `ringBufferSize`. Allowed: an integer from 0 to 1000000 (records).
   * Default: `0` records for each thread (0, because with it a call below the level takes as long as one that is written). At the limit: the oldest
   * are discarded. Variables: `HFT_BLACK_BOX_RECORDS`.
   */
  readonly records?: number;
}

/** Memory of an instance that outlives the process. */
export interface PersistenceConfig {
  /**
   * Whether rings, queues and metrics are in files that outlive the process. After a crash or SIGKILL the next start of the service delivers the
   * records in them. Needs the optional package `koffi`; `health().memory` says whether it works. On in the preset `production`. Default: `false`.
   * Variables: `HFT_PERSISTENCE`.
   */
  readonly enabled?: boolean;
  /**
   * Directory of those files, with a folder for each process. Only its owner may have access to it. In memory (`/dev/shm`) the files outlive the
   * process at no cost. On a disk they also survive a crash of the machine, as far as its kernel has written the pages back. Default:
   * /dev/shm/hft-otel-<user id>; where there is no /dev/shm, hft-otel-<user id>/runs in the directory for temporary files. Variables:
   * `HFT_PERSISTENCE_DIRECTORY`.
   */
  readonly directory?: string;
}

/** The socket over which an operator looks into the process. */
export interface ControlConfig {
  /**
   * Whether `hft-otel level`, `top` and `page` can reach this process, over a Unix socket that only its own user can open. The worker answers, even
   * while the application is busy. On in both presets, because it cannot be switched on later, when it is needed, and because a user who can open the
   * socket can read the memory of the process anyway. See docs/command.md. Default: `false`. Variables: `HFT_CONTROL`.
   */
  readonly enabled?: boolean;
  /**
   * Directory of that socket, a file `<service name>-<process id>.sock`. Only its owner may have access to it. The path of a socket has at most 107
   * bytes on Linux, 103 on macOS. Default: hft-otel-<user id>/control in the directory for temporary files. Variables: `HFT_CONTROL_DIRECTORY`.
   */
  readonly directory?: string;
}

/** The live page: records, metrics, health and levels in a browser. */
export interface PageConfig {
  /**
   * Port of the live page, which shows records, metrics, health and levels in a browser. The worker serves it. 0 takes any free port. See
   * docs/page.md. Allowed: an integer from 0 to 65535. Default: none: there is no page until `hft-otel page` opens one on any free port. Variables:
   * `HFT_PAGE_PORT`.
   */
  readonly port?: number;
  /**
   * Address that the page listens on. It speaks HTTP: if other machines can reach the address, put a TLS proxy in front of it. Default: `"127.0.0.1"`
   * (only this machine can read records, unless you choose otherwise). Variables: `HFT_PAGE_HOST`.
   */
  readonly host?: string;
  /**
   * Token for the page. Anyone who has it can read the records and change levels. `hft-otel page` prints it as part of the address. Default: a random
   * one of 256 bits for each opening. Variables: `HFT_PAGE_TOKEN`.
   */
  readonly token?: string;
  /**
   * Further names that are accepted in the Host header, beside addresses, names without a dot, private names and the hostname of this machine. The
   * full name of the machine (`host.example.com`) belongs here, unless it is the hostname. `*.` in front stands for all names below. Default: `[]` (a
   * web page could reach this machine through a name of its own (DNS rebinding)).
   */
  readonly allowedHosts?: readonly string[];
}

/** Everything is optional. A ConfigError lists all problems at once, before anything is allocated. `Own`: names of backends of your own. */
export interface LoggingConfig<Own extends string = never> {
  /** Set of values to start from. Environment variables and all other settings override it. Default: none. */
  readonly preset?: 'development' | 'production';
  /**
   * Selects defaults; routes can match on it. It is the resource attribute `deployment.environment.name`. Default: NODE_ENV if it is one of the
   * three, otherwise development. Variables: `HFT_ENVIRONMENT`.
   */
  readonly environment?: Environment;
  /**
   * Further resource attributes. They override those of the same name in OTEL_RESOURCE_ATTRIBUTES. Default: service.*, deployment.environment.name,
   * telemetry.sdk.*. Variables: `OTEL_RESOURCE_ATTRIBUTES`.
   */
  readonly resource?: Readonly<Record<string, string | number | boolean>>;
  /** Name and version of the service. */
  readonly service?: ServiceConfig;
  /**
   * Size of each ring in records, counted as 256 bytes each. At least 64 KiB are allocated. Allowed: an integer from 1 to 4194304 (records). Default:
   * `10000` records of 256 bytes, per thread and lane (absorbs a worker stalled for 100 ms at 100,000 records/s; 2.5 MB). At the limit: records are
   * dropped, lower levels first, and counted (ring_full); audit events are written by the caller itself. Variables: `OTEL_BLRP_MAX_QUEUE_SIZE`.
   */
  readonly ringBufferSize?: number;
  /**
   * Number of new records in a ring that wakes the worker before its interval is over; an eighth of the ring wakes it in any case. At most
   * `ringBufferSize`. Allowed: an integer from 1 to 1000000 (records). Default: `500` records (one wake-up per 5 ms at 100,000 records/s). At the
   * limit: the worker is woken before its interval is over. Variables: `OTEL_BLRP_MAX_EXPORT_BATCH_SIZE`.
   */
  readonly batchSize?: number;
  /**
   * Time between two passes of the worker over the rings. Allowed: an integer from 1 to 60000 (ms). Default: `10` ms (a hundredth of the 1,000 ms of
   * OTEL_BLRP_SCHEDULE_DELAY: encoding here costs the caller nothing). At the limit: the worker reads the rings. Variables:
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
   * Least level that loggers write, unless `levels` names them. Default: `"trace"`, in production `"info"` (a disabled call costs about 2 ns).
   * Variables: `HFT_LOG_LEVEL`.
   */
  readonly level?: LevelName;
  /**
   * Least levels by logger name or pattern. An exact name wins over patterns; among patterns, the one with the most characters wins. Default: `{}`.
   * Variables: `HFT_LOG_LEVELS`.
   */
  readonly levels?: Readonly<Record<string, LevelName>>;
  /**
   * Names and paths of fields whose values are replaced before they reach a ring. Your list replaces the default list; `...` in it stands for the
   * default list. `[]` turns redaction off. It counts from `configureLogging` on: what was logged before has the default list. Default: the list in
   * docs/configuration.md (names of credentials in exchange interfaces, HTTP and OAuth).
   */
  readonly redact?: readonly string[];
  /**
   * Whether credentials inside strings are replaced too: the userinfo of URLs, and values of parameters and members whose names `redact` covers. Only
   * strings that contain `=`, `://`, a colon after a quote or before a space, or `-----BEGIN` are searched. Default: `true` (signed URLs and request
   * bodies are logged as strings).
   */
  readonly redactTexts?: boolean;
  /** Rules that decide which backends get a record. They are evaluated before the default rules. Default: `[]`. */
  readonly routes?: readonly RouteRule[];
  /** Whether the default routes apply after `routes`. Default: `"extend"`. */
  readonly routesMode?: 'extend' | 'replace';
  /** Rules for instruments by name: aggregation, buckets, and which tags are kept. The first rule that matches applies. Default: `[]`. */
  readonly metrics?: readonly MetricRule[];
  /**
   * Largest number of attributes of a log record: first those of its context, then its fields. Audit events keep all attributes. Allowed: an integer
   * from 1 to 128 (attributes). Default: `128` attributes (OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT). At the limit: the last fields are left out; the
   * record has their number (OTLP `dropped_attributes_count`). Variables: `OTEL_ATTRIBUTE_COUNT_LIMIT`, `OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT`.
   */
  readonly attributeCountLimit?: number;
  /**
   * Largest number of series (different tag sets) of one instrument. Allowed: an integer from 1 to 1000000 (series). Default: `2000` series per
   * instrument (metrics SDK specification, cardinality limits). At the limit: further tag sets are added up in the series otel.metric.overflow=true;
   * sums stay exact.
   */
  readonly cardinalityLimit?: number;
  /**
   * Rules that limit how many log records of a call site are written. Records that are left out are counted (`health().lanes.logs.sampledOut`), and
   * the next record has their number as `hft.sampled_out`. The first rule that matches applies. Default: `[]`.
   */
  readonly sampling?: readonly SamplingRule[];
  /**
   * Which measurements of histograms and timers may become exemplars: those made inside a sampled span, all, or none. Each bucket keeps its last
   * exemplar, with the ids of its trace and span. Default: `"trace_based"` (OTEL_METRICS_EXEMPLAR_FILTER). Variables: `OTEL_METRICS_EXEMPLAR_FILTER`.
   */
  readonly exemplars?: ExemplarFilter;
  /** The newest records below the logged level, which are kept in memory and sent before an error: see docs/persistence.md. */
  readonly blackBox?: BlackBoxConfig;
  /** Memory that outlives the process: see docs/persistence.md. */
  readonly persistence?: PersistenceConfig;
  /** The socket over which an operator inspects the process: see docs/command.md. */
  readonly control?: ControlConfig;
  /** The live page, for a browser: see docs/page.md. */
  readonly page?: PageConfig;
  /**
   * Longest time that an exit, `flush` and `shutdown` wait for the worker. Allowed: an integer from 0 to 600000 (ms). Default: `5000` ms (half of the
   * 10 s that container runtimes leave between SIGTERM and SIGKILL). At the limit: the process ends; undelivered records are counted, and a message
   * on stderr gives their number.
   */
  readonly exitTimeoutMillis?: number;
  /**
   * Whether records are delivered at signals that end the process, such as SIGTERM and SIGINT, and at exit, and whether SIGHUP makes backends open
   * their files again. Default: `true`.
   */
  readonly handleExits?: boolean;
  /**
   * Which process warnings this package emits about itself, each once. `none` and `error` silence them. `health().warnings` has them in any case.
   * Default: `"info"` (OTEL_LOG_LEVEL). Variables: `OTEL_LOG_LEVEL`.
   */
  readonly diagnosticLevel?: DiagnosticLevel;
  /** Where records and metrics go. */
  readonly backends?: BackendsConfig<Own>;
}
