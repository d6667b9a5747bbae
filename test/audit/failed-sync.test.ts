/**
 * EIO from the k-th fdatasync, injected by strace. A kernel marks pages clean when a sync fails (fsyncgate): what was written since the last good sync may be lost, and a
 * further sync of the same descriptor answers success for nothing.
 *
 * HFT_AUDIT_EIO: k from 1 up to that (default: three of them).
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { verifyTrail } from '../../src/audit/verify/verify.ts';
import { temporaryFolder } from '../support/child.ts';
import { wholeCalls } from '../support/strace.ts';

const MOST = Number(process.env.HFT_AUDIT_EIO ?? 0);
const FAILING = MOST > 0 ? Array.from({ length: MOST }, (_, i) => i + 1) : [1, 4];
const WAVES = 60;

const PROGRAM = join(import.meta.dirname, 'programs', 'receipts-traced.ts');

const canTrace = () => spawnSync('strace', ['-f', '-e', 'trace=none', 'true']).status === 0;

interface Call {
  readonly name: string;
  readonly file: string;
  readonly text: string;
  readonly result: number;
}

function callsIn(trace: string): Call[] {
  return wholeCalls(trace).flatMap((call) => {
    const [, name, file, text = '', result] = /^(\w+)\(\d+<([^>]*)>(.*)\) += (-?\d+)/.exec(call) ?? [];
    return name === undefined ? [] : [{ name, file: basename(file!), text, result: Number(result) }];
  });
}

const numbersIn = (text: string) => [...text.matchAll(/audit_seq\\":(\d+)/g)].map(([, number]) => Number(number));

interface Durability {
  /** Receipts of events that were not safe when they were given. */
  readonly early: number[];
  readonly receipts: number;
  readonly failures: number;
  /** Syncs of an audit file that had failed to sync before. */
  readonly trusted: string[];
  /** Numbers of the lines that may be lost, by file. */
  readonly lost: ReadonlyMap<string, readonly number[]>;
}

/** A disk that forgets what was written since the last good sync of a file when one fails, as the kernel may. */
function replay(calls: readonly Call[]): Durability {
  const waiting = new Map<string, number[]>();
  const safe = new Set<number>();
  const failed = new Set<string>();
  const trusted: string[] = [];
  const lost = new Map<string, readonly number[]>();
  const early: number[] = [];
  let [receipts, failures] = [0, 0];
  for (const { name, file, text, result } of calls) {
    if (file === 'receipts') {
      const seq = Number(/"(\d+)\\n"/.exec(text)?.[1]);
      receipts++;
      if (!safe.has(seq)) early.push(seq);
    } else if (/^audit.*\.jsonl$/.test(file)) {
      if (name !== 'fdatasync') waiting.set(file, [...(waiting.get(file) ?? []), ...numbersIn(text)]);
      else {
        if (failed.has(file) && result === 0) trusted.push(file);
        for (const number of waiting.get(file) ?? []) if (result === 0 && !failed.has(file)) safe.add(number);
        if (result !== 0) {
          failed.add(file);
          lost.set(file, waiting.get(file) ?? []);
        }
        waiting.set(file, []);
      }
    }
    if (name === 'fdatasync' && result !== 0) failures++;
  }
  return { early, receipts, failures, trusted, lost };
}

async function run(k: string, waves = WAVES) {
  using folder = temporaryFolder();
  const trace = join(folder.path, 'trace');
  const options = [
    '-f',
    '-y',
    '-s',
    '65536',
    '-o',
    trace,
    '-e',
    'trace=write,pwrite64,writev,fdatasync',
    '-e',
    `inject=fdatasync:error=EIO:when=${k}`,
  ];
  const child = spawnSync('strace', [...options, process.execPath, PROGRAM, folder.path, String(waves)], {
    // The tracer counts the calls of each thread: one thread makes all of them.
    env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
    timeout: 120_000,
  });
  expect([k, child.status, child.stderr.toString()]).toEqual([k, 0, '']);
  const { lost, ...durability } = replay(callsIn(readFileSync(trace, 'utf8')));
  const faults = await faultsIn(folder.path);
  // The machine fails, and what may be lost is.
  for (const [file, numbers] of lost) {
    const path = join(folder.path, file);
    if (!existsSync(path)) continue; // It held nothing else, and was removed.
    const isLost = (line: string) => numbers.some((number) => line.includes(`"audit_seq":${number},`));
    writeFileSync(
      path,
      readFileSync(path, 'utf8')
        .split(/(?<=\n)/)
        .filter((line) => !isLost(line))
        .join(''),
    );
  }
  return { durability, faults, faultsAfterLoss: await faultsIn(folder.path) };
}

async function faultsIn(folder: string) {
  const { findings } = await verifyTrail({ files: filesOf(folder) });
  return findings.filter(({ severity }) => severity === 'fault');
}

function filesOf(folder: string): string[] {
  return spawnSync('ls', [folder])
    .stdout.toString()
    .split('\n')
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => join(folder, name));
}

test(`EIO from fdatasync number ${FAILING[0]} … ${FAILING.at(-1)}: no receipt for bytes that may be lost, no further sync of that file is trusted, and the trail verifies, also without what may be lost`, {
  timeout: 60_000 + FAILING.length * 30_000,
}, async (context) => {
  if (!canTrace()) return context.skip('needs strace and permission to trace');
  const asked = Array.from({ length: WAVES }, (_, wave) => 1 + (wave % 3)).reduce((sum, count) => sum + count, 0);
  for (const k of FAILING) {
    const { durability, faults, faultsAfterLoss } = await run(String(k));
    expect([k, durability, faults, faultsAfterLoss]).toEqual([
      k,
      { early: [], receipts: asked, failures: 1, trusted: [] },
      [],
      [],
    ]);
  }
});

test('EIO from every fdatasync from some number on: no receipt from then on', { timeout: 120_000 }, async (context) => {
  if (!canTrace()) return context.skip('needs strace and permission to trace');
  const { durability } = await run('5+', 8);
  expect(durability).toMatchObject({ early: [], trusted: [] });
  expect(durability.failures).toBeGreaterThan(1);
});
