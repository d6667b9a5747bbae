/**
 * Cosignatures that are missing: who gives a witness is told, and what a rotation, a kill or a recovery leaves without them is not taken for that.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseRunCheckpoint } from '../../src/audit/run-tree/run-checkpoint.ts';
import { parseSigningKey } from '../../src/audit/run-tree/signing-key.ts';
import { parseNote, signNote } from '../../src/audit/tree/note.ts';
import { verifyTrail } from '../../src/audit/verify/verify.ts';
import { COSIGNATURES_SUFFIX } from '../../src/audit/witness/cosignatures-file.ts';
import { temporaryFolder } from '../support/child.ts';
import { filesIn, makeKey } from './clean-logs.ts';
import { codesOf, cosign, faultsOf, lineOf, live, makeWitnessKey, rewrite, started } from './one-process.ts';

const NOON = Date.UTC(2026, 10, 28, 12);
const HOUR_MILLIS = 3_600_000;
const DAY_MILLIS = 24 * HOUR_MILLIS;

/** A run that begins at noon; `notes`: of all its checkpoints, in order. */
function begun(directory: string) {
  const key = makeKey(directory, 'gateway');
  const notes: string[] = [];
  const onCheckpoint = (note: string) => void notes.push(note);
  const gateway = started({ directory, key, run: 'run-1', clock: { millis: NOON }, onCheckpoint });
  return { key, witness: makeWitnessKey('w1'), notes, gateway };
}

/** Such a run in the files of two days. */
function overMidnight(directory: string) {
  const { key, witness, notes, gateway } = begun(directory);
  live(gateway, 3);
  gateway.clock.millis += 3 * HOUR_MILLIS;
  live(gateway, 3);
  gateway.clock.millis = NOON + DAY_MILLIS;
  live(gateway, 3);
  const [first, second] = filesIn(directory).sort();
  const isIn = (size: number, why: string) => (note: string) => {
    const checkpoint = parseRunCheckpoint(parseNote(note).text);
    return checkpoint.size === size && checkpoint.why === why;
  };
  const options = { keys: [key.vkey], witnesses: [witness.vkey] };
  const verify = (...files: (string | undefined)[]) => verifyTrail({ ...options, files: files.map((file) => file!) });
  return { key, witness: witness.signer, notes, first, second, verify, opening: notes.find(isIn(6, 'opening'))! };
}

test('a rotated file alone: a checkpoint of exactly the lines before it counts, and is compared', async () => {
  using folder = temporaryFolder();
  const { key, witness, notes, second, verify, opening } = overMidnight(folder.path);
  expect(opening).toBeDefined();
  cosign(folder.path, [opening], witness);
  const alone = await verify(second);
  expect([faultsOf(alone), codesOf(alone).includes('NOT_COSIGNED'), alone.runs[0]!.cosigned]).toEqual([[], true, 6]);

  const elsewhere = join(folder.path, 'elsewhere');
  writeFileSync(elsewhere, `\n${opening}`);
  const copied = await verifyTrail({ files: [second!], keys: [key.vkey], checkpoints: [elsewhere] });
  expect([faultsOf(copied), copied.runs[0]!.provenElsewhere]).toEqual([[], 6]);

  // The holder of the key shows another version of the lines before elsewhere.
  const { text } = parseNote(opening);
  const root = text.split('\n')[2]!;
  const other = text.replace(root, Buffer.alloc(32, 7).toString('base64')).replace(/frontier .*\n/, '');
  writeFileSync(elsewhere, `\n${signNote(other, [parseSigningKey(key.pem)])}`);
  const forked = await verifyTrail({ files: [second!], keys: [key.vkey], checkpoints: [elsewhere] });
  expect(faultsOf(forked)).toEqual(['FORK']);
  expect(notes.length).toBeGreaterThan(3);
});

test('a file whose end was cosigned with the one that follows: it is said to give that too, and then nothing is missing', async () => {
  using folder = temporaryFolder();
  const { witness, notes, first, second, verify } = overMidnight(folder.path);
  // The witness was away from the second line on, for more than an hour, until the next day.
  cosign(folder.path, [notes[1]!, notes.at(-1)!], witness);
  const alone = await verify(first);
  expect([faultsOf(alone), alone.runs[0]!.cosigned]).toEqual([[], 1]);
  const told = alone.findings.find(({ code }) => code === 'NOT_COSIGNED')!;
  expect(told.message).toContain('give the file that follows too.');
  const both = await verify(first, second);
  expect([faultsOf(both), codesOf(both).includes('NOT_COSIGNED')]).toEqual([[], false]);

  // With it, what it does not show is a fault; and without any cosignature one file is a fault as well.
  rmSync(`${second}${COSIGNATURES_SUFFIX}`);
  expect(faultsOf(await verify(first, second))).toEqual(['NOT_COSIGNED']);
  rmSync(`${first}${COSIGNATURES_SUFFIX}`);
  const none = await verify(first);
  expect([faultsOf(none), none.findings[0]!.message]).toEqual([
    ['NOT_COSIGNED'],
    expect.stringContaining('give the file that follows too.'),
  ]);
});

test('a killed run that was recovered after a long time: what the recovery writes does not count as time that the witness was away', async () => {
  using folder = temporaryFolder();
  const { key, witness, notes, gateway } = begun(folder.path);
  const { clock } = gateway;
  live(gateway, 3);
  cosign(folder.path, notes, witness.signer);
  const left = gateway.next('event');
  clock.millis += 2 * HOUR_MILLIS;
  const next = started({ directory: folder.path, key, run: 'run-2', clock });
  next.append(left + gateway.next('void') + gateway.next('mark'));
  gateway.endRecovered();
  const files = filesIn(folder.path);
  const options = { files, keys: [key.vkey], witnesses: [witness.vkey] };
  const report = await verifyTrail(options);
  expect([faultsOf(report), report.runs[0]]).toMatchObject([[], { lines: 6, proven: 6, cosigned: 3, hasEnded: true }]);
  expect(codesOf(report)).toContain('NOT_COSIGNED');
});

test('lines that no witness has cosigned: no time that is written into one of them makes the fault a notice', async () => {
  using folder = temporaryFolder();
  const { witness, notes, gateway } = begun(folder.path);
  const { clock } = gateway;
  for (let i = 0; i < 8; i++, clock.millis += 1_200_000) live(gateway, 1);
  cosign(folder.path, notes.slice(0, 2), witness.signer);
  const [file] = filesIn(folder.path);
  const options = { files: [file!], witnesses: [witness.vkey] };
  expect(faultsOf(await verifyTrail(options))).toEqual(['NOT_COSIGNED']);
  for (const time of [NOON, NOON + 1e12]) {
    rewrite(file!, notes.slice(0, 2), (line, index) => (index === 7 ? lineOf('event', 'run-1', time, 8) : line));
    expect([time, faultsOf(await verifyTrail(options))]).toEqual([time, ['NOT_COSIGNED']]);
  }
  rewrite(file!, notes.slice(0, 2), (line, index) => (index === 7 ? line.replace('"time":"2', '"time":"x') : line));
  expect(faultsOf(await verifyTrail(options))).toEqual(['NOT_COSIGNED']);
});
