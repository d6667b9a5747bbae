/**
 * `npm run coverage [-- test...]`: runs the tests and prints which share of the lines of each room ran: in the tests' own threads, or in threads and child
 * processes that they start (the worker, programs that are killed or exit). With all tests it ends with 1 when the share is below {@link FLOOR}.
 * The lines that never ran stand in coverage/lines.json.
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type CoverageMapData, createCoverageMap } from '@vitest/istanbul-lib-coverage';
import { roomOf } from '../architecture/house.ts';
import { coverageOfChildren } from './children.ts';
import { CHILDREN_VARIABLE, UNIT_FOLDER } from './folders.ts';

/**
 * Per cent of all lines. 95.6 ran on 29 November 2026 (Node 24, Linux, as root); a system without `koffi`, `strace` or other users runs some fewer.
 */
const FLOOR = 94;

const ROOT = join(import.meta.dirname, '../..');
const SOURCES = join(ROOT, 'src/');
const CHILDREN = join(ROOT, 'coverage/children');

const tests = process.argv.slice(2);
rmSync(join(ROOT, 'coverage/unit'), { recursive: true, force: true });
rmSync(CHILDREN, { recursive: true, force: true });
mkdirSync(CHILDREN, { recursive: true });

const { status } = spawnSync(
  process.execPath,
  [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--config', 'vitest.coverage.config.ts', ...tests],
  { cwd: ROOT, stdio: 'inherit', env: { ...process.env, [CHILDREN_VARIABLE]: CHILDREN } },
);

const unit: CoverageMapData = JSON.parse(readFileSync(join(ROOT, UNIT_FOLDER, 'coverage-final.json'), 'utf8'));
const lines = new Map<string, Map<number, boolean>>();
for (const data of [unit, await coverageOfChildren(CHILDREN, SOURCES)]) addLines(data);

const share = report();
if (status !== 0) process.exitCode = status ?? 1;
else if (tests.length === 0 && share < FLOOR) {
  console.error(`Less than ${FLOOR} % of the lines ran. What did not is in coverage/lines.json.`);
  process.exitCode = 1;
}

/** A line ran if it did so anywhere. */
function addLines(data: CoverageMapData): void {
  const map = createCoverageMap(data);
  for (const path of map.files()) {
    const file = relative(SOURCES, path);
    const known = lines.get(file) ?? new Map<number, boolean>();
    lines.set(file, known);
    for (const [line, hits] of Object.entries(map.fileCoverageFor(path).getLineCoverage())) {
      known.set(Number(line), known.get(Number(line)) === true || hits > 0);
    }
  }
}

/** Prints the table, and gives the share of all. */
function report(): number {
  const rooms = Map.groupBy(lines.keys(), roomOf);
  const rows = [...rooms].map(([room, files]) => [room, ...countOf(files)] as const);
  rows.sort((left, right) => left[0].localeCompare(right[0]));
  rows.push(['all', ...countOf([...lines.keys()])]);
  const text = ['| room | lines | ran |', '|---|---|---|']
    .concat(rows.map(([room, all, ran]) => `| ${room} | ${all} | ${percent(ran, all).toFixed(1)} % |`))
    .join('\n');
  console.log(text);
  if (process.env.GITHUB_STEP_SUMMARY !== undefined) appendFileSync(process.env.GITHUB_STEP_SUMMARY, `${text}\n`);
  const never = [...lines].map(([file, known]) => [file, [...known].flatMap(([line, ran]) => (ran ? [] : [line]))] as const);
  writeFileSync(
    join(ROOT, 'coverage/lines.json'),
    JSON.stringify(Object.fromEntries(never.filter(([, missing]) => missing.length > 0)), undefined, 1),
  );
  const [, all, ran] = rows.at(-1)!;
  return percent(ran, all);
}

function countOf(files: readonly string[]): readonly [all: number, ran: number] {
  const flags = files.flatMap((file) => [...lines.get(file)!.values()]);
  return [flags.length, flags.filter(Boolean).length];
}

function percent(part: number, all: number): number {
  return all === 0 ? 100 : (part / all) * 100;
}
