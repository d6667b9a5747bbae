/**
 * `hft-otel audit report`: what audit files hold, for those who have to answer for it.
 */
import { ContentsCollector, type RunContents } from '../../audit/verify/contents.ts';
import type { RunReport, VerifyReport } from '../../audit/verify/report.ts';
import { verifyTrail } from '../../audit/verify/verify.ts';
import { getOrMake } from '../../common/get-or-make.ts';
import type { Command } from '../command.ts';
import { count, micros } from '../numbers.ts';
import { type Paint, paintFor } from '../paint.ts';
import { renderTable } from '../table.ts';
import { TRAIL_FILES, TRAIL_OPTIONS, verifyFiles } from './trail-options.ts';

const EXIT_FAULTS = 1;
const MOST_EVENTS_SHOWN = 20;

export const reportCommand: Command = {
  name: 'audit report',
  summary: 'print a report for compliance: runs, events, gaps, keys, clock evidence',
  operands: TRAIL_FILES,
  options: TRAIL_OPTIONS,
  exitCodes: { 0: 'no fault was found in the trail', 1: 'the trail has faults; the report says which' },
  notes: ['It first verifies the trail, as hft-otel audit verify does.'],
  async run(values, files) {
    const collectors = new Map<string, ContentsCollector>();
    const report = await verifyFiles(verifyTrail, values, files, {
      onLeaf: (run, _index, line) => {
        getOrMake(collectors, run, () => new ContentsCollector()).add(line);
      },
    });
    const contents = Object.fromEntries(Array.from(collectors, ([run, collector]) => [run, collector.contents]));
    if (values.json) console.log(JSON.stringify({ ...report, contents }, null, 2));
    else console.log(render(report, contents, paintFor(process.stdout)).join('\n'));
    return report.ok ? 0 : EXIT_FAULTS;
  },
};

function render(report: VerifyReport, contents: Readonly<Record<string, RunContents>>, paint: Paint): string[] {
  const lines = renderTable(
    {
      head: ['Run', 'from', 'to', 'events', 'highest', 'lines', 'proven', 'end'],
      rows: report.runs.map((run) => rowOf(run, contents[run.run])),
      left: [1, 2, 7],
    },
    paint,
  );
  lines.push('', ...eventTable(contents, paint), '', ...clockTable(contents, paint));
  lines.push('', paint('bold', 'Keys'));
  if (report.keys.length === 0) lines.push('  none given: signatures were not checked (--key FILE.vkey)');
  for (const { key, checkpoints, retired } of report.keys)
    lines.push(`  ${key}   ${count(checkpoints)} checkpoints${retired === undefined ? '' : `, replaced ${retired}`}`);
  lines.push('', paint('bold', 'Witnesses'));
  if (report.witnesses.length === 0) lines.push('  none given (--witness FILE.vkey)');
  else lines.push(`  ${report.quorum} of ${report.witnesses.join(', ')}`);
  for (const { run, cosigned, lines: all, before } of report.witnesses.length === 0 ? [] : report.runs)
    lines.push(`  ${run}   ${count(Math.max(0, (cosigned ?? 0) - before))} of ${count(all)} lines cosigned`);
  lines.push('', paint('bold', 'Findings'));
  if (report.findings.length === 0) lines.push('  none');
  for (const { severity, code, file, line, message } of report.findings)
    lines.push(`  ${paint(severity === 'fault' ? 'red' : 'yellow', `${severity} ${code}`)}   ${file}:${line}   ${message}`);
  return lines;
}

function rowOf(run: RunReport, contents: RunContents | undefined): string[] {
  const { lines, events, highestNumber, proven, before, hasEnded, isWhole } = run;
  const share = lines === 0 ? '' : `${Math.floor((Math.max(0, proven - before) / lines) * 1000) / 10} %`;
  return [
    run.run,
    contents?.from ?? '',
    contents?.to ?? '',
    count(events),
    count(highestNumber),
    count(lines),
    share,
    isWhole ? (hasEnded ? 'in order' : 'open') : 'broken',
  ];
}

function eventTable(contents: Readonly<Record<string, RunContents>>, paint: Paint): string[] {
  const sums = new Map<string, number>();
  for (const { events } of Object.values(contents))
    for (const [name, times] of Object.entries(events)) sums.set(name, (sums.get(name) ?? 0) + times);
  const rows = [...sums].sort(([, left], [, right]) => right - left);
  const shown = rows.slice(0, MOST_EVENTS_SHOWN).map(([name, times]) => [name, count(times)]);
  const rest = rows.slice(MOST_EVENTS_SHOWN).reduce((sum, [, times]) => sum + times, 0);
  return renderTable({ head: ['Event', 'times'], rows: rest === 0 ? shown : [...shown, ['others', count(rest)]] }, paint);
}

function clockTable(contents: Readonly<Record<string, RunContents>>, paint: Paint): string[] {
  const rows = Object.entries(contents).map(([run, { clock }]) => [
    run,
    clock.source,
    count(clock.records),
    clock.worstMicros === undefined ? 'not known' : micros(clock.worstMicros),
    count(clock.steps),
    count(clock.unknown),
  ]);
  return renderTable(
    { head: ['Clock of run', 'source', 'records', 'at most from UTC', 'steps', 'unknown'], rows, left: [1] },
    paint,
  );
}
