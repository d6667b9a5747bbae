/**
 * The benchmark suite: `npm run bench`. Every case in fresh processes, one after the other, into one table. bench/README.md says how to read it.
 */
import { commandLine } from '../scripts/command-line.ts';
import { type Case, selectCases } from './catalogue.ts';
import { buildCases } from './harness/built-cases.ts';
import type { Effort, FromCase } from './harness/case.ts';
import { type CaseReport, rowsOf } from './harness/figure.ts';
import { launch } from './harness/launch.ts';
import { describeMachine, lookAround, rivalVersions } from './harness/machine.ts';
import { type CaseResult, disturbance, intro, outro, type Results } from './harness/summary.ts';
import { header, tableOf } from './harness/table.ts';

const USAGE = `npm run bench -- [options] [filter ...]

  filter             Cases whose name contains it, or matches it as a regular expression: log/, "sustained|worker". Of several, each adds its cases.

  --smoke            A few calls of everything: proves that each case runs and that what it sent arrived. The figures mean nothing.
  --long             The durations that the targets name (10 s, 10 million calls); some ten minutes.
  --processes <n>    Fresh processes for each case, in place of what the catalogue says.
  --directory <path> Where files are written; default: the system's directory for temporary files.
  --proof            Prints what was counted and compared, case by case.
  --json             One JSON document in place of the table.
  --list             Names of the cases.
  --help             This.

Exit code 1 when a case fails: it did not run, or could not prove that its work was done. A missed target is no failure; it is in the table.
`;

const { values, positionals } = commandLine(USAGE, {
  allowPositionals: true,
  options: {
    smoke: { type: 'boolean', default: false },
    long: { type: 'boolean', default: false },
    processes: { type: 'string' },
    directory: { type: 'string' },
    proof: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
});
const effort: Effort = values.smoke ? 'smoke' : values.long ? 'long' : 'normal';
const cases = selectCases(positionals);
const unknown = positionals.find((filter) => selectCases([filter]).length === 0);

if (unknown !== undefined) {
  process.stderr.write(`No case matches "${unknown}". These exist:\n${names(selectCases([]))}`);
  process.exitCode = 1;
} else if (values.list) process.stdout.write(names(cases));
else await main();

async function main(): Promise<void> {
  const started = performance.now();
  const machine = describeMachine();
  const rivals = rivalVersions();
  const before = await lookAround();
  const say = values.json ? () => {} : print;
  say(
    intro(machine, rivals, before),
    effort === 'smoke' ? 'SMOKE RUN: it proves that the cases work; its figures mean nothing.' : '',
    header(),
  );
  await buildCases(new Set(cases.map(({ file }) => file)));
  // Figures of a smoke run mean nothing, so its cases may disturb each other.
  const inTurn = atMost(effort === 'smoke' ? machine.cores : 1);
  const running = cases.map((each, index) =>
    inTurn(() => {
      progress(`${index + 1}/${cases.length} ${each.name}`);
      return run(each);
    }),
  );
  const results: CaseResult[] = [];
  for (const next of running) {
    const result = await next;
    results.push(result);
    progress('');
    const proof = values.proof ? result.proof.map((claim) => `  proved: ${claim}`) : [];
    say('', `${result.name}${disturbance(result)}`, result.error ?? tableOf(result.rows), ...proof);
  }
  const after = await lookAround();
  const seconds = (performance.now() - started) / 1000;
  say('', outro(results, after, seconds));
  if (values.json)
    print(JSON.stringify({ machine, rivals, effort, before, after, seconds, cases: results } satisfies Results, null, 2));
  if (results.some(({ error }) => error !== undefined)) process.exitCode = 1;
}

/** Runs so many tasks at a time, in the order they come. */
function atMost(lanes: number): <T>(task: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let free = lanes;
  return async (task) => {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    else free--;
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}

async function run(each: Case): Promise<CaseResult> {
  const started = performance.now();
  const processes = effort === 'smoke' ? 1 : Number(values.processes ?? each.processes ?? 1);
  const answers: FromCase[] = [];
  for (let i = 0; i < processes; i++)
    answers.push(await launch(each, { effort, ...(values.directory !== undefined && { directory: values.directory }) }));
  const reports: CaseReport[] = answers.flatMap((answer) => ('report' in answer ? [answer.report] : []));
  const failed = answers.find((answer) => 'error' in answer);
  const preemptions = answers.flatMap((answer) => ('report' in answer ? [answer.preemptionsPerSecond] : []));
  return {
    name: each.name,
    seconds: (performance.now() - started) / 1000,
    rows: failed === undefined ? rowsOf(reports) : [],
    proof: reports[0]?.proof ?? [],
    preemptionsPerSecond: Math.max(0, ...preemptions),
    ...(failed !== undefined && { error: failed.error }),
  };
}

function names(listed: readonly Case[]): string {
  return `${listed.map(({ name }) => name).join('\n')}\n`;
}

function print(...lines: string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** One line that is overwritten on a terminal; on anything else a line for each case. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  else if (text !== '') process.stderr.write(`${text}\n`);
}
