/**
 * The verifier against damaged and hostile files: what is cut or flipped is always noticed, and whatever the bytes are, it ends with findings.
 */

import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { CHECKPOINTS_SUFFIX } from '../../src/audit/run-tree/checkpoint-file.ts';
import { verifyTrail } from '../../src/audit/verify/verify.ts';
import { scratch } from '../backends/file-support.ts';
import { runProgram } from '../support/child.ts';
import { pick, randomOf } from '../support/random.ts';
import { SEED } from '../support/seed.ts';
import { makeKey, makeTrail } from './clean-logs.ts';

const FLIPS = Number(process.env.HFT_AUDIT_FLIPS ?? 300);
const FUZZ_SECONDS = Number(process.env.HFT_AUDIT_FUZZ_SECONDS ?? 4);

const directory = scratch();
afterAll(() => directory.remove());
const key = makeKey(directory.path, 'k');
const { files } = makeTrail({ directory: directory.path, random: randomOf(7), key: key.path, runs: 1, steps: 60, ends: true });
const last = [...files].sort().at(-1)!;
const whole = readFileSync(last);
const checkpoints = readFileSync(last + CHECKPOINTS_SUFFIX);
const verify = () => verifyTrail({ files, keys: [key.vkey] });
const restore = () => {
  writeFileSync(last, whole);
  writeFileSync(last + CHECKPOINTS_SUFFIX, checkpoints);
};

test('the last file cut at any byte of its last three lines: noticed, and no line behind the cut is called proven', async () => {
  const lines = whole.toString('latin1').split('\n').slice(0, -1);
  const from = whole.length - lines.slice(-3).reduce((sum, line) => sum + line.length + 1, 0);
  const sound = (await verify()).runs[0]!;
  for (let at = whole.length - 1; at >= from; at--) {
    restore();
    truncateSync(last, at);
    const report = await verify();
    const left = whole.subarray(0, at).toString('latin1').split('\n').length - 1;
    const [run] = report.runs;
    expect([at, report.ok, report.findings[0]!.code]).toEqual([at, false, 'MISSING_LINES']);
    expect(run!.lines).toBe(sound.lines - (lines.length - left));
    expect(run!.proven).toBeLessThanOrEqual(run!.lines);
  }
  restore();
});

test(`${FLIPS} flipped bits, in lines and in checkpoints: each is noticed`, { timeout: 4_000_000 }, async () => {
  const random = randomOf(SEED);
  for (let i = 0; i < FLIPS; i++) {
    const [path, bytes] = i % 2 === 0 ? ([last, whole] as const) : ([last + CHECKPOINTS_SUFFIX, checkpoints] as const);
    const flipped = Buffer.from(bytes);
    const at = pick(random, flipped.length);
    flipped[at]! ^= 1 << pick(random, 8);
    writeFileSync(path, flipped);
    // One file is enough, and takes a fraction of the time.
    const report = await verifyTrail({ files: [last], keys: [key.vkey] });
    // The last checkpoint may be lost so, as it may be cut off. That its place is damaged is said.
    const isSaid = report.findings.some(({ code }) => code === 'DAMAGED_CHECKPOINT');
    expect([i, at, report.ok && !isSaid]).toEqual([i, at, false]);
    restore();
  }
});

test(`garbage for ${FUZZ_SECONDS} s: no crash, none that takes 5 s, and no more than 256 MiB`, {
  timeout: 8_000_000,
}, async () => {
  const program = join(import.meta.dirname, 'programs', 'fuzz-verifier.ts');
  // In processes of a minute: an auditor's does not verify a hundred thousand files, and malloc keeps what it has once given out in pieces.
  for (let minute = 0; minute * 60 < FUZZ_SECONDS; minute++) {
    restore();
    const seconds = Math.min(60, FUZZ_SECONDS - minute * 60);
    const child = await runProgram(program, [directory.path, key.vkey, String(seconds), String(SEED + 1 + minute)], {
      timeoutMillis: seconds * 1_000 + 60_000,
    });
    restore();
    expect(child).toMatchObject({ code: 0, stderr: '' });
    const { rounds, slowestMillis, maxRssMiB } = JSON.parse(child.stdout) as Record<
      'rounds' | 'slowestMillis' | 'maxRssMiB',
      number
    >;
    if (FUZZ_SECONDS >= 60) console.log(child.stdout.trim());
    expect(rounds).toBeGreaterThan(0);
    // The bound is what an auditor may be kept waiting by a hostile file; a sound one of this size takes ten milliseconds.
    expect(slowestMillis).toBeLessThan(5_000);
    expect(maxRssMiB).toBeLessThan(256);
  }
});
