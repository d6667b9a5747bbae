/**
 * Random attacks on trails: none passes. An attack passes when the verifier finds no fault and yet says of a line that it is proven which is not as it was written, or
 * does not miss what a checkpoint on another host covers.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { CHECKPOINTS_SUFFIX } from '../../src/audit/run-tree/checkpoint-file.ts';
import { parseRunCheckpoint } from '../../src/audit/run-tree/run-checkpoint.ts';
import { parseNote } from '../../src/audit/tree/note.ts';
import { rotationNote } from '../../src/audit/verify/key-ring.ts';
import { verifyTrail } from '../../src/audit/verify/verify.ts';
import { scratch } from '../backends/file-support.ts';
import { pick, randomOf } from '../support/random.ts';
import { SEED } from '../support/seed.ts';
import { ATTACKS, copyOf, oldSigner, parseTrail, type Trail } from './attacks.ts';
import { makeKey, makeTrail } from './clean-logs.ts';

const ATTACK_COUNT = Number(process.env.HFT_AUDIT_ATTACKS ?? 600);
const TRAILS = Math.min(40, Math.max(6, Math.ceil(ATTACK_COUNT / 250)));

const place = scratch();
afterAll(() => place.remove());

interface Made {
  readonly trail: Trail;
  readonly notes: readonly string[];
  /** Hashes of the leaves, by run. */
  readonly leaves: ReadonlyMap<string, readonly string[]>;
}

async function make(seed: number, key: string): Promise<Made> {
  const directory = join(place.path, `trail-${seed}`);
  mkdirSync(directory);
  const { files, notes } = makeTrail({ directory, random: randomOf(seed), key, ends: seed % 2 === 0 });
  const leaves = new Map<string, string[]>();
  await verifyTrail({
    files,
    onLeaf: (run, _index, _line, hash) => leaves.set(run, [...(leaves.get(run) ?? []), hash.toString('hex')]),
  });
  const read = (path: string) => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return '';
    }
  };
  const trail = parseTrail(files.map((path) => ({ path, text: read(path), checkpoints: read(path + CHECKPOINTS_SUFFIX) })));
  return { trail, notes, leaves };
}

function write(directory: string, { lines, notes }: Trail): string[] {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory);
  for (const [name, all] of lines) writeFileSync(join(directory, name), all.map((line) => `${line}\n`).join(''));
  for (const [name, all] of notes)
    if (lines.has(name)) writeFileSync(join(directory, name + CHECKPOINTS_SUFFIX), all.map((note) => `\n${note}`).join(''));
  return [...lines.keys()].map((name) => join(directory, name));
}

test(`${ATTACK_COUNT} random attacks of ${Object.keys(ATTACKS).length} kinds: 0 pass`, { timeout: 3_600_000 }, async () => {
  const key = makeKey(place.path, 'current');
  const old = makeKey(place.path, 'old');
  const foreign = makeKey(place.path, 'foreign');
  const rotation = rotationNote(oldSigner(old.pem), oldSigner(key.pem), '2026-01-01T00:00:00.000Z');
  const made: Made[] = [];
  for (let seed = SEED; seed < SEED + TRAILS; seed++) made.push(await make(seed, key.path));
  const other = (await make(SEED + 100_000, foreign.path)).trail;
  const random = randomOf(SEED);
  const kinds = Object.entries(ATTACKS);
  const passed: unknown[] = [];
  const detected = new Map<string, number>();
  const directory = join(place.path, 'attacked');
  const foreignPath = join(place.path, 'elsewhere');
  for (let i = 0; i < ATTACK_COUNT; i++) {
    const { trail, notes, leaves } = made[pick(random, made.length)]!;
    const [kind, attack] = kinds[i % kinds.length]!;
    const attacked = copyOf(trail);
    if (random() < 0.3) [...attacked.notes.values()][0]?.unshift(rotation);
    if (!attack(attacked, { random, foreignKey: oldSigner(foreign.pem), oldKey: oldSigner(old.pem), other })) continue;
    const kept = notes.slice(0, pick(random, notes.length + 1));
    writeFileSync(foreignPath, kept.map((note) => `\n${note}`).join(''));
    const files = write(directory, attacked);
    const found = new Map<string, string[]>();
    const report = await verifyTrail({
      files,
      keys: random() < 0.5 ? [key.vkey] : [rotation],
      checkpoints: [foreignPath],
      onLeaf: (run, _index, _line, hash) => found.set(run, [...(found.get(run) ?? []), hash.toString('hex')]),
    });
    if (!report.ok) {
      detected.set(kind, (detected.get(kind) ?? 0) + 1);
      continue;
    }
    const isTrue = report.runs.every(({ run, before, proven }) => {
      const all = leaves.get(run);
      const own = found.get(run)?.slice(0, proven - before) ?? [];
      return proven === before || (all !== undefined && own.join() === all.slice(before, proven).join());
    });
    const covered = kept.map((note) => parseRunCheckpoint(parseNote(note).text));
    const isThere = covered.every(({ run, size, file }) => {
      const of = report.runs.find((each) => each.run === run);
      // A file that is gone altogether was perhaps never given: that is said, and is no fault.
      return (
        size === 0 ||
        (of?.proven ?? 0) >= size ||
        (!attacked.lines.has(file) && report.findings.some(({ code }) => code === 'OTHER_FILE'))
      );
    });
    if (!isTrue || !isThere)
      passed.push({ i, kind, isTrue, isThere, findings: report.findings.map(({ code }) => code), runs: report.runs });
  }
  expect(passed.slice(0, 3)).toEqual([]);
  // Most of what each kind does is noticed as such; the rest lies behind every checkpoint that is left, and is said to be unproven.
  for (const [kind] of kinds) expect([kind, detected.get(kind) ?? 0]).not.toEqual([kind, 0]);
});
