/**
 * The verifier against damaged and hostile files: what is cut or flipped is always noticed, and whatever the bytes are, it ends with findings.
 */
import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { CHECKPOINTS_SUFFIX } from '../../src/audit/run-tree/checkpoint-file.ts';
import { verifyTrail } from '../../src/audit/verify/verify.ts';
import { scratch } from '../backends/file-support.ts';
import { makeKey, makeTrail, pick, randomOf } from './clean-logs.ts';

const FLIPS = Number(process.env.HFT_AUDIT_FLIPS ?? 300);
const FUZZ_SECONDS = Number(process.env.HFT_AUDIT_FUZZ_SECONDS ?? 4);
const SEED = Number(process.env.HFT_AUDIT_SEED ?? 1);

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

test(`${FLIPS} flipped bits, in lines and in checkpoints: each is noticed`, { timeout: 600_000 }, async () => {
  const random = randomOf(SEED);
  for (let i = 0; i < FLIPS; i++) {
    const [path, bytes] = i % 2 === 0 ? ([last, whole] as const) : ([last + CHECKPOINTS_SUFFIX, checkpoints] as const);
    const flipped = Buffer.from(bytes);
    const at = pick(random, flipped.length);
    flipped[at]! ^= 1 << pick(random, 8);
    writeFileSync(path, flipped);
    const report = await verify();
    // The last checkpoint may be lost so, as it may be cut off. That its place is damaged is said.
    const isSaid = report.findings.some(({ code }) => code === 'DAMAGED_CHECKPOINT');
    expect([i, at, report.ok && !isSaid]).toEqual([i, at, false]);
    restore();
  }
});

test(`garbage for ${FUZZ_SECONDS} s: no crash, no endless loop, and never a word of proof`, { timeout: 4_000_000 }, async () => {
  const random = randomOf(SEED + 1);
  const until = performance.now() + FUZZ_SECONDS * 1_000;
  const mutations: ((bytes: Buffer) => Buffer)[] = [
    (bytes) => bytes.subarray(pick(random, bytes.length), pick(random, bytes.length)),
    (bytes) => Buffer.concat([bytes.subarray(pick(random, bytes.length)), bytes.subarray(0, pick(random, bytes.length))]),
    (bytes) => Buffer.from(bytes.map((byte) => (random() < 0.01 ? pick(random, 256) : byte))),
    () => Buffer.from(Array.from({ length: 1 + pick(random, 5_000) }, () => pick(random, 256))),
    (bytes) => Buffer.from(bytes.toString('latin1').replaceAll('\n', random() < 0.5 ? '' : '\n\n'), 'latin1'),
    (bytes) =>
      Buffer.from(
        bytes.toString('latin1').replace(/"audit_seq":\d+/g, () => `"audit_seq":${pick(random, 2 ** 31)}`),
        'latin1',
      ),
    (bytes) =>
      Buffer.from(
        bytes.toString('latin1').replace(/"run":"[^"]*"/g, () => `"run":"${pick(random, 1e6)}`),
        'latin1',
      ),
    (bytes) => Buffer.from(bytes.toString().replace(/^\d+$/gm, () => `${random() < 0.5 ? 9007199254740991 : pick(random, 1e9)}`)),
    (bytes) => gzipSync(bytes).subarray(0, 20 + pick(random, 400)),
    (bytes) => Buffer.concat([bytes, Buffer.alloc(1 + pick(random, 100_000), pick(random, 256))]),
  ];
  let rounds = 0;
  for (; performance.now() < until; rounds++) {
    const mutate = () => mutations[pick(random, mutations.length)]!;
    if (random() < 0.7) writeFileSync(last, mutate()(whole));
    if (random() < 0.6) writeFileSync(last + CHECKPOINTS_SUFFIX, mutate()(checkpoints));
    const foreign = `${directory.path}/foreign`;
    copyFileSync(last + CHECKPOINTS_SUFFIX, foreign);
    if (random() < 0.5) writeFileSync(foreign, JSON.stringify({ a: [mutate()(checkpoints).toString()] }));
    try {
      const report = await verifyTrail({ files, keys: [key.vkey], checkpoints: [foreign] });
      expect(report.findings.length).toBeLessThan(1_000);
    } catch (error) {
      // What is no gzip cannot be read: said as such, and not verified.
      expect((error as NodeJS.ErrnoException).code).toMatch(/^(?:Z_|ERR_)/);
    }
    restore();
  }
  expect(rounds).toBeGreaterThan(0);
});
