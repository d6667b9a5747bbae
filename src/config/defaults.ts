/**
 * Every default, with its unit, where the number comes from, and what happens at the limit. `docs/configuration.md` is held equal to this table
 * by a test.
 */
import { CREDENTIAL_NAMES } from './credential-names.ts';
import { frozen } from './frozen.ts';
import type { SettingPath, SettingValues } from './kinds/setting-values.ts';

export interface Default<T> {
  /** Holds when nothing else says anything. Absent: `derived` says what happens then. */
  readonly value?: T;
  /** In place of `value` in the environment `production`. */
  readonly inProduction?: T;
  /** How the value comes about when it is not a constant. */
  readonly derived?: string;
  readonly unit?: string;
  readonly origin?: string;
  /** What becomes of the data when the limit is reached. */
  readonly atLimit?: string;
}

const KIB = 1024;
const MIB = 1024 * KIB;

/** Bytes that `ringBufferSize` reckons for a record: a call with four to six fields and an interpolated text. */
export const RECORD_BYTES = 256;

/** A smaller ring could be filled by a single large record. */
export const MIN_RING_BYTES = 64 * KIB;

/** Where an enabled OTLP backend without an endpoint sends to (OTLP exporter specification). */
export const DEFAULT_OTLP_ENDPOINT = 'http://localhost:4318';

const PRESENT = 'true when its section is given';
const OTLP_SPECIFICATION = 'OTLP exporter specification';

export const SETTING_DEFAULTS: { readonly [Path in SettingPath]: Default<SettingValues[Path]> } = frozen({
  preset: { derived: 'none' },
  environment: { derived: 'NODE_ENV if it is one of the three, else development' },
  resource: { derived: 'service.*, deployment.environment.name, telemetry.sdk.*' },
  'service.name': { value: 'unknown_service:node', origin: 'resource specification, service.name' },
  'service.version': { derived: 'none' },
  'service.namespace': { derived: 'none' },
  'service.instanceId': { derived: 'a random UUID', origin: 'semantic conventions, service.instance.id' },

  ringBufferSize: {
    value: 10_000,
    unit: `records of ${RECORD_BYTES} bytes, per thread and lane`,
    origin: 'absorbs a worker stalled for 100 ms at 100,000 records/s; 2.5 MB',
    atLimit: 'records are dropped, lower levels first, and counted (ring_full); audit events are written by the caller itself',
  },
  batchSize: {
    value: 500,
    unit: 'records',
    origin: 'one wake-up per 5 ms at 100,000 records/s',
    atLimit: 'the worker is woken before its interval is over',
  },
  flushIntervalMillis: {
    value: 10,
    unit: 'ms',
    origin: 'a hundredth of the 1,000 ms of OTEL_BLRP_SCHEDULE_DELAY: encoding here costs the caller nothing',
    atLimit: 'the worker looks into the rings',
  },
  'overflow.debug': {
    value: 0.5,
    unit: 'share of a ring',
    origin: 'a flood of debug records leaves half a ring to the rest',
    atLimit: 'debug records are dropped and counted (ring_full)',
  },
  'overflow.info': {
    value: 0.75,
    unit: 'share of a ring',
    origin: 'leaves a quarter to warnings and errors',
    atLimit: 'info records are dropped and counted (ring_full)',
  },
  'overflow.warning': {
    value: 0.9,
    unit: 'share of a ring',
    origin: 'leaves a tenth to errors',
    atLimit: 'warnings are dropped and counted (ring_full)',
  },
  'overflow.error': {
    value: 1,
    unit: 'share of a ring',
    origin: 'errors may use all of it',
    atLimit: 'errors are dropped and counted (ring_full)',
  },
  level: { value: 'debug', inProduction: 'info', origin: 'what is not written costs 3 ns' },
  levels: { value: {} },
  redact: { value: CREDENTIAL_NAMES, origin: 'names of credentials in exchange interfaces, HTTP and OAuth' },
  routes: { value: [] },
  routesMode: { value: 'extend' },
  metrics: { value: [] },
  attributeCountLimit: {
    value: 128,
    unit: 'attributes',
    origin: 'OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT',
    atLimit:
      'further attributes are left out, the last fields first; how many is on the record (OTLP `dropped_attributes_count`)',
  },
  cardinalityLimit: {
    value: 2_000,
    unit: 'series per instrument',
    origin: 'metrics SDK specification, cardinality limits',
    atLimit: 'further tag sets are added up in the series otel.metric.overflow=true; sums stay exact',
  },
  exitTimeoutMillis: {
    value: 5_000,
    unit: 'ms',
    origin: 'half of the 10 s that container runtimes leave between SIGTERM and SIGKILL',
    atLimit: 'the process ends; what was left is counted and said on stderr',
  },
  handleExits: { value: true },
  diagnosticLevel: { value: 'info', origin: 'OTEL_LOG_LEVEL' },

  'backends.console.enabled': { derived: `${PRESENT}; without any section: in development` },
  'backends.console.level': { value: 'debug' },
  'backends.console.colored': { derived: 'FORCE_COLOR, NO_COLOR, TERM=dumb, else whether the stream is a terminal' },
  'backends.console.structured': { derived: 'true when the stream is not a terminal' },
  'backends.console.stream': { value: 'stdout' },
  'backends.console.bufferBytes': {
    value: 4 * MIB,
    unit: 'bytes',
    origin: 'about 20,000 lines while a terminal scrolls or a pipe is read slowly',
    atLimit: 'records are dropped for the console only, and counted (queue_full)',
  },

  'backends.file.enabled': { derived: `${PRESENT}; without any section: in production` },
  'backends.file.level': { value: 'debug', inProduction: 'warning', origin: 'production files hold what someone must look at' },
  'backends.file.path': { derived: 'logs/app.jsonl, or logs/app.log for the format text' },
  'backends.file.format': { value: 'json' },
  'backends.file.rotation': { value: 'none', inProduction: 'daily' },
  'backends.file.rotationClock': { value: 'utc', origin: 'local midnight comes twice, or late, when clocks change' },
  'backends.file.keep': {
    value: 0,
    unit: 'files',
    origin: 'nothing is deleted unless asked',
    atLimit: 'the oldest rotated files are deleted',
  },
  'backends.file.bufferBytes': {
    value: 16 * MIB,
    unit: 'bytes',
    origin: 'about 80,000 JSON lines: a disk that stalls for 0.8 s at 100,000 records/s',
    atLimit: 'records are dropped for the file only, and counted (queue_full)',
  },

  'backends.audit.enabled': { derived: `${PRESENT}; without any section: in production` },
  'backends.audit.level': { value: 'debug' },
  'backends.audit.path': { value: 'logs/audit.jsonl' },
  'backends.audit.format': { value: 'json' },
  'backends.audit.rotation': { value: 'daily' },
  'backends.audit.rotationClock': { value: 'utc', origin: 'trading days are reported in UTC' },
  'backends.audit.bufferBytes': {
    value: 4 * MIB,
    unit: 'bytes',
    origin: 'about 16,000 events waiting for the disk',
    atLimit: 'events stay in their ring; when that is full, callers write them through themselves',
  },

  'backends.prometheus.enabled': { derived: PRESENT },
  'backends.prometheus.host': {
    value: '127.0.0.1',
    origin: 'metrics are nobody’s business but this machine’s until you say otherwise',
  },
  'backends.prometheus.port': { value: 9464, unit: 'TCP port', origin: 'OTEL_EXPORTER_PROMETHEUS_PORT' },
  'backends.prometheus.endpoint': { value: '/metrics', origin: 'Prometheus' },
  'backends.prometheus.pushGatewayUrl': { derived: 'none: nothing is pushed' },
  'backends.prometheus.pushIntervalMillis': { value: 15_000, unit: 'ms', origin: 'a usual scrape interval of Prometheus' },
  'backends.prometheus.jobName': { derived: 'service.name' },
  'backends.prometheus.deleteOnShutdown': {
    value: false,
    origin: 'the last values of a batch job are what its group is kept for',
  },

  'backends.histogram.enabled': { derived: PRESENT },
  'backends.histogram.percentiles': {
    value: [50, 95, 99, 99.9],
    unit: 'of 100',
    origin: 'the median, and the tail to one in a thousand',
  },
  'backends.histogram.intervalMillis': { value: 60_000, unit: 'ms', origin: 'a printout for each window' },
  'backends.histogram.windowMillis': {
    value: 60_000,
    unit: 'ms',
    origin: 'long enough for the 99.9th of twenty calls a second, short enough to see a change',
    atLimit: 'older values count only in the figures since start',
  },
  'backends.histogram.format': { value: 'table' },
  'backends.histogram.gauges': { value: false },

  'backends.otlp.enabled': { derived: 'true when there is an endpoint' },
  'backends.otlp.endpoint': { derived: `none; ${DEFAULT_OTLP_ENDPOINT} when enabled without one`, origin: OTLP_SPECIFICATION },
  'backends.otlp.logsEndpoint': { derived: 'endpoint + /v1/logs', origin: OTLP_SPECIFICATION },
  'backends.otlp.metricsEndpoint': { derived: 'endpoint + /v1/metrics', origin: OTLP_SPECIFICATION },
  'backends.otlp.auditEndpoint': { derived: 'that of logs' },
  'backends.otlp.protocol': { value: 'http/protobuf', origin: OTLP_SPECIFICATION },
  'backends.otlp.headers': { value: {} },
  'backends.otlp.auditHeaders': { derived: 'headers and x-hft-lane: audit' },
  'backends.otlp.compression': { value: 'none', origin: OTLP_SPECIFICATION },
  'backends.otlp.timeoutMillis': {
    value: 10_000,
    unit: 'ms',
    origin: OTLP_SPECIFICATION,
    atLimit: 'the request is given up and sent again later',
  },
  'backends.otlp.level': { value: 'debug' },
  'backends.otlp.certificate': { derived: 'the certificates that Node trusts' },
  'backends.otlp.clientCertificate': { derived: 'none' },
  'backends.otlp.clientKey': { derived: 'none' },
  'backends.otlp.queueBytes': {
    value: 16 * MIB,
    unit: 'bytes, for each lane',
    origin: 'about 100,000 records: a collector that is away for 1 s at 100,000 records/s, or for 10 s at 10,000',
    atLimit: 'records are dropped for OTLP only, and counted (queue_full)',
  },
  'backends.otlp.maxRequestBytes': {
    value: MIB,
    unit: 'bytes before compression',
    origin: 'a quarter of the 4 MiB that OTLP receivers commonly take',
    atLimit: 'a further request is made; a record larger than it is dropped and counted (too_large)',
  },
  'backends.otlp.concurrency': {
    value: 4,
    unit: 'requests',
    origin: 'covers a round trip of 4 ms at 1,000 requests/s',
    atLimit: 'requests wait in the queue',
  },
  'backends.otlp.metricsIntervalMillis': { value: 60_000, unit: 'ms', origin: 'OTEL_METRIC_EXPORT_INTERVAL' },
  'backends.otlp.temporality': { value: 'cumulative', origin: OTLP_SPECIFICATION },

  'backends.bridge.enabled': { derived: PRESENT },
  'backends.bridge.level': { value: 'debug' },
  'backends.bridge.target': { derived: 'none; required' },

  'backends.memory.enabled': { derived: `${PRESENT}; without any section: in the environment test` },
  'backends.memory.level': { value: 'debug' },
  'backends.memory.capacity': {
    value: 10_000,
    unit: 'records',
    origin: 'some seconds of a busy service, some tens of MB',
    atLimit: 'the oldest records go first',
  },
});

/** Of `backends.file.path`. */
export function defaultFilePath(format: 'json' | 'text'): string {
  return format === 'text' ? 'logs/app.log' : 'logs/app.jsonl';
}

/** Bytes of a ring for `ringBufferSize` records: whole units of eight. */
export function ringBytesFor(ringBufferSize: number): number {
  return Math.max(MIN_RING_BYTES, Math.ceil((ringBufferSize * RECORD_BYTES) / 8) * 8);
}

/** What a thread logs with until a configuration reaches it. */
export const DEFAULTS = Object.freeze({
  ringBytes: ringBytesFor(SETTING_DEFAULTS.ringBufferSize.value!),
  batchSize: SETTING_DEFAULTS.batchSize.value!,
  /** By level rank. */
  overflowShares: Object.freeze([
    SETTING_DEFAULTS['overflow.debug'].value!,
    SETTING_DEFAULTS['overflow.info'].value!,
    SETTING_DEFAULTS['overflow.warning'].value!,
    SETTING_DEFAULTS['overflow.error'].value!,
  ]) as readonly number[],
  redact: CREDENTIAL_NAMES,
  attributeCountLimit: SETTING_DEFAULTS.attributeCountLimit.value!,
  cardinalityLimit: SETTING_DEFAULTS.cardinalityLimit.value!,
  exitTimeoutMillis: SETTING_DEFAULTS.exitTimeoutMillis.value!,
});
