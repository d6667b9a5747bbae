/**
 * The table of settings: what each means, what it may be, which environment variable gives it. Defaults stand in defaults.ts, under the same paths. The
 * check of a configuration, the reading of the environment and the tables of `docs/configuration.md` all come from here.
 */
import { listOf } from './kinds/composite-kinds.ts';
import { above, boolean, bytes, integer, type Kind, oneOf, text } from './kinds/kinds.ts';
import { httpPath, httpUrl, inputFile, listenHost, outputFile } from './kinds/place-kinds.ts';
import { BUILT_IN_BACKENDS, type SettingPath, type SettingValues } from './kinds/setting-values.ts';
import * as values from './kinds/value-kinds.ts';

export interface Setting<T> {
  readonly kind: Kind<T>;
  readonly meaning: string;
}

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
const HOUR_MILLIS = 3_600_000;

const setting = <T>(kind: Kind<T>, meaning: string): Setting<T> => ({ kind, meaning });
const enabled = setting(boolean, 'Whether this backend runs.');
const level = setting(
  values.level,
  'Least level of the records it gets. Audit events pass to `audit` and `otlp` whatever it says.',
);
/** Two slots of 64 KiB at least; 1 GiB is more than a process of this kind should keep waiting. */
const bufferBytes = (what: string) => setting(bytes(128 * KIB, GIB), `Bytes that may wait for the ${what}.`);
const share = (name: string) =>
  setting(
    above(0, 1),
    `Share of a ring that may be filled while ${name} records are still taken. Must not decrease from debug to error.`,
  );
const rotationClock = setting(oneOf(['utc', 'local'] as const), 'Clock that `daily` and `hourly` follow.');
const certificate = (what: string) => setting(inputFile, `PEM file with ${what}.`);

export const SETTINGS: { readonly [Path in SettingPath]: Setting<SettingValues[Path]> } = {
  preset: setting(
    oneOf(['development', 'production'] as const),
    'Values to start from; environment variables and everything else given win over them.',
  ),
  environment: setting(
    oneOf(values.ENVIRONMENTS),
    'Chooses defaults, and is there for routes to match on. Attribute `deployment.environment.name`.',
  ),
  resource: setting(values.attributes, 'Further resource attributes. Each wins over the same one of OTEL_RESOURCE_ATTRIBUTES.'),
  'service.name': setting(text(255), 'Resource attribute `service.name`.'),
  'service.version': setting(text(255), 'Resource attribute `service.version`.'),
  'service.namespace': setting(text(255), 'Resource attribute `service.namespace`.'),
  'service.instanceId': setting(text(255), 'Resource attribute `service.instance.id`: different in each process.'),

  ringBufferSize: setting(
    integer(1, 4_194_304, 'records'),
    'Records that a ring holds, reckoned at 256 bytes; at least 64 KiB are allocated.',
  ),
  batchSize: setting(integer(1, 1_000_000, 'records'), 'Records after which the worker is woken. At most `ringBufferSize`.'),
  flushIntervalMillis: setting(integer(1, 60_000, 'ms'), 'Time after which the worker looks into the rings by itself.'),
  'overflow.debug': share('debug'),
  'overflow.info': share('info'),
  'overflow.warning': share('warning'),
  'overflow.error': share('error'),
  level: setting(values.level, 'Least level of loggers that `levels` does not name.'),
  levels: setting(
    values.levels,
    'Logger name or pattern → least level. A name given exactly wins, then the pattern with the most characters.',
  ),
  redact: setting(
    listOf(text(255), 1_000),
    'Names and paths of fields whose values are replaced before they reach a ring. `...` stands for the default list; without it the list replaces the default one; `[]` turns redaction off.',
  ),
  routes: setting(listOf(values.routeRule, 1_000), 'Rules for where records go, asked before the default ones.'),
  routesMode: setting(oneOf(['extend', 'replace'] as const), 'Whether the default routes hold after `routes`.'),
  metrics: setting(
    listOf(values.metricRule, 1_000),
    'Rules for instruments by name: aggregation, buckets, tags that are kept. The first that matches holds.',
  ),
  attributeCountLimit: setting(
    integer(1, 128, 'attributes'),
    'Attributes that a log record keeps: those of its context, then its fields. Audit events keep all of theirs.',
  ),
  cardinalityLimit: setting(integer(1, 1_000_000, 'series'), 'Tag sets of one instrument that are told apart.'),
  exitTimeoutMillis: setting(integer(0, 600_000, 'ms'), 'Time that an exit, `flush` and `shutdown` wait for the worker.'),
  handleExits: setting(boolean, 'Drain on SIGTERM, SIGINT and exit; open files anew on SIGHUP.'),
  diagnosticLevel: setting(
    oneOf(['none', 'error', 'warn', 'info', 'debug', 'verbose', 'all'] as const),
    'What this package says of its own troubles, as process warnings, once each: `none` and `error` silence them; `health().warnings` has them in any case.',
  ),

  'backends.console.enabled': enabled,
  'backends.console.level': level,
  'backends.console.colored': setting(boolean, 'Colours in text.'),
  'backends.console.structured': setting(boolean, 'JSON lines in place of text.'),
  'backends.console.stream': setting(oneOf(['stdout', 'stderr'] as const), 'Where it writes.'),
  'backends.console.bufferBytes': bufferBytes('terminal or the pipe'),

  'backends.file.enabled': enabled,
  'backends.file.level': level,
  'backends.file.path': setting(
    outputFile,
    'File; missing directories are made. Relative to the working directory at configuration time.',
  ),
  'backends.file.format': setting(oneOf(['json', 'text'] as const), 'Lines of JSON, or lines to read.'),
  'backends.file.rotation': setting(values.rotation, 'When a new file is begun.'),
  'backends.file.rotationClock': rotationClock,
  'backends.file.keep': setting(integer(0, 100_000, 'files'), 'Rotated files that are kept; 0 keeps all.'),
  'backends.file.bufferBytes': bufferBytes('disk'),

  'backends.audit.enabled': enabled,
  'backends.audit.level': setting(values.level, 'Least level of log records that routes send here. Audit events always pass.'),
  'backends.audit.path': setting(
    outputFile,
    'File, without the date that rotation puts into its name. Must differ from that of `file`.',
  ),
  'backends.audit.format': setting(oneOf(['json'] as const), 'Lines of JSON.'),
  'backends.audit.rotation': setting(
    oneOf(['none', 'daily', 'hourly'] as const),
    'When a new file is begun. Audit files are never deleted.',
  ),
  'backends.audit.rotationClock': rotationClock,
  'backends.audit.bufferBytes': bufferBytes('disk'),

  'backends.prometheus.enabled': enabled,
  'backends.prometheus.host': setting(listenHost, 'Address that the endpoint listens on.'),
  'backends.prometheus.port': setting(integer(0, 65_535), 'Port that the endpoint listens on; 0 takes any free one, for tests.'),
  'backends.prometheus.endpoint': setting(httpPath, 'Path of the endpoint.'),
  'backends.prometheus.pushGatewayUrl': setting(
    httpUrl({ userinfo: true, query: false }),
    'Pushgateway to push to as well; `user:password@` is sent as basic authorization.',
  ),
  'backends.prometheus.pushIntervalMillis': setting(integer(100, 24 * HOUR_MILLIS, 'ms'), 'Time between pushes.'),
  'backends.prometheus.jobName': setting(text(255), 'Grouping key `job` of pushes.'),
  'backends.prometheus.deleteOnShutdown': setting(boolean, 'Whether a shutdown deletes the pushed group.'),

  'backends.histogram.enabled': enabled,
  'backends.histogram.percentiles': setting(listOf(above(0, 100), 32, 1), 'Percentiles of each timer and histogram.'),
  'backends.histogram.intervalMillis': setting(integer(100, 24 * HOUR_MILLIS, 'ms'), 'Time between printouts.'),
  'backends.histogram.windowMillis': setting(integer(1_000, 24 * HOUR_MILLIS, 'ms'), 'Length of the sliding window.'),
  'backends.histogram.format': setting(oneOf(['table', 'json'] as const), 'A table, or one line of JSON.'),
  'backends.histogram.gauges': setting(boolean, 'Percentiles as gauges for Prometheus, too.'),

  'backends.otlp.enabled': enabled,
  'backends.otlp.endpoint': setting(
    httpUrl({ userinfo: false, query: false }),
    'Base address; `/v1/logs` and `/v1/metrics` are appended.',
  ),
  'backends.otlp.logsEndpoint': setting(httpUrl({ userinfo: false, query: true }), 'Address for logs, used as it is.'),
  'backends.otlp.metricsEndpoint': setting(httpUrl({ userinfo: false, query: true }), 'Address for metrics, used as it is.'),
  'backends.otlp.auditEndpoint': setting(httpUrl({ userinfo: false, query: true }), 'Address for audit events, used as it is.'),
  'backends.otlp.protocol': setting(oneOf(['http/protobuf', 'http/json'] as const), 'Encoding.'),
  'backends.otlp.headers': setting(
    values.headers,
    'Headers of each request. Each wins over the same one of the environment. Values are never shown.',
  ),
  'backends.otlp.auditHeaders': setting(values.headers, 'Further headers of requests with audit events.'),
  'backends.otlp.compression': setting(oneOf(['none', 'gzip'] as const), 'Compression of requests.'),
  'backends.otlp.timeoutMillis': setting(integer(1, HOUR_MILLIS, 'ms'), 'Time for one request, answer included.'),
  'backends.otlp.level': level,
  'backends.otlp.certificate': certificate('the certificates to trust'),
  'backends.otlp.clientCertificate': certificate('our own certificate; needs `clientKey`'),
  'backends.otlp.clientKey': certificate('the key of `clientCertificate`'),
  'backends.otlp.queueBytes': bufferBytes('collector'),
  'backends.otlp.maxRequestBytes': setting(bytes(128 * KIB, 32 * MIB), 'Bytes of one request.'),
  'backends.otlp.concurrency': setting(integer(1, 64, 'requests'), 'Requests under way at once.'),
  'backends.otlp.metricsIntervalMillis': setting(integer(100, 24 * HOUR_MILLIS, 'ms'), 'Time between exports of metrics.'),
  'backends.otlp.temporality': setting(
    oneOf(['cumulative', 'delta'] as const),
    'Whether sums and histograms count from the start or from the last export.',
  ),

  'backends.bridge.enabled': enabled,
  'backends.bridge.level': level,
  'backends.bridge.target': setting(
    values.bridgeTarget,
    'A function for each record, or a logger with the methods `debug`, `info`, `warn` or `warning`, `error` (pino, winston, console). Runs on the main thread.',
  ),

  'backends.memory.enabled': enabled,
  'backends.memory.level': level,
  'backends.memory.capacity': setting(integer(1, 10_000_000, 'records'), 'Records that are kept.'),
};

export const SETTING_PATHS = Object.keys(SETTINGS) as readonly SettingPath[];

/** Sections of the configuration, and the settings in each. */
export const SECTIONS: readonly string[] = [
  '',
  'service',
  'overflow',
  'backends',
  ...BUILT_IN_BACKENDS.map((name) => `backends.${name}`),
];

/** Names that may stand in a section. */
export function namesIn(section: string): readonly string[] {
  const prefix = section === '' ? '' : `${section}.`;
  const names = [...SETTING_PATHS, ...SECTIONS]
    .filter((path) => path !== '' && path.startsWith(prefix))
    .map((path) => path.slice(prefix.length))
    .filter((name) => name !== '' && !name.includes('.'));
  return [...new Set(names)];
}
