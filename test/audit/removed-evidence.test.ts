/**
 * Checkpoints that were removed: who gives a key or a witness is told, and no process that was killed, and no file that is being written, is taken for that.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { beginTree } from '../../src/audit/run-tree/begin.ts';
import { CHECKPOINTS_SUFFIX } from '../../src/audit/run-tree/checkpoint-file.ts';
import { AuditTrail } from '../../src/audit/trail.ts';
import type { VerifyReport } from '../../src/audit/verify/report.ts';
import { verifyTrail } from '../../src/audit/verify/verify.ts';
import { render } from '../../src/cli/audit/verify-command.ts';
import { runSync } from '../../src/files/steps.ts';
import { SYSTEM_TIMERS } from '../../src/time/timers.ts';
import { temporaryFolder } from '../support/child.ts';
import { runMemory } from '../support/run-memory.ts';
import { filesIn, type Key, makeKey, notesBeside } from './clean-logs.ts';

const NOON = Date.UTC(2026, 10, 28, 12);
const DAY_MILLIS = 86_400_000;

/** A process that writes the trail: its clock is moved by the test. */
function started(directory: string, key: Key, run: string, startMillis: number) {
  const clock = { millis: startMillis };
  const target = { path: join(directory, 'audit.jsonl'), rotation: 'daily', rotationClock: 'utc' } as const;
  const timers = { ...SYSTEM_TIMERS, now: () => clock.millis };
  const memory = runMemory();
  beginTree(memory, target, timers.now);
  const tree = { service: 'gateway', instance: run, start: '5f1c9a02', run, signingKey: key.path };
  const trail = new AuditTrail({ target, memory, run, tree, timers, onWarning: () => {} });
  const caller = new AuditTrail({ target, memory, run, timers, onWarning: () => {} });
  let n = 0;
  const line = () =>
    Buffer.from(
      `{"time":"${new Date(clock.millis).toISOString()}","audit_seq":${++n},"event":"placed","run":"${run}","qty":7}\n`,
    );
  return {
    clock,
    write: () => trail.writeSync(line()),
    /** A line without the worker, which makes the checkpoints. */
    writeThrough: () => caller.addSync(line()),
    tick: () => runSync(trail.tick()),
    end: () => trail.endSync(),
  };
}

/** One event each ten seconds. */
function live(process: ReturnType<typeof started>, events: number): void {
  for (let i = 0; i < events; i++, process.clock.millis += 10_000) {
    process.write();
    process.tick();
  }
}

const faultsOf = ({ findings }: VerifyReport) => findings.filter(({ severity }) => severity === 'fault').map(({ code }) => code);
const lastLine = (report: VerifyReport) => render(report, (_, text) => text).at(-1)!;

test('all checkpoints removed: with a key that is a fault; without one it is said that nothing is proven', async () => {
  using folder = temporaryFolder();
  const key = makeKey(folder.path, 'gateway');
  const gateway = started(folder.path, key, 'run-1', NOON);
  live(gateway, 3);
  gateway.end();
  const files = filesIn(folder.path);
  const whole = await verifyTrail({ files, keys: [key.vkey] });
  expect([whole.ok, lastLine(whole)]).toEqual([
    true,
    expect.stringContaining('what is called proven above is as it was written'),
  ]);

  for (const file of files) rmSync(file + CHECKPOINTS_SUFFIX);
  const removed = await verifyTrail({ files, keys: [key.vkey] });
  expect([removed.ok, faultsOf(removed)]).toEqual([false, ['NOTHING_PROVEN']]);
  const unasked = await verifyTrail({ files });
  expect([unasked.ok, lastLine(unasked)]).toEqual([true, expect.stringContaining('nothing is proven')]);
  expect(lastLine(unasked)).not.toContain('as it was written');

  // Neither does what is no trail at all pass for one.
  for (const file of files) writeFileSync(file, 'garbage\n');
  expect(faultsOf(await verifyTrail({ files, keys: [key.vkey] }))).toEqual(['NOTHING_PROVEN']);
});

test('the checkpoints of the newest file removed, or cut off at its end: events of more than a minute are a fault', async () => {
  using folder = temporaryFolder();
  const key = makeKey(folder.path, 'gateway');
  const gateway = started(folder.path, key, 'run-1', NOON);
  live(gateway, 10);
  gateway.clock.millis += DAY_MILLIS;
  live(gateway, 10);
  const files = filesIn(folder.path).sort();
  const newest = files.at(-1)! + CHECKPOINTS_SUFFIX;
  expect(files).toHaveLength(2);
  expect(faultsOf(await verifyTrail({ files, keys: [key.vkey] }))).toEqual([]);

  const notes = notesBeside(files.at(-1)!);
  const keep = (count: number) =>
    writeFileSync(
      newest,
      notes
        .slice(0, count)
        .map((note) => `\n${note}`)
        .join(''),
    );
  keep(2);
  expect(faultsOf(await verifyTrail({ files, keys: [key.vkey] }))).toEqual(['UNPROVEN']);
  expect((await verifyTrail({ files })).ok).toBe(true);
  keep(notes.length - 2);
  const few = await verifyTrail({ files, keys: [key.vkey] });
  expect([faultsOf(few), few.findings.some(({ code }) => code === 'UNPROVEN')]).toEqual([[], true]);
  expect(lastLine(few)).toContain('Nothing is proven of 2 lines.');
  rmSync(newest);
  expect(faultsOf(await verifyTrail({ files, keys: [key.vkey] }))).toEqual(['UNPROVEN']);
});

test('no fault: a process that was killed in its first second beside others, and one that was killed later', async () => {
  using folder = temporaryFolder();
  const key = makeKey(folder.path, 'gateway');
  live(started(folder.path, key, 'run-1', NOON), 3);
  const killed = started(folder.path, key, 'run-2', NOON + 3_600_000);
  for (let i = 0; i < 20; i++, killed.clock.millis += 50) killed.writeThrough();
  const later = started(folder.path, key, 'run-3', NOON + 7_200_000);
  live(later, 3);
  later.clock.millis += 7_200_000;
  for (let i = 0; i < 20; i++, later.clock.millis += 50) later.writeThrough();

  const report = await verifyTrail({ files: filesIn(folder.path), keys: [key.vkey] });
  expect(faultsOf(report)).toEqual([]);
  expect(report.findings.map(({ code }) => code)).toEqual(expect.arrayContaining(['NO_CHECKPOINTS', 'UNPROVEN']));
});

test('no fault: a file that goes on being written while it is verified', async () => {
  using folder = temporaryFolder();
  const key = makeKey(folder.path, 'gateway');
  const gateway = started(folder.path, key, 'run-1', Date.now());
  live(gateway, 2);
  // What comes after the checkpoints were read: here it is there already, with the times of such lines.
  gateway.clock.millis += 600_000;
  for (let i = 0; i < 20; i++, gateway.clock.millis += 10_000) gateway.writeThrough();
  const report = await verifyTrail({ files: filesIn(folder.path), keys: [key.vkey] });
  expect([faultsOf(report), report.findings.some(({ code }) => code === 'UNPROVEN')]).toEqual([[], true]);
});
