/**
 * The account of a demo run, for people: every figure of a `DemoResult` under the table it belongs to.
 */

import { METRICS_BACKENDS } from '../backends/built-in.ts';
import type { Percentiles } from '../demo/call-cost.ts';
import { type DemoOptions, FILE_PREFIX } from '../demo/demo.ts';
import type { DemoResult } from '../demo/result.ts';
import type { BackendHealth, BackendState } from '../index.ts';
import { bytes, count, micros, nanos, seconds } from './numbers.ts';
import type { Paint } from './paint.ts';
import { renderTable } from './table.ts';

/** Printed before the run. */
export function renderHeading(
  {
    seconds: duration,
    rate,
    seed,
    directory,
    collector,
    prometheusPort,
    processes,
  }: DemoOptions & { readonly processes: number },
  { exchange, metrics }: { readonly exchange: string; readonly metrics: string },
  paint: Paint,
): string[] {
  const moved = metrics.includes(`:${prometheusPort}/`) ? '' : `   (${prometheusPort} is taken)`;
  const row = (name: string, value: string) => `  ${paint('dim', name.padEnd(11))} ${value}`;
  return [
    '',
    `${paint('bold', 'hft-otel demo')}   a market maker on a loopback exchange, ${duration === 0 ? 'until Ctrl-C' : seconds(duration)}`,
    '',
    ...(processes === 1 ? [] : [row('processes', `${processes}, as workers of a node:cluster; each has an exchange of its own`)]),
    row('exchange', `${exchange}   (mexc, gateio; seed ${seed})`),
    row('load', `${count(rate)} log calls a second on top of the trading${processes === 1 ? '' : ', in each process'}`),
    row('files', `${directory}/${processes === 1 ? '' : `process-1/ … process-${processes}/`}`),
    row('metrics', `${metrics}${moved}${processes === 1 ? '' : '   (the sum; with ?by=worker each by itself)'}`),
    row('collector', `${collector.url ?? 'none'}   (${collector.why})`),
    '',
  ];
}

/** Printed after the run. */
export function renderResult(result: DemoResult, paint: Paint, processes: number): string[] {
  return [
    headline(result, paint),
    ...(processes === 1
      ? []
      : [paint('dim', `Counts are of all ${processes} processes, percentiles of the process in which they are greatest.`)]),
    ...instanceWarnings(result, paint),
    calls,
    backends,
    metrics,
    drops,
    cost,
    timers,
    orders,
    files,
    look,
  ].flatMap((part) => (typeof part === 'string' ? [part] : ['', ...part(result, paint)]));
}

type Section = (result: DemoResult, paint: Paint) => string[];

function headline({ interrupted, elapsedSeconds, shutdown, drops }: DemoResult, paint: Paint): string {
  const how = paint('bold', `${interrupted ? 'Interrupted' : 'Finished'} after ${seconds(elapsedSeconds)}.`);
  const missing = drops.reduce((sum, { records }) => sum + records, 0) + shutdown.pending;
  if (missing === 0) return `${how} ${paint('green', 'Everything logged was delivered.')}`;
  // One record that two backends have lost is two of them; a scrape or an export is one too.
  const what = missing === 1 ? 'delivery has failed, which is' : 'deliveries have failed, all of them';
  return `${how} ${paint('yellow', `${count(missing)} ${what} counted below.`)}`;
}

/** Deaths of the worker, and the instance's warnings; empty as a rule. */
function instanceWarnings({ worker, warnings }: DemoResult, paint: Paint): string[] {
  const died = worker.restarts === 0 ? [] : [`The worker was replaced ${worker.restarts} times.`];
  const why = worker.lastError === undefined ? [] : [worker.lastError];
  return [...died, ...why, ...warnings].map((line) => paint('yellow', line));
}

const calls: Section = ({ calls: { log, load, audit, timer } }, paint) =>
  renderTable(
    {
      head: ['Calls', 'made'],
      rows: [
        ['log calls', count(log)],
        ['  of the background load', count(load)],
        ['audit events', count(audit)],
        ['timers', count(timer)],
      ],
    },
    paint,
  );

/** Of the backends that `health()` lists, those whose deliveries are scrapes, exports and printouts in place of records. */
const METRIC_BACKENDS: readonly string[] = METRICS_BACKENDS.map(({ name }) => name);

const backends: Section = (result, paint) => {
  const rows = Object.entries(result.backends).filter(([name]) => !METRIC_BACKENDS.includes(name));
  return [
    ...renderTable(
      {
        head: ['Backends', 'delivered', 'dropped', 'waiting', 'retries', 'bytes', 'state'],
        rows: rows.map(([name, { delivered, droppedTotal, pending, retries, bytes: size, state }]) => [
          name,
          count(delivered),
          count(droppedTotal),
          count(pending),
          count(retries),
          size === 0 ? '–' : bytes(size),
          shownState(state, paint),
        ]),
        left: [6],
        dispensable: [4, 5],
      },
      paint,
    ),
    ...reasons(rows, paint),
  ];
};

const metrics: Section = ({ backends: all, prometheus }, paint) => {
  const rows = Object.entries(all).filter(([name]) => METRIC_BACKENDS.includes(name));
  const unread = prometheus.error === undefined ? [] : [paint('yellow', `/metrics could not be read: ${prometheus.error}`)];
  return [
    ...renderTable(
      {
        head: ['Metrics', 'times', 'retries', 'state'],
        rows: rows.map(([name, { delivered, retries, state }]) => [
          name,
          count(delivered),
          count(retries),
          shownState(state, paint),
        ]),
        left: [3],
      },
      paint,
    ),
    paint('dim', `${count(prometheus.series)} series on /metrics`),
    ...unread,
    ...reasons(rows, paint),
  ];
};

function shownState(state: BackendState, paint: Paint): string {
  return paint(state === 'ok' ? 'green' : 'yellow', state);
}

function reasons(backends: readonly (readonly [string, BackendHealth])[], paint: Paint): string[] {
  return backends
    .filter(([, { state }]) => state !== 'ok')
    .map(([name, { lastError = 'no reason given' }]) => paint('yellow', `${name}: ${lastError}`));
}

const drops: Section = (result, paint) =>
  renderTable(
    {
      head: ['Drops', 'level', 'reason', 'records'],
      rows:
        result.drops.length === 0
          ? [['none']]
          : result.drops.map(({ where, level, reason, records }) => [where, level ?? 'any', reason, count(records)]),
      left: [1, 2],
    },
    paint,
  );

const cost: Section = ({ callCost: { samples, every, callNanos, emptyNanos } }, paint) => {
  if (samples === 0) return [paint('dim', 'Cost of a log call: not measured, --rate 0 makes none.')];
  const which = every === 1 ? 'every one' : `one in ${count(every)}`;
  const row = (name: string, { p50, p99, p999, max }: Percentiles) => [name, nanos(p50), nanos(p99), nanos(p999), nanos(max)];
  return [
    ...renderTable(
      {
        head: ["Cost on the caller's thread", 'p50', 'p99', 'p99.9', 'max'],
        rows: [row('log call, 4 fields', callNanos), row('nothing, for comparison', emptyNanos)],
      },
      paint,
    ),
    paint('dim', `${count(samples)} calls timed (${which}), less the clock's median of ${nanos(emptyNanos.p50)}`),
  ];
};

const timers: Section = ({ timers: reports }, paint) => {
  const percentiles = Object.keys(reports[0]?.percentilesUs ?? {}).sort((a, b) => Number(a) - Number(b));
  return renderTable(
    {
      head: ['Timers', 'count', ...percentiles.map((percentile) => `p${percentile}`), 'max'],
      rows: reports.map(({ name, tags, count: times, percentilesUs, maxUs }) => [
        `${name} ${paint('dim', shownTags(tags))}`,
        count(times),
        ...percentiles.map((percentile) => micros(percentilesUs[percentile])),
        micros(maxUs),
      ]),
    },
    paint,
  );
};

/** Values in the order in which logger names have them; further tags behind. */
const TAG_ORDER: readonly string[] = ['exchange', 'api_type', 'transport'];

function shownTags(tags: Readonly<Record<string, string>>): string {
  const rank = (tag: string) => (TAG_ORDER.includes(tag) ? TAG_ORDER.indexOf(tag) : TAG_ORDER.length);
  return Object.entries(tags)
    .sort(([a], [b]) => rank(a) - rank(b))
    .map(([, value]) => value)
    .join(' ');
}

const orders: Section = (result, paint) =>
  renderTable(
    {
      head: ['Orders', 'counter', 'audit lines', 'at the exchange'],
      rows: result.orders.map(({ event, counter, audited, atExchange }) => [
        event,
        counter === undefined ? '–' : count(counter),
        count(audited),
        count(atExchange),
      ]),
    },
    paint,
  );

const files: Section = (result, paint) =>
  renderTable(
    {
      head: ['Files', 'added', 'lines'],
      rows: result.files.map(({ path, bytes: size, lines }) => [path, bytes(size), count(lines)]),
    },
    paint,
  );

const look: Section = ({ files: written, prometheus, collector }, paint) => {
  const audit = written.find(({ path }) => path.includes(`${FILE_PREFIX}-audit`))?.path;
  const log = written.find(({ path }) => path !== audit)?.path;
  const commands = [
    ...(log === undefined ? [] : [[`tail -n 3 ${log}`, 'the last records']]),
    ...(log === undefined ? [] : [[`grep '"level":"warning"' ${log} | head -n 5`, 'what went wrong at the exchange']]),
    ...(audit === undefined ? [] : [[`grep '"order_filled"' ${audit} | head -n 3`, 'the audit trail of fills']]),
    [`curl -s ${prometheus.url} | grep ^orders_`, 'while a demo runs (--seconds 0 runs until Ctrl-C)'],
  ];
  const width = Math.max(...commands.map(([command]) => command.length));
  return [
    paint('bold', 'To look at it'),
    ...commands.map(([command, about]) => `  ${paint('cyan', command.padEnd(width))}   ${paint('dim', about)}`),
    collector.url === undefined
      ? paint('dim', `  OTLP was not shipped: ${collector.why}. Start a collector, or name one with --otlp URL.`)
      : `  OTLP was shipped to ${collector.url} ${paint('dim', `(${collector.why})`)}`,
  ];
};
