/**
 * `hft-otel audit verify`: every line of audit files against their checkpoints.
 */
import type { Finding } from '../../audit/verify/finding.ts';
import type { RunReport, VerifyReport } from '../../audit/verify/report.ts';
import { verifyTrail } from '../../audit/verify/verify.ts';
import { textOf } from '../arguments.ts';
import type { Command } from '../command.ts';
import { EXIT_USAGE } from '../exit-codes.ts';
import { bytes, count } from '../numbers.ts';
import { type Paint, paintFor } from '../paint.ts';
import { writeMetrics } from './metrics-file.ts';
import { TRAIL_FILES, TRAIL_OPTIONS, verifyFiles } from './trail-options.ts';
import { verifyMetrics } from './verify-metrics.ts';

const EXIT_FAULTS = 1;

export const verifyCommand: Command = {
  name: 'audit verify',
  summary: 'check audit files against signed checkpoints: find changed, deleted, inserted and cut-off lines',
  operands: TRAIL_FILES,
  options: {
    ...TRAIL_OPTIONS,
    metrics: {
      type: 'string',
      short: 'm',
      placeholder: 'FILE',
      help: 'also write the result as metrics for Prometheus, into a file for the textfile collector of the node exporter; for timer jobs',
    },
    service: { type: 'string', placeholder: 'NAME', help: 'service_name of these metrics. Default: that of the trail' },
    strict: { type: 'boolean', help: 'fail for notices as well, such as lines that no checkpoint covers' },
  },
  exitCodes: {
    0: 'no fault was found; the output says for each run what is proven, and up to which line',
    1: 'the trail was changed, or checkpoints or cosignatures are missing or not signed as they should be',
    2: 'the command line was wrong, or a file or key could not be read: nothing was verified',
  },
  notes: [
    'Without --key, signatures are not checked: anyone who can write to the files could have made the checkpoints too.',
    'With --key, it is a fault if there is no checkpoint at all that is believed, or if a run has lines of more than a minute, or lines in another form than ours, in none.',
    'With --witness, it is a fault if no line at all is cosigned, or if a run has lines of more than an hour, or in another form than ours, that are not.',
    'Without --checkpoints from another host, it cannot be seen whether the end of the newest run was cut off together with its checkpoints.',
  ],
  async run(values, files) {
    const metrics = textOf(values, 'metrics');
    const noteMetrics = (report: VerifyReport | undefined, exitCode: number) => {
      if (metrics === undefined) return;
      writeMetrics(
        metrics,
        verifyMetrics(report, exitCode, { service: textOf(values, 'service'), unixSeconds: Date.now() / 1_000 }),
      );
    };
    let report: VerifyReport;
    try {
      report = await verifyFiles(verifyTrail, values, files);
    } catch (error) {
      noteMetrics(undefined, EXIT_USAGE);
      throw error;
    }
    if (values.json) console.log(JSON.stringify(report, null, 2));
    else console.log(render(report, paintFor(process.stdout), values.strict === true).join('\n'));
    const isClean = report.ok && (values.strict !== true || report.findings.length === 0);
    const exitCode = isClean ? 0 : EXIT_FAULTS;
    noteMetrics(report, exitCode);
    return exitCode;
  },
};

export function render(report: VerifyReport, paint: Paint, isStrict = false): string[] {
  const lines = report.runs.flatMap((run) => runLines(run, paint));
  const faults = report.findings.filter(({ severity }) => severity === 'fault');
  const notices = report.findings.filter(({ severity }) => severity === 'notice');
  if (faults.length > 0)
    lines.push('', paint('bold', 'Faults'), ...faults.flatMap((finding) => findingLines(finding, paint('red', finding.code))));
  if (notices.length > 0)
    lines.push(
      '',
      paint('bold', 'To know'),
      ...notices.flatMap((finding) => findingLines(finding, paint('yellow', finding.code))),
    );
  const left = Object.values(report.counts).reduce((sum, each) => sum + each, 0) - report.findings.length;
  if (left > 0) lines.push(paint('dim', `  and ${count(left)} more of the same kinds`));
  return [...lines, '', ...verdict(report, faults[0], paint, isStrict)];
}

function runLines(
  { run, lines, before, proven, provenTime, provenElsewhere, checkpoints, isWhole, cosigned }: RunReport,
  paint: Paint,
): string[] {
  const covered = Math.max(0, proven - before);
  const isAll = isWhole && covered === lines;
  const amount = `${count(covered)} of ${count(lines)} lines proven`;
  const elsewhere = provenElsewhere > 0 ? `, ${count(Math.max(0, provenElsewhere - before))} of them by a copy elsewhere` : '';
  const witnessed = cosigned === undefined ? '' : `, ${count(Math.max(0, cosigned - before))} cosigned`;
  return [
    `${paint('bold', run)}   ${paint(isAll ? 'green' : isWhole ? 'yellow' : 'red', amount)}${elsewhere}${witnessed}`,
    paint(
      'dim',
      `  ${count(checkpoints)} checkpoints${provenTime === undefined ? '' : `, proven up to the one of ${provenTime}`}`,
    ),
  ];
}

function findingLines({ file, line, run, message, meaning }: Finding, code: string): string[] {
  const place = line > 0 ? `${file}:${line}` : file;
  return [`  ${code}   ${place}${run === undefined ? '' : `   run ${run}`}`, `    ${message}`, `    ${meaning}`];
}

function verdict(report: VerifyReport, first: Finding | undefined, paint: Paint, isStrict: boolean): string[] {
  const { ok, isSigned, files, lines, bytes: size, runs, findings } = report;
  const read = paint('dim', `${count(lines)} lines in ${count(files)} files, ${bytes(size)}.`);
  if (!ok) {
    const place = first === undefined ? '' : first.line > 0 ? `${first.file}:${first.line}` : first.file;
    return [`${paint('red', `Not as it was written, or its proof is missing. First fault: ${place}.`)} ${read}`];
  }
  const proven = runs.reduce((sum, run) => sum + Math.max(0, run.proven - run.before), 0);
  const said =
    proven === 0
      ? paint('yellow', 'No fault was found, but nothing is proven: no checkpoint covers any of these lines.')
      : !isSigned
        ? paint('yellow', 'No fault, but signatures were not checked: give --key FILE.vkey.')
        : paint(proven < lines ? 'yellow' : 'green', 'No fault: what is called proven above is as it was written.');
  const rest = proven > 0 && proven < lines ? [`Nothing is proven of ${count(lines - proven)} lines.`] : [];
  const strict = isStrict && findings.length > 0 ? [paint('red', 'With --strict, what is there to know is a fault.')] : [];
  return [[said, ...rest, ...strict, read].join(' ')];
}
