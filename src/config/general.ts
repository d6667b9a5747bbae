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
    `Share of a ring that may be filled while ${name} records are still taken. Must not decrease from trace to fatal.`,
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
    'Values to start from; environment variables and all other settings win over them.',
    { derived: 'none' },
  ),
  environment: setting(values.environment, 'Chooses defaults; routes can match on it. Attribute `deployment.environment.name`.', {
    derived: 'NODE_ENV if it is one of the three, else development',
    variables: ['HFT_ENVIRONMENT'],
  }),
  resource: setting(values.attributes, 'Further resource attributes. Each wins over the same one of OTEL_RESOURCE_ATTRIBUTES.', {
    derived: 'service.*, deployment.environment.name, telemetry.sdk.*',
    variables: ['OTEL_RESOURCE_ATTRIBUTES'],
  }),
  'service.name': setting(text(255), 'Resource attribute `service.name`.', {
    value: 'unknown_service:node',
    origin: 'resource specification, service.name',
    variables: ['OTEL_SERVICE_NAME'],
  }),
  'service.version': setting(text(255), 'Resource attribute `service.version`.', { derived: 'none' }),
  'service.namespace': setting(text(255), 'Resource attribute `service.namespace`.', { derived: 'none' }),
  'service.instanceId': setting(text(255), 'Resource attribute `service.instance.id`: different in each process.', {
    derived: 'a random UUID',
    origin: 'semantic conventions, service.instance.id',
  }),

  ringBufferSize: setting(
    integer(1, 4_194_304, 'records'),
    'Records that a ring holds, counted as 256 bytes each; at least 64 KiB are allocated.',
    {
      value: 10_000,
      unit: `records of ${RECORD_BYTES} bytes, per thread and lane`,
      origin: 'absorbs a worker stalled for 100 ms at 100,000 records/s; 2.5 MB',
      atLimit: 'records are dropped, lower levels first, and counted (ring_full); audit events are written by the caller itself',
      variables: ['OTEL_BLRP_MAX_QUEUE_SIZE'],
    },
  ),
  batchSize: setting(integer(1, 1_000_000, 'records'), 'Records after which the worker is woken. At most `ringBufferSize`.', {
    value: 500,
    unit: 'records',
    origin: 'one wake-up per 5 ms at 100,000 records/s',
    atLimit: 'the worker is woken before its interval is over',
    variables: ['OTEL_BLRP_MAX_EXPORT_BATCH_SIZE'],
  }),
  flushIntervalMillis: setting(integer(1, 60_000, 'ms'), 'Time after which the worker looks into the rings by itself.', {
    value: 10,
    unit: 'ms',
    origin: 'a hundredth of the 1,000 ms of OTEL_BLRP_SCHEDULE_DELAY: encoding here costs the caller nothing',
    atLimit: 'the worker looks into the rings',
    variables: ['OTEL_BLRP_SCHEDULE_DELAY'],
  }),
  'overflow.trace': share('trace', { value: 0.4, origin: 'trace records are the first to be dropped' }),
  'overflow.debug': share('debug', { value: 0.5, origin: 'a flood of debug records leaves half a ring to the rest' }),
  'overflow.info': share('info', { value: 0.75, origin: 'leaves a quarter to warnings and errors' }),
  'overflow.warning': share('warning', { value: 0.9, origin: 'leaves a tenth to errors', dropped: 'warnings' }),
  'overflow.error': share('error', { value: 1, origin: 'errors may use all of it', dropped: 'errors' }),
  'overflow.fatal': share('fatal', { value: 1, origin: 'as errors' }),
  level: setting(values.level, 'Least level of loggers that `levels` does not name.', {
    value: 'trace',
    inProduction: 'info',
    origin: 'a disabled call costs 2 to 6 ns',
    variables: ['HFT_LOG_LEVEL'],
  }),
  levels: setting(
    values.levels,
    'Logger name or pattern → least level. A name given exactly wins, then the pattern with the most characters.',
    { value: {}, variables: ['HFT_LOG_LEVELS'] },
  ),
  redact: setting(
    listOf(values.redactEntry, 1_000),
    'Names and paths of fields whose values are replaced before they reach a ring. `...` stands for the default list; without it the list replaces the default one; `[]` turns redaction off.',
    { value: CREDENTIAL_NAMES, origin: 'names of credentials in exchange interfaces, HTTP and OAuth' },
  ),
  redactTexts: setting(
    boolean,
    'Whether credentials inside of texts are replaced as well: the userinfo of URLs, and values of parameters and members whose names `redact` covers. Only texts with `=`, `://`, a colon behind a quote or before a blank, or `-----BEGIN` are looked into.',
    { value: true, origin: 'signed URLs and request bodies are logged as texts' },
  ),
  routes: setting(listOf(values.routeRule, 1_000), 'Rules for where records go, evaluated before the default ones.', {
    value: [],
  }),
  routesMode: setting(oneOf(['extend', 'replace'] as const), 'Whether the default routes apply after `routes`.', {
    value: 'extend',
  }),
  metrics: setting(
    listOf(values.metricRule, 1_000),
    'Rules for instruments by name: aggregation, buckets, tags that are kept. The first match wins.',
    { value: [] },
  ),
  attributeCountLimit: setting(
    integer(1, 128, 'attributes'),
    'Attributes that a log record keeps: those of its context, then its fields. Audit events keep all of theirs.',
    {
      value: 128,
      unit: 'attributes',
      origin: 'OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT',
      atLimit:
        'further attributes are left out, the last fields first; their number is on the record (OTLP `dropped_attributes_count`)',
      variables: ['OTEL_ATTRIBUTE_COUNT_LIMIT', 'OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT'],
    },
  ),
  cardinalityLimit: setting(integer(1, 1_000_000, 'series'), 'Tag sets of one instrument that are kept apart.', {
    value: 2_000,
    unit: 'series per instrument',
    origin: 'metrics SDK specification, cardinality limits',
    atLimit: 'further tag sets are added up in the series otel.metric.overflow=true; sums stay exact',
  }),
  sampling: setting(
    listOf(values.samplingRule, 1_000),
    'Rules for log records that come too often: which of a call site are written. Records that are left out are counted (`health().lanes.logs.sampledOut`), and the next record has their number as `hft.sampled_out`. The first match wins.',
    { value: [] },
  ),
  exemplars: setting(
    exemplarFilter,
    'Which measurements of histograms and timers may be kept as exemplars, the last one of each bucket with the ids of its trace and span: those made inside a sampled span, all, or none.',
    { value: 'trace_based', origin: 'OTEL_METRICS_EXEMPLAR_FILTER', variables: ['OTEL_METRICS_EXEMPLAR_FILTER'] },
  ),
  'blackBox.records': setting(
    integer(0, 1_000_000, 'records'),
    'Records below the level that is written which each thread keeps in memory, the newest ones. They are sent only when something happens: in front of the next record of level `error` or above of the same thread, when an error is not caught, and by recovery after a crash. They go where errors go, with the attribute `hft.black_box`. Memory: 341 bytes for each, at least 64 KiB.',
    {
      value: 0,
      unit: 'records for each thread',
      origin: 'a call below the level takes as long as one that is written',
      atLimit: 'the oldest are given up',
      variables: ['HFT_BLACK_BOX_RECORDS'],
    },
  ),
  'persistence.enabled': setting(
    boolean,
    'Whether rings, outboxes and metrics lie in files that outlive the process, so that the next start of the service delivers what a crash or SIGKILL has left. Needs the optional package `koffi`; `health().memory` tells whether it works. On in the preset `production`.',
    { value: false, variables: ['HFT_PERSISTENCE'] },
  ),
  'persistence.directory': setting(
    text(4_096, 'a path'),
    'Where those files are: a folder for each process. Only its owner may have access. Memory (`/dev/shm`) outlives the process at no cost; a disk also outlives the machine, as far as its kernel has written the pages back.',
    {
      derived:
        '/dev/shm/hft-otel-<user id>; where there is no /dev/shm, hft-otel-<user id>/runs in the directory for temporary files',
      variables: ['HFT_PERSISTENCE_DIRECTORY'],
    },
  ),
  'control.enabled': setting(
    boolean,
    'Whether `hft-otel level` and `hft-otel top` reach this process, over a socket in the file system that only its own user can open. The worker answers, also while the application is busy. On in both presets: it cannot be configured later, in the moment of need, and a user who may open the socket may read the memory of the process anyway. docs/command.md.',
    { value: false, variables: ['HFT_CONTROL'] },
  ),
  'control.directory': setting(
    text(80, 'a path'),
    'Where that socket is: a file `<service name>-<process id>.sock`. Its owner alone may have access to the directory. A socket’s path has at most 107 bytes on Linux, 103 on macOS.',
    {
      derived: 'hft-otel-<user id>/control in the directory for temporary files',
      variables: ['HFT_CONTROL_DIRECTORY'],
    },
  ),
  'page.port': setting(
    integer(0, 65_535),
    'Port of the live page: records, metrics, health and levels in a browser, served by the worker. 0 takes any free one. docs/page.md.',
    {
      derived: 'none: there is no page until `hft-otel page` asks for it, which takes any free port',
      unit: 'TCP port',
      variables: ['HFT_PAGE_PORT'],
    },
  ),
  'page.host': setting(
    listenHost,
    'Address that the page listens on. It speaks HTTP: elsewhere than on this machine it belongs behind TLS.',
    {
      value: '127.0.0.1',
      origin: 'records are readable on this machine alone unless you choose otherwise',
      variables: ['HFT_PAGE_HOST'],
    },
  ),
  'page.token': setting(
    secret(16, 255),
    'A person who has it may read the records, and change levels. The address that `hft-otel page` prints has it.',
    { derived: 'a random one of 256 bits for each start', variables: ['HFT_PAGE_TOKEN'] },
  ),
  'page.allowedHosts': setting(
    listOf(text(255), 64),
    'Names in the Host header that are answered beside addresses, private names and those of this machine; `*.` in front stands for all names below.',
    { value: [], origin: 'a page of the internet could ask through a name of its own that resolves to this machine' },
  ),
  exitTimeoutMillis: setting(integer(0, 600_000, 'ms'), 'Time that an exit, `flush` and `shutdown` wait for the worker.', {
    value: 5_000,
    unit: 'ms',
    origin: 'half of the 10 s that container runtimes leave between SIGTERM and SIGKILL',
    atLimit: 'the process ends; undelivered records are counted, and a message on stderr gives their number',
  }),
  handleExits: setting(boolean, 'Drain on SIGTERM, SIGINT and exit; open files anew on SIGHUP.', { value: true }),
  diagnosticLevel: setting(
    diagnosticLevel,
    'Which process warnings this package emits about itself, each once: `none` and `error` silence them; `health().warnings` has them in any case.',
    { value: 'info', origin: 'OTEL_LOG_LEVEL', variables: ['OTEL_LOG_LEVEL'] },
  ),
};

export type General = typeof GENERAL;
