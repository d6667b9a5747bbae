/**
 * The settings that belong to no backend, one row each; see settings/setting.ts.
 */

import { CREDENTIAL_NAMES } from '../common/credential-names.ts';
import { listOf } from '../settings/kinds/composite-kinds.ts';
import { above, boolean, integer, named, oneOf, secret, text } from '../settings/kinds/kinds.ts';
import { listenHost } from '../settings/kinds/place-kinds.ts';
import * as values from '../settings/kinds/value-kinds.ts';
import { type ConstantSetting, setting } from '../settings/setting.ts';
import type { DiagnosticLevel, ExemplarFilter } from '../settings/vocabulary.ts';

/** Bytes that `ringBufferSize` counts for a record: a call with four to six fields and an interpolated text. */
export const RECORD_BYTES = 256;

const share = (
  name: string,
  more: { readonly value: number; readonly origin: string; readonly dropped?: string },
): ConstantSetting<number> =>
  setting(
    above(0, 1),
    `Share of a ring up to which ${name} records are accepted. The shares must not decrease from trace to fatal.`,
    {
      value: more.value,
      unit: 'share of a ring',
      origin: more.origin,
      atLimit: `${more.dropped ?? `${name} records`} are dropped and counted (ring_full)`,
    },
  );

const exemplarFilter = named<ExemplarFilter>('ExemplarFilter', oneOf(['trace_based', 'always_on', 'always_off'] as const));

const diagnosticLevel = named<DiagnosticLevel>(
  'DiagnosticLevel',
  oneOf(['none', 'error', 'warn', 'info', 'debug', 'verbose', 'all'] as const),
);

export const GENERAL = {
  preset: setting(
    oneOf(['development', 'production'] as const),
    'Set of values to start from. Environment variables and all other settings override it.',
    { derived: 'none' },
  ),
  environment: setting(
    values.environment,
    'Selects defaults; routes can match on it. It is the resource attribute `deployment.environment.name`.',
    {
      derived: 'NODE_ENV if it is one of the three, otherwise development',
      variables: ['HFT_ENVIRONMENT'],
    },
  ),
  resource: setting(
    values.attributes,
    'Further resource attributes. They override those of the same name in OTEL_RESOURCE_ATTRIBUTES.',
    {
      derived: 'service.*, deployment.environment.name, telemetry.sdk.*',
      variables: ['OTEL_RESOURCE_ATTRIBUTES'],
    },
  ),
  'service.name': setting(text(255), 'Resource attribute `service.name`.', {
    value: 'unknown_service:node',
    origin: 'resource specification, service.name',
    variables: ['OTEL_SERVICE_NAME'],
  }),
  'service.version': setting(text(255), 'Resource attribute `service.version`.', { derived: 'none' }),
  'service.namespace': setting(text(255), 'Resource attribute `service.namespace`.', { derived: 'none' }),
  'service.instanceId': setting(text(255), 'Resource attribute `service.instance.id`. It must differ between processes.', {
    derived: 'a random UUID',
    origin: 'semantic conventions, service.instance.id',
  }),

  ringBufferSize: setting(
    integer(1, 4_194_304, 'records'),
    'Size of each ring in records, counted as 256 bytes each. At least 64 KiB are allocated.',
    {
      value: 10_000,
      unit: `records of ${RECORD_BYTES} bytes, per thread and lane`,
      origin: 'absorbs a worker stalled for 100 ms at 100,000 records/s; 2.5 MB',
      atLimit: 'records are dropped, lower levels first, and counted (ring_full); audit events are written by the caller itself',
      variables: ['OTEL_BLRP_MAX_QUEUE_SIZE'],
    },
  ),
  batchSize: setting(
    integer(1, 1_000_000, 'records'),
    'Number of new records in a ring that wakes the worker before its interval is over; an eighth of the ring wakes it in any case. At most `ringBufferSize`.',
    {
      value: 500,
      unit: 'records',
      origin: 'one wake-up per 5 ms at 100,000 records/s',
      atLimit: 'the worker is woken before its interval is over',
      variables: ['OTEL_BLRP_MAX_EXPORT_BATCH_SIZE'],
    },
  ),
  flushIntervalMillis: setting(integer(1, 60_000, 'ms'), 'Time between two passes of the worker over the rings.', {
    value: 10,
    unit: 'ms',
    origin: 'a hundredth of the 1,000 ms of OTEL_BLRP_SCHEDULE_DELAY: encoding here costs the caller nothing',
    atLimit: 'the worker reads the rings',
    variables: ['OTEL_BLRP_SCHEDULE_DELAY'],
  }),
  'overflow.trace': share('trace', { value: 0.4, origin: 'trace records are the first to be dropped' }),
  'overflow.debug': share('debug', { value: 0.5, origin: 'a flood of debug records leaves half a ring to the rest' }),
  'overflow.info': share('info', { value: 0.75, origin: 'leaves a quarter to warnings and errors' }),
  'overflow.warning': share('warning', { value: 0.9, origin: 'leaves a tenth to errors', dropped: 'warnings' }),
  'overflow.error': share('error', { value: 1, origin: 'errors may use all of it', dropped: 'errors' }),
  'overflow.fatal': share('fatal', { value: 1, origin: 'as errors' }),
  level: setting(values.level, 'Least level that loggers write, unless `levels` names them.', {
    value: 'trace',
    inProduction: 'info',
    origin: 'a disabled call costs about 2 ns',
    variables: ['HFT_LOG_LEVEL'],
  }),
  levels: setting(
    values.levels,
    'Least levels by logger name or pattern. An exact name wins over patterns; among patterns, the one with the most characters wins.',
    { value: {}, variables: ['HFT_LOG_LEVELS'] },
  ),
  redact: setting(
    listOf(values.redactEntry, 1_000),
    'Names and paths of fields whose values are replaced before they reach a ring. Your list replaces the default list; `...` in it stands for the default list. `[]` turns redaction off. It counts from `configureLogging` on: what was logged before has the default list.',
    { value: CREDENTIAL_NAMES, origin: 'names of credentials in exchange interfaces, HTTP and OAuth' },
  ),
  redactTexts: setting(
    boolean,
    'Whether credentials inside strings are replaced too: the userinfo of URLs, and values of parameters and members whose names `redact` covers. Only strings that contain `=`, `://`, a colon after a quote or before a space, or `-----BEGIN` are searched.',
    { value: true, origin: 'signed URLs and request bodies are logged as strings' },
  ),
  routes: setting(
    listOf(values.routeRule, 1_000),
    'Rules that decide which backends get a record. They are evaluated before the default rules.',
    {
      value: [],
    },
  ),
  routesMode: setting(oneOf(['extend', 'replace'] as const), 'Whether the default routes apply after `routes`.', {
    value: 'extend',
  }),
  metrics: setting(
    listOf(values.metricRule, 1_000),
    'Rules for instruments by name: aggregation, buckets, and which tags are kept. The first rule that matches applies.',
    { value: [] },
  ),
  attributeCountLimit: setting(
    integer(1, 128, 'attributes'),
    'Largest number of attributes of a log record: first those of its context, then its fields. Audit events keep all attributes.',
    {
      value: 128,
      unit: 'attributes',
      origin: 'OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT',
      atLimit: 'the last fields are left out; the record has their number (OTLP `dropped_attributes_count`)',
      variables: ['OTEL_ATTRIBUTE_COUNT_LIMIT', 'OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT'],
    },
  ),
  cardinalityLimit: setting(integer(1, 1_000_000, 'series'), 'Largest number of series (different tag sets) of one instrument.', {
    value: 2_000,
    unit: 'series per instrument',
    origin: 'metrics SDK specification, cardinality limits',
    atLimit: 'further tag sets are added up in the series otel.metric.overflow=true; sums stay exact',
  }),
  sampling: setting(
    listOf(values.samplingRule, 1_000),
    'Rules that limit how many log records of a call site are written. Records that are left out are counted (`health().lanes.logs.sampledOut`), and the next record has their number as `hft.sampled_out`. The first rule that matches applies.',
    { value: [] },
  ),
  exemplars: setting(
    exemplarFilter,
    'Which measurements of histograms and timers may become exemplars: those made inside a sampled span, all, or none. Each bucket keeps its last exemplar, with the ids of its trace and span.',
    { value: 'trace_based', origin: 'OTEL_METRICS_EXEMPLAR_FILTER', variables: ['OTEL_METRICS_EXEMPLAR_FILTER'] },
  ),
  'blackBox.records': setting(
    integer(0, 1_000_000, 'records'),
    'Number of the newest records below the logged level that each thread keeps in memory. They are sent only in three cases: before the next record of level `error` or above of the same thread, after an uncaught error, and by recovery after a crash. They go where errors go, with the attribute `hft.black_box`. Memory: 341 bytes for each, at least 64 KiB. At most half of `ringBufferSize`.',
    {
      value: 0,
      unit: 'records for each thread',
      origin: '0, because with it a call below the level takes as long as one that is written',
      atLimit: 'the oldest are discarded',
      variables: ['HFT_BLACK_BOX_RECORDS'],
    },
  ),
  'persistence.enabled': setting(
    boolean,
    'Whether rings, queues and metrics are in files that outlive the process. After a crash or SIGKILL the next start of the service delivers the records in them. Needs the optional package `koffi`; `health().memory` says whether it works. On in the preset `production`.',
    { value: false, variables: ['HFT_PERSISTENCE'] },
  ),
  'persistence.directory': setting(
    text(4_096, 'a path'),
    'Directory of those files, with a folder for each process. Only its owner may have access to it. In memory (`/dev/shm`) the files outlive the process at no cost. On a disk they also survive a crash of the machine, as far as its kernel has written the pages back.',
    {
      derived:
        '/dev/shm/hft-otel-<user id>; where there is no /dev/shm, hft-otel-<user id>/runs in the directory for temporary files',
      variables: ['HFT_PERSISTENCE_DIRECTORY'],
    },
  ),
  'control.enabled': setting(
    boolean,
    'Whether `hft-otel level`, `top` and `page` can reach this process, over a Unix socket that only its own user can open. The worker answers, even while the application is busy. On in both presets, because it cannot be switched on later, when it is needed, and because a user who can open the socket can read the memory of the process anyway. See docs/command.md.',
    { value: false, variables: ['HFT_CONTROL'] },
  ),
  'control.directory': setting(
    text(80, 'a path'),
    'Directory of that socket, a file `<service name>-<process id>.sock`. Only its owner may have access to it. The path of a socket has at most 107 bytes on Linux, 103 on macOS.',
    {
      derived: 'hft-otel-<user id>/control in the directory for temporary files',
      variables: ['HFT_CONTROL_DIRECTORY'],
    },
  ),
  'page.port': setting(
    integer(0, 65_535),
    'Port of the live page, which shows records, metrics, health and levels in a browser. The worker serves it. 0 takes any free port. See docs/page.md.',
    {
      derived: 'none: there is no page until `hft-otel page` opens one on any free port',
      unit: 'TCP port',
      variables: ['HFT_PAGE_PORT'],
    },
  ),
  'page.host': setting(
    listenHost,
    'Address that the page listens on. It speaks HTTP: if other machines can reach the address, put a TLS proxy in front of it.',
    {
      value: '127.0.0.1',
      origin: 'only this machine can read records, unless you choose otherwise',
      variables: ['HFT_PAGE_HOST'],
    },
  ),
  'page.token': setting(
    secret(16, 255),
    'Token for the page. Anyone who has it can read the records and change levels. `hft-otel page` prints it as part of the address.',
    { derived: 'a random one of 256 bits for each opening', variables: ['HFT_PAGE_TOKEN'] },
  ),
  'page.allowedHosts': setting(
    listOf(text(255), 64),
    'Further names that are accepted in the Host header, beside addresses, names without a dot, private names and the hostname of this machine. The full name of the machine (`host.example.com`) belongs here, unless it is the hostname. `*.` in front stands for all names below.',
    { value: [], origin: 'a web page could reach this machine through a name of its own (DNS rebinding)' },
  ),
  exitTimeoutMillis: setting(
    integer(0, 600_000, 'ms'),
    'Longest time that an exit, `flush` and `shutdown` wait for the worker.',
    {
      value: 5_000,
      unit: 'ms',
      origin: 'half of the 10 s that container runtimes leave between SIGTERM and SIGKILL',
      atLimit: 'the process ends; undelivered records are counted, and a message on stderr gives their number',
    },
  ),
  handleExits: setting(
    boolean,
    'Whether records are delivered at signals that end the process, such as SIGTERM and SIGINT, and at exit, and whether SIGHUP makes backends open their files again.',
    { value: true },
  ),
  diagnosticLevel: setting(
    diagnosticLevel,
    'Which process warnings this package emits about itself, each once. `none` and `error` silence them. `health().warnings` has them in any case.',
    { value: 'info', origin: 'OTEL_LOG_LEVEL', variables: ['OTEL_LOG_LEVEL'] },
  ),
};

export type General = typeof GENERAL;
