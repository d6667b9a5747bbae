/**
 * `hft-otel audit reconcile`: a host's audit files against what a gateway, a writer or Loki holds of them.
 */

import { statSync } from 'node:fs';
import { errorText } from '../../common/error-text.ts';
import type { RunReport } from '../../reconcile/compare.ts';
import { isWhole, type Reconciliation, reconcile } from '../../reconcile/reconcile.ts';
import type { Unreadable } from '../../reconcile/sighting.ts';
import { gatewayFiles, hostFiles, lokiStore, type Reading } from '../../reconcile/sources.ts';
import { numberOf, textOf } from '../arguments.ts';
import { type Command, UsageError, type Values } from '../command.ts';
import { EXIT_USAGE } from '../exit-codes.ts';
import { count } from '../numbers.ts';
import { type Paint, paintFor } from '../paint.ts';
import { writeMetrics } from './metrics-file.ts';
import { progressLine } from './progress-line.ts';
import { reconcileMetrics } from './reconcile-metrics.ts';

const EXIT_DIFFERENT = 1;
const DEFAULT_LIST = 20;
const MOST_RANGES_SHOWN = 8;
const DAY_NANOS = 86_400_000_000_000n;

export const reconcileCommand: Command = {
  name: 'audit reconcile',
  summary: 'compare the audit files of a host with those of a gateway or with Loki, event by event',
  operands: {
    placeholder: 'FILE…',
    help: 'audit files of the host, plain or gzip’d',
    least: 1,
    most: Number.POSITIVE_INFINITY,
  },
  options: {
    gateway: {
      type: 'string',
      short: 'g',
      placeholder: 'FILE,…',
      help: 'audit files of a gateway or a Kafka writer; separated by commas',
    },
    loki: { type: 'string', placeholder: 'URL', help: 'address of a Loki, for example http://127.0.0.1:3100' },
    service: {
      type: 'string',
      placeholder: 'NAME',
      help: 'in Loki, compare only events of this service.name; also service_name of the metrics (default there: unknown)',
    },
    from: {
      type: 'string',
      placeholder: 'TIME',
      help: 'in Loki, compare only events from this time on, ISO 8601. Default: a day ago',
    },
    to: { type: 'string', placeholder: 'TIME', help: 'in Loki, compare only events before this time. Default: now' },
    list: { type: 'string', placeholder: 'N', help: `number of findings to list one by one. Default: ${DEFAULT_LIST}` },
    metrics: {
      type: 'string',
      short: 'm',
      placeholder: 'FILE',
      help: 'also write the result as metrics for Prometheus, into a file for the textfile collector of the node exporter; for timer jobs',
    },
    json: { type: 'boolean', help: 'print the whole result as JSON' },
    quiet: { type: 'boolean', short: 'q', help: 'do not show progress' },
  },
  exitCodes: {
    0: 'every event of the host is at the other end, unchanged; duplicates are allowed, because delivery is at least once',
    1: 'events are missing at the other end, differ, or exist only there',
    2: 'the command line was wrong, or a file or Loki could not be read',
  },
  notes: [
    'Events are matched by run and number, and compared by time, name, logger, trace and fields. Runs that are not in the files are skipped.',
    'Memory is bounded, whatever the number of events: ten million take 420 MiB, and 800 MB in the temporary directory.',
    'Loki rewrites names and leaves out empty values, so empty fields, and fields named like a resource attribute, are not compared there.',
  ],
  async run(values, files) {
    const metrics = textOf(values, 'metrics');
    const noteMetrics = (found: Reconciliation | undefined, exitCode: number) => {
      if (metrics === undefined) return;
      const about = { service: textOf(values, 'service') ?? 'unknown', unixSeconds: Date.now() / 1_000 };
      writeMetrics(metrics, reconcileMetrics(found, exitCode, about));
    };
    try {
      const found = await compareSides(values, files);
      const exitCode = isWhole(found) ? 0 : EXIT_DIFFERENT;
      noteMetrics(found, exitCode);
      return exitCode;
    } catch (error) {
      noteMetrics(undefined, EXIT_USAGE);
      throw error;
    }
  },
};

/** Prints what it has found. Rejects when nothing was compared. */
async function compareSides(values: Values, files: readonly string[]): Promise<Reconciliation> {
  const sides = sidesOf(values, files);
  const unreadable: Unreadable[] = [];
  const progress = progressLine(process.stderr, values.quiet !== true);
  const reading: Reading = {
    view: sides.view,
    onProgress: () => {},
    onUnreadable: (what) => void unreadable.push(what),
  };
  try {
    const found = await reconcile(
      hostFiles(files, { ...reading, onProgress: (done) => progress.update('host', done, bytesOf(files)) }),
      sides.there({ ...reading, onProgress: (done) => progress.update('far end', done, sides.total) }),
      numberOf(values, 'list', DEFAULT_LIST, { least: 0, most: 1_000_000, whole: true }),
    );
    progress.end();
    if (found.hereEvents === 0)
      throw new UsageError(`No audit event in ${files.join(', ')}. Are these files of the audit backend?`);
    if (values.json) console.log(JSON.stringify({ ...found, unreadable }, null, 2));
    else console.log(render(found, unreadable, paintFor(process.stdout)).join('\n'));
    return found;
  } catch (error) {
    progress.end();
    if (error instanceof UsageError) throw error;
    // A file that is not there, a Loki that refuses: nothing was compared, which is not the same as a difference.
    throw new UsageError(errorText(error));
  }
}

interface Sides {
  readonly view: Reading['view'];
  /** Bytes, or 0 where the end is not known. */
  readonly total: number;
  there(reading: Reading): ReturnType<typeof gatewayFiles>;
}

function sidesOf(values: Values, files: readonly string[]): Sides {
  const [gateway, url] = [textOf(values, 'gateway'), textOf(values, 'loki')];
  if ((gateway === undefined) === (url === undefined))
    throw new UsageError('The far end is missing: --gateway FILE,… or --loki URL, one of them.');
  for (const path of files) bytesOf([path]);
  if (gateway !== undefined) {
    const paths = gateway.split(',').filter((path) => path !== '');
    return { view: 'whole', total: bytesOf(paths), there: (reading) => gatewayFiles(paths, reading) };
  }
  if (!URL.canParse(url!)) throw new UsageError(`--loki ${url}: expected a URL such as http://127.0.0.1:3100.`);
  const toUnixNanos = nanosOf(values, 'to') ?? BigInt(Date.now()) * 1_000_000n;
  const service = textOf(values, 'service');
  const query = {
    url: url!,
    fromUnixNanos: nanosOf(values, 'from') ?? toUnixNanos - DAY_NANOS,
    toUnixNanos,
    ...(service !== undefined && { service }),
  };
  return { view: 'flat', total: 0, there: (reading) => lokiStore(query, reading) };
}

function nanosOf(values: Values, name: string): bigint | undefined {
  const text = textOf(values, name);
  if (text === undefined) return undefined;
  const millis = Date.parse(text);
  if (Number.isNaN(millis)) throw new UsageError(`--${name} ${text}: expected a time such as 2026-11-29T00:00:00Z.`);
  return BigInt(millis) * 1_000_000n;
}

function bytesOf(paths: readonly string[]): number {
  return paths.reduce((sum, path) => {
    try {
      return sum + statSync(path).size;
    } catch (error) {
      throw new UsageError(`${path}: ${errorText(error)}`);
    }
  }, 0);
}

function render(found: Reconciliation, unreadable: readonly Unreadable[], paint: Paint): string[] {
  const lines = found.runs.flatMap((run) => renderRun(run, paint));
  if (found.findings.length > 0) {
    lines.push('', paint('bold', 'Findings'));
    for (const { kind, run, number, here, there } of found.findings)
      lines.push(`  ${kind.padEnd(11)} ${run} ${number}   ${[here, there].filter((place) => place !== undefined).join('  ↔  ')}`);
  }
  if (unreadable.length > 0) {
    lines.push('', paint('bold', 'Not read'));
    for (const { place, line, why } of unreadable.slice(0, DEFAULT_LIST)) lines.push(`  ${place}:${line}: ${why}`);
    if (unreadable.length > DEFAULT_LIST) lines.push(`  … and ${unreadable.length - DEFAULT_LIST} more lines`);
  }
  if (found.otherEvents > 0) lines.push('', paint('dim', `${count(found.otherEvents)} events at the far end are of other runs.`));
  const verdict = isWhole(found)
    ? paint('green', `Whole: all ${count(found.hereEvents)} events of the host are at the far end, and the same.`)
    : paint('red', 'Not whole.');
  return [...lines, '', verdict];
}

function renderRun(run: RunReport, paint: Paint): string[] {
  const lines = [`${paint('bold', run.run)}   ${count(run.here)} events on the host, ${count(run.there)} of them at the far end`];
  const say = (number: number, what: string, ranges: readonly (readonly [number, number])[] = []) => {
    if (number > 0) lines.push(`  ${paint('red', count(number))} ${what}${rangesText(ranges)}`);
  };
  say(run.missing, 'missing at the far end', run.missingRanges);
  say(run.foreign, 'at the far end and not on the host', run.foreignRanges);
  say(run.different, 'that differ');
  say(run.conflicting, 'numbers twice on the host, with different events');
  if (run.copiesThere > 0) lines.push(paint('dim', `  ${count(run.copiesThere)} copies at the far end, equal to the first`));
  return lines;
}

function rangesText(ranges: readonly (readonly [number, number])[]): string {
  if (ranges.length === 0) return '';
  const shown = ranges.slice(0, MOST_RANGES_SHOWN).map(([from, to]) => (from === to ? String(from) : `${from}–${to}`));
  return `: ${shown.join(', ')}${ranges.length > shown.length ? ', …' : ''}`;
}
