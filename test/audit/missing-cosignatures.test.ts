/**
 * Cosignatures that are missing: who gives a witness is told, and what a rotation, a kill or a recovery leaves without them is not taken for that.
 */
import { expect, test } from 'vitest';
import { verifyTrail } from '../../src/audit/verify/verify.ts';
import { temporaryFolder } from '../support/child.ts';
import { filesIn, makeKey } from './clean-logs.ts';
import { codesOf, cosign, faultsOf, lineOf, live, makeWitnessKey, rewrite, started } from './one-process.ts';

const NOON = Date.UTC(2026, 10, 28, 12);
const HOUR_MILLIS = 3_600_000;

test('a killed run that was recovered after a long time: what the recovery writes does not count as time that the witness was away', async () => {
  using folder = temporaryFolder();
  const key = makeKey(folder.path, 'gateway');
  const witness = makeWitnessKey('w1');
  const notes: string[] = [];
  const clock = { millis: NOON };
  const gateway = started({ directory: folder.path, key, run: 'run-1', clock, onCheckpoint: (note) => void notes.push(note) });
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
  const key = makeKey(folder.path, 'gateway');
  const witness = makeWitnessKey('w1');
  const notes: string[] = [];
  const clock = { millis: NOON };
  const gateway = started({ directory: folder.path, key, run: 'run-1', clock, onCheckpoint: (note) => void notes.push(note) });
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
