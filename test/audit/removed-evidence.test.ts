/**
 * Checkpoints that were removed: who gives a key or a witness is told, and no process that was killed, and no file that is being written, is taken for that.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CHECKPOINTS_SUFFIX } from '../../src/audit/run-tree/checkpoint-file.ts';
import type { VerifyReport } from '../../src/audit/verify/report.ts';
import { verifyTrail } from '../../src/audit/verify/verify.ts';
import { render } from '../../src/cli/audit/verify-command.ts';
import { temporaryFolder } from '../support/child.ts';
import { filesIn, makeKey, notesBeside } from './clean-logs.ts';
import { codesOf, faultsOf, lineOf, live, rewrite, started } from './one-process.ts';

const NOON = Date.UTC(2026, 10, 28, 12);
const DAY_MILLIS = 86_400_000;

const lastLine = (report: VerifyReport) => render(report, (_, text) => text).at(-1)!;

test('all checkpoints removed: with a key that is a fault; without one it is said that nothing is proven', async () => {
  using folder = temporaryFolder();
  const key = makeKey(folder.path, 'gateway');
  const gateway = started({ directory: folder.path, key, run: 'run-1', clock: { millis: NOON } });
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
  const gateway = started({ directory: folder.path, key, run: 'run-1', clock: { millis: NOON } });
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
  expect([faultsOf(few), codesOf(few).includes('UNPROVEN')]).toEqual([[], true]);
  expect(lastLine(few)).toContain('Nothing is proven of 2 lines.');
  rmSync(newest);
  expect(faultsOf(await verifyTrail({ files, keys: [key.vkey] }))).toEqual(['UNPROVEN']);
});

test('no fault: a process that was killed in its first second beside others, and one that was killed later', async () => {
  using folder = temporaryFolder();
  const key = makeKey(folder.path, 'gateway');
  live(started({ directory: folder.path, key, run: 'run-1', clock: { millis: NOON } }), 3);
  const killed = started({ directory: folder.path, key, run: 'run-2', clock: { millis: NOON + 3_600_000 } });
  for (let i = 0; i < 20; i++, killed.clock.millis += 50) killed.writeThrough();
  const later = started({ directory: folder.path, key, run: 'run-3', clock: { millis: NOON + 7_200_000 } });
  live(later, 3);
  later.clock.millis += 7_200_000;
  for (let i = 0; i < 20; i++, later.clock.millis += 50) later.writeThrough();

  const report = await verifyTrail({ files: filesIn(folder.path), keys: [key.vkey] });
  expect(faultsOf(report)).toEqual([]);
  expect(codesOf(report)).toEqual(expect.arrayContaining(['NO_CHECKPOINTS', 'UNPROVEN']));
});

test('no fault: a file that goes on being written while it is verified', async () => {
  using folder = temporaryFolder();
  const key = makeKey(folder.path, 'gateway');
  const gateway = started({ directory: folder.path, key, run: 'run-1', clock: { millis: NOON } });
  live(gateway, 2);
  const verifiedFrom = gateway.clock.millis;
  // What comes after the checkpoints were read: here it is there already, and the clock goes on while it is read.
  for (let i = 0; i < 20; i++, gateway.clock.millis += 10_000) gateway.writeThrough();
  let now = verifiedFrom;
  const files = filesIn(folder.path);
  const report = await verifyTrail({ files, keys: [key.vkey], now: () => (now === verifiedFrom ? now++ : gateway.clock.millis) });
  expect([faultsOf(report), codesOf(report).includes('UNPROVEN')]).toEqual([[], true]);
  // Dates that are still to come are none of that.
  now = verifiedFrom - 600_000;
  expect(faultsOf(await verifyTrail({ files, keys: [key.vkey], now: () => now }))).toEqual(['UNPROVEN']);
});

describe('lines behind the last checkpoint, rewritten: nothing that is written into them, or beside them, makes the fault a notice', () => {
  const EVENTS = 30;
  const at = (time: string) => (line: string) => line.replace(/"time":"[^"]*"/, `"time":"${time}"`);
  const last = (change: (line: string) => string) => (line: string, index: number) =>
    index === EVENTS - 1 ? change(line) : line;
  const every = (change: (line: string) => string) => (line: string) => change(line);
  const BACK = '2026-11-28T12:00:10.000000000Z';
  const changes: Readonly<Record<string, (line: string, index: number) => string>> = {
    'the last one dated back': last(at(BACK)),
    'the last one without a time that can be read': last(at('long ago')),
    'the last one with a time that is none': last(at('2026-99-99T99:99:99.999999999Z')),
    'the last one dated forward': last(at('2099-01-01T00:00:00.000000000Z')),
    'the last one with a time in the form of another program': last(at('Sat, 28 Nov 2026 12:00:10 GMT')),
    'all dated back but one in the middle': (line, index) => (index === 15 ? line : at(BACK)(line)),
    'all in the order that goes back': (line, index) => at(new Date(NOON + (EVENTS - index) * 10_000).toISOString())(line),
    'all in a time that is still to come': (line, index) => at(new Date(NOON + 1e12 + index * 10_000).toISOString())(line),
    'all without a time that can be read': every(at('soon')),
    'all without a time': every((line) => line.replace(/"time":"[^"]*",/, '')),
    'all without a number': every((line) => line.replace(/"audit_seq":\d+,/, '')),
    'all with their number behind': every((line) => line.replace(/("audit_seq":\d+),(.*)}$/, '$2,$1}')),
    'all with a space in front': every((line) => ` ${line}`),
    'all as log records': (_line, index) => lineOf('log', 'run-1', NOON + index * 10_000, 0),
    'all as clock evidence': (_line, index) => lineOf('clock', 'run-1', NOON + index * 10_000, 0),
  };
  test.each(Object.entries(changes))('%s', async (_name, change) => {
    using folder = temporaryFolder();
    const key = makeKey(folder.path, 'gateway');
    const gateway = started({ directory: folder.path, key, run: 'run-1', clock: { millis: NOON } });
    live(gateway, EVENTS);
    const [file] = filesIn(folder.path);
    const notes = notesBeside(file!).slice(0, 2);
    rewrite(file!, notes, (line, index) => (index === 0 ? line : change(line.replace('"qty":7', '"qty":8'), index)));
    const report = await verifyTrail({ files: [file!], keys: [key.vkey], now: () => NOON + 86_400_000 });
    expect([faultsOf(report), report.runs[0]!.proven]).toEqual([['UNPROVEN'], 1]);
  });

  test('what is left to whoever rewrites every line is told: how many, and how many are no events', async () => {
    using folder = temporaryFolder();
    const key = makeKey(folder.path, 'gateway');
    live(started({ directory: folder.path, key, run: 'run-1', clock: { millis: NOON } }), EVENTS);
    const [file] = filesIn(folder.path);
    rewrite(file!, notesBeside(file!).slice(0, 2), (line, index) => {
      if (index === 0) return line;
      return index < 20 ? at(BACK)(line) : lineOf('void', 'run-1', NOON + index * 10_000, index);
    });
    const report = await verifyTrail({ files: [file!], keys: [key.vkey] });
    expect(faultsOf(report)).toEqual([]);
    const told = report.findings.find(({ code }) => code === 'UNPROVEN')!.message;
    expect(told).toContain('The last 29 lines of the run, up to line 30, 10 of them no audit events, are in no checkpoint');
  });
});
