/**
 * Settings of OTLP, for logs, audit events and metrics: endpoints by signal, and a transport for each.
 */
import { absolutePath } from '../../common/absolute-path.ts';
import { isCredentialHeader } from '../../common/http/credential-header.ts';
import { isLoopback } from '../../common/http/loopback.ts';
import { listOf } from '../../settings/kinds/composite-kinds.ts';
import { boolean, bytes, integer, oneOf } from '../../settings/kinds/kinds.ts';
import { httpUrl, inputFile, outputDirectory, outputFile } from '../../settings/kinds/place-kinds.ts';
import { headers } from '../../settings/kinds/value-kinds.ts';
import { type Given, type ResolveContext, type Source, section } from '../../settings/section.ts';
import { type Signal, setting } from '../../settings/setting.ts';
import { bufferBytes, enabled, failover, GIB, HOUR_MILLIS, KIB, level, MIB, MINUTE_MILLIS } from '../common-rows.ts';

/** Endpoint of an enabled OTLP backend without one (OTLP exporter specification). */
const DEFAULT_OTLP_ENDPOINT = 'http://localhost:4318';

const SPECIFICATION = 'OTLP exporter specification';

/** The variables of one setting: for all signals, for logs, for metrics. */
const byAnySignal = (suffix: string) => [
  `OTEL_EXPORTER_OTLP_${suffix}`,
  { name: `OTEL_EXPORTER_OTLP_LOGS_${suffix}`, signal: 'logs' as const },
  { name: `OTEL_EXPORTER_OTLP_METRICS_${suffix}`, signal: 'metrics' as const },
];

const rows = {
  enabled: { ...enabled(), derived: 'true when there is an endpoint' },
  endpoint: setting(httpUrl({ userinfo: false, query: false }), 'Base address; `/v1/logs` and `/v1/metrics` are appended.', {
    derived: `none; ${DEFAULT_OTLP_ENDPOINT} when enabled without one`,
    origin: SPECIFICATION,
    variables: ['OTEL_EXPORTER_OTLP_ENDPOINT'],
  }),
  endpoints: setting(
    listOf(httpUrl({ userinfo: false, query: false }), 8, 1),
    'Base addresses for logs and audit events, in order of preference. Records go to the first one that takes them, and return to a better one after three successful probes. Metrics go to `endpoint`, or else to the first of these.',
    { derived: 'endpoint only' },
  ),
  logsEndpoint: setting(httpUrl({ userinfo: false, query: true }), 'Address for logs, used without change.', {
    derived: 'endpoint + /v1/logs',
    origin: SPECIFICATION,
    variables: [{ name: 'OTEL_EXPORTER_OTLP_LOGS_ENDPOINT', signal: 'logs' }],
  }),
  metricsEndpoint: setting(httpUrl({ userinfo: false, query: true }), 'Address for metrics, used without change.', {
    derived: 'endpoint + /v1/metrics',
    origin: SPECIFICATION,
    variables: [{ name: 'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT', signal: 'metrics' }],
  }),
  auditEndpoint: setting(httpUrl({ userinfo: false, query: true }), 'Address for audit events, used without change.', {
    derived: 'that of logs',
  }),
  protocol: setting(oneOf(['http/protobuf', 'http/json'] as const), 'Encoding.', {
    value: 'http/protobuf',
    origin: SPECIFICATION,
    variables: byAnySignal('PROTOCOL'),
  }),
  headers: setting(
    headers,
    'Headers of each request. They override headers of the same name in the environment. Values are never shown.',
    {
      value: {},
      variables: byAnySignal('HEADERS'),
    },
  ),
  auditHeaders: setting(headers, 'Further headers of requests with audit events.', { derived: 'headers and x-hft-lane: audit' }),
  compression: setting(oneOf(['none', 'gzip'] as const), 'Compression of requests.', {
    value: 'none',
    origin: SPECIFICATION,
    variables: byAnySignal('COMPRESSION'),
  }),
  timeoutMillis: setting(
    integer(1, HOUR_MILLIS, 'ms'),
    'Longest time for one request and its answer. With several `endpoints` at most 5 s.',
    {
      value: 10_000,
      unit: 'ms',
      origin: SPECIFICATION,
      atLimit: 'the request is cancelled and sent again later',
      variables: byAnySignal('TIMEOUT'),
    },
  ),
  level,
  failover,
  certificate: setting(inputFile, 'PEM file with the certificates to trust.', {
    derived: 'the certificates that Node trusts',
    variables: byAnySignal('CERTIFICATE'),
  }),
  clientCertificate: setting(inputFile, 'PEM file with the certificate of the client; needs `clientKey`.', {
    derived: 'none',
    variables: byAnySignal('CLIENT_CERTIFICATE'),
  }),
  clientKey: setting(inputFile, 'PEM file with the key of `clientCertificate`.', {
    derived: 'none',
    variables: byAnySignal('CLIENT_KEY'),
  }),
  queueBytes: bufferBytes('collector', {
    value: 16 * MIB,
    unit: 'bytes, for each lane',
    origin: 'about 100,000 records: a collector that is away for 1 s at 100,000 records/s, or for 10 s at 10,000',
    atLimit: 'records are dropped for OTLP only, and counted (queue_full)',
  }),
  maxRequestBytes: setting(bytes(128 * KIB, 32 * MIB), 'Largest size of a request.', {
    value: MIB,
    unit: 'bytes before compression',
    origin: 'a quarter of the 4 MiB that OTLP receivers commonly take',
    atLimit:
      'another request is made; a record that is larger is dropped and counted (too_large). If `queueBytes` has room for fewer than `concurrency` + 3 requests, requests are smaller, at least 131072 bytes',
  }),
  concurrency: setting(integer(1, 64, 'requests'), 'Number of requests that may be under way at once.', {
    value: 4,
    unit: 'requests',
    origin: 'covers a round trip of 4 ms at 1,000 requests/s',
    atLimit: 'requests wait in the queue',
  }),
  requestIntervalMillis: setting(
    integer(0, MINUTE_MILLIS, 'ms'),
    'Least time between the starts of two requests of a lane. Records gather meanwhile. The first ones after a quiet time go at once, and so do a full request and a flush.',
    {
      value: 100,
      unit: 'ms',
      origin:
        'the collectors behind it gather for as long (`flush_timeout`); at 0 there may be a request each `flushIntervalMillis`, of a few records each',
    },
  ),
  deadLetters: setting(
    outputFile,
    'File for requests that the server rejects as invalid (400, 422, or 413 for a single record), with a line of JSON for each. Only with `http/protobuf`.',
    {
      derived: 'logs/otlp-dead-letters.jsonl',
    },
  ),
  'spool.enabled': setting(
    boolean,
    'Whether logs and audit events wait on disk, in the spool, while the destination is away. Only with `http/protobuf`.',
    { derived: 'true in production, or when another setting of the spool is given' },
  ),
  'spool.directory': setting(
    outputDirectory,
    'Folder of the spool, relative to the working directory at configuration time. Each process has a folder of its own in it. The folder is made when records have to wait for the first time.',
    { derived: 'logs/otlp-spool', variables: ['HFT_SPOOL_DIRECTORY'] },
  ),
  'spool.maxBytes': setting(bytes(MIB, 1024 * GIB), 'Largest size of the log records in the spool of a process.', {
    value: GIB,
    unit: 'bytes',
    origin: 'an outage of a quarter of an hour at 10,000 records/s of 120 bytes',
    atLimit: 'the oldest log records are dropped and counted (spool_full)',
  }),
  'spool.auditMaxBytes': setting(
    bytes(MIB, 1024 * GIB),
    'Size of the audit events in the spool of a process above which there is a warning.',
    {
      value: GIB,
      unit: 'bytes',
      origin: 'an outage of two hours at 1,000 events/s of 150 bytes',
      atLimit:
        'there is a warning; audit events are kept as long as the disk takes them. On a full disk log records are dropped to make room for them',
    },
  ),
  metricsIntervalMillis: setting(integer(100, 24 * HOUR_MILLIS, 'ms'), 'Time between exports of metrics.', {
    value: 60_000,
    unit: 'ms',
    origin: 'OTEL_METRIC_EXPORT_INTERVAL',
    variables: ['OTEL_METRIC_EXPORT_INTERVAL'],
  }),
  temporality: setting(
    oneOf(['cumulative', 'delta'] as const),
    'Whether counters and histograms count from the start of the process or from the last export.',
    {
      value: 'cumulative',
      origin: SPECIFICATION,
      variables: ['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE'],
    },
  ),
  histograms: setting(
    oneOf(['both', 'exponential', 'explicit'] as const),
    'Form of histograms: exponential, with explicit bounds, or both in two scopes.',
    {
      value: 'both',
      origin:
        'Prometheus makes native histograms of the exponential form, and the series `_bucket`, `_sum`, `_count` of the explicit form',
    },
  ),
};

type OtlpGiven = Given<typeof rows>;

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

export interface OtlpSpool {
  readonly directory: string;
  readonly maxBytes: number;
  readonly auditMaxBytes: number;
}

export type OtlpSettings = ReturnType<typeof otlpSection.resolve>;

export const otlpSection = section({
  name: 'otlp',
  summary: 'Logs, audit events and metrics over OTLP/HTTP.',
  rows,
  groups: { spool: 'Where records wait while the destination is away: docs/outages.md.' },
  /** The transport beside `metrics` is that of logs and audit events. */
  resolve(given, context) {
    const wanted = given.given('enabled');
    const logsEndpoints = wanted === false ? [] : endpointsOf('logs', given, context);
    const [metricsEndpoint] = wanted === false ? [] : endpointsOf('metrics', given, context);
    const auditEndpoint = given.given('auditEndpoint');
    const logs = transportOf('logs', given, context);
    return {
      /** True when there is an endpoint for logs or metrics. */
      enabled: logsEndpoints.length > 0 || metricsEndpoint !== undefined,
      /** In order of preference. Empty: logs and audit events are not sent. */
      logsEndpoints,
      auditEndpoints: logsEndpoints.length > 0 && auditEndpoint !== undefined ? [auditEndpoint] : logsEndpoints,
      ...logs,
      auditHeaders: { ...AUDIT_LANE_HEADER, ...logs.headers, ...given.joined('auditHeaders') },
      /** Undefined: metrics are not sent. */
      metrics:
        metricsEndpoint === undefined ? undefined : { endpoint: metricsEndpoint, ...transportOf('metrics', given, context) },
      level: given.value('level'),
      failover: given.value('failover'),
      queueBytes: given.value('queueBytes'),
      maxRequestBytes: given.value('maxRequestBytes'),
      concurrency: given.value('concurrency'),
      requestIntervalMillis: given.value('requestIntervalMillis'),
      metricsIntervalMillis: given.value('metricsIntervalMillis'),
      temporality: given.value('temporality'),
      histograms: given.value('histograms'),
      /** Undefined: batches wait in memory only. */
      spool: spoolOf(given, context),
      deadLetters: given.given('deadLetters') ?? absolutePath('logs/otlp-dead-letters.jsonl'),
    };
  },
  check(_resolved, given, problems) {
    for (const [present, missing] of [
      ['clientKey', 'clientCertificate'],
      ['clientCertificate', 'clientKey'],
    ] as const) {
      const path = `backends.otlp.${missing}`;
      if (given.givenBy('code', present) !== undefined && given.given(missing, 'logs') === undefined && !problems.has(path)) {
        problems.add(path, 'nothing', `a path of a PEM file, because there is a ${present}`);
      }
    }
  },
  advise(otlp, given) {
    const idle = given.isNamed && !otlp.enabled && given.given('enabled') !== false;
    return [
      ...(idle
        ? [`backends.otlp has no endpoint: nothing is sent. Set endpoint, or enabled: true for ${DEFAULT_OTLP_ENDPOINT}.`]
        : []),
      ...otlp.logsEndpoints.flatMap((url) => clearTextAdvice('logs', url, otlp.headers)),
      ...otlp.auditEndpoints.flatMap((url) => clearTextAdvice('audit events', url, otlp.auditHeaders)),
      ...clearTextAdvice('metrics', otlp.metrics?.endpoint, otlp.metrics?.headers ?? {}),
    ];
  },
});

function spoolOf(given: OtlpGiven, { environment }: ResolveContext): OtlpSpool | undefined {
  const others = ['spool.directory', 'spool.maxBytes', 'spool.auditMaxBytes'] as const;
  const isAsked = environment === 'production' || others.some((name) => given.given(name) !== undefined);
  if (!(given.given('spool.enabled') ?? isAsked) || given.value('protocol', 'logs') !== 'http/protobuf') return undefined;
  return {
    directory: given.given('spool.directory') ?? absolutePath('logs/otlp-spool'),
    maxBytes: given.value('spool.maxBytes'),
    auditMaxBytes: given.value('spool.auditMaxBytes'),
  };
}

/** Lets a collector distinguish the lanes when both come to the same address. */
const AUDIT_LANE_HEADER = { 'x-hft-lane': 'audit' };

/** Of the sources in order, the first that has an endpoint, its signal's own before its base. */
function endpointsOf(signal: Signal, given: OtlpGiven, { exporters }: ResolveContext): readonly string[] {
  const own = signal === 'logs' ? 'logsEndpoint' : 'metricsEndpoint';
  const endpointsBy = (source: Source): readonly string[] => {
    const address = given.givenBy(source, own);
    if (address !== undefined) return [address];
    const base = given.givenBy(source, 'endpoint');
    const bases = given.givenBy(source, 'endpoints') ?? [];
    const isBaseAlone = base !== undefined && (signal === 'metrics' || bases.length === 0);
    return (isBaseAlone ? [base] : bases).map((each) => appended(each, signal));
  };
  const fromCode = endpointsBy('code');
  if (fromCode.length > 0) return fromCode;
  const named = exporters[signal];
  if (named !== undefined && !named.includes('otlp')) return [];
  const address = given.givenBy('variables', own, signal);
  if (address !== undefined) return [address];
  const found = [endpointsBy('variables'), endpointsBy('preset')].find((endpoints) => endpoints.length > 0);
  if (found !== undefined) return found;
  const isAsked = named !== undefined || (given.given('enabled') === true && !hasAnyEndpoint(given));
  return isAsked ? [appended(DEFAULT_OTLP_ENDPOINT, signal)] : [];
}

/** With an endpoint for one signal alone, only that signal is sent. */
function hasAnyEndpoint(given: OtlpGiven): boolean {
  const names = ['endpoint', 'endpoints', 'logsEndpoint', 'metricsEndpoint'] as const;
  return names.some((name) => [undefined, 'logs' as const, 'metrics' as const].some((signal) => given.given(name, signal)));
}

/** OTLP exporter specification: relative to the base address, whose own path is kept. */
function appended(base: string, signal: Signal): string {
  return `${base.replace(/\/+$/, '')}/v1/${signal}`;
}

function transportOf(signal: Signal, given: OtlpGiven, { exportTimeouts }: ResolveContext): OtlpTransport {
  const timeoutMillis = given.value('timeoutMillis', signal);
  const bound = given.givenBy('code', 'timeoutMillis') === undefined ? exportTimeouts[signal] : undefined;
  return {
    protocol: given.value('protocol', signal),
    headers: given.joined('headers', signal),
    compression: given.value('compression', signal),
    timeoutMillis: Math.min(timeoutMillis, bound ?? timeoutMillis),
    certificate: given.given('certificate', signal),
    clientCertificate: given.given('clientCertificate', signal),
    clientKey: given.given('clientKey', signal),
  };
}

function clearTextAdvice(what: string, url: string | undefined, headers: Readonly<Record<string, string>>): readonly string[] {
  if (url === undefined || !isClearText(new URL(url))) return [];
  const [name] = Object.entries(headers).find(([each, value]) => isCredentialHeader(each, value)) ?? [];
  if (name === undefined) return [];
  return [`OTLP ${what}: the header "${name}" travels unencrypted to ${new URL(url).host}. Use https.`];
}

/** Loopback is not a network. */
function isClearText(url: URL): boolean {
  return url.protocol === 'http:' && !isLoopback(url);
}
