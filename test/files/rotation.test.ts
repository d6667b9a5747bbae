/**
 * Rotation against a naive model: a list of contents in the order in which they were set aside.
 */
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FileSink, type FileSinkOptions } from '../../src/backends/file/file-sink.ts';
import { asideName, deleteOldest, labelOf, listAside, setAside } from '../../src/files/rotation.ts';
import { runSync } from '../../src/files/steps.ts';
import { SYSTEM_TIMERS } from '../../src/time/timers.ts';
import { scratch, textOf } from '../backends/file-support.ts';
import { batchOf } from '../backends/sink-contract.ts';

const START = Date.UTC(2026, 9, 25, 0, 30);

describe('rotation', () => {
  let directory: ReturnType<typeof scratch>;
  let path: string;
  beforeEach(() => {
    directory = scratch();
    path = join(directory.path, 'app.log');
  });
  afterEach(() => directory.remove());
  const names = () => readdirSync(directory.path).sort();

  test('what only looks like a file set aside is neither counted nor deleted, and no name goes on from it', () => {
    const strange = ['2026-13-45', '2026-02-30', '2026-11-31T05', '2026-10-25T24', '2026-10-25T09-60-00', '2026-10-25T09-10-60'];
    const numbered = ['2026-10-25.0', '2026-10-25.01', '2026-10-25.99999999999'];
    const others = [...strange, ...numbered].map((label) => asideName(path, label));
    for (const name of others) writeFileSync(name, 'not ours');
    for (const precision of ['day', 'hour', 'second'] as const) {
      writeFileSync(path, precision);
      expect(runSync(setAside(path, statSync(path).ino, labelOf(START, precision, 'utc'), 0o640))).toBe(
        labelOf(START, precision, 'utc'),
      );
    }
    expect(runSync(listAside(path)).map(textOf)).toEqual(['second', 'hour', 'day']);
    runSync(deleteOldest(path, 1, START));
    expect(runSync(listAside(path)).map(textOf)).toEqual(['second']);
    expect(others.map(textOf)).toEqual(others.map(() => 'not ours'));
  });

  test('any moment makes a name that is known again', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true }),
        fc.constantFrom('day' as const, 'hour' as const, 'second' as const),
        fc.constantFrom('utc' as const, 'local' as const),
        fc.nat(99_999),
        (date, precision, clock, number) => {
          const label = labelOf(date.getTime(), precision, clock);
          const name = asideName(path, number === 0 ? label : `${label}.${number}`);
          writeFileSync(name, '');
          expect(runSync(listAside(path))).toEqual([name]);
          unlinkSync(name);
        },
      ),
    );
  });

  test('G1: whatever the clock does and whatever names are there, the newest by order of rotation stay', () => {
    const clock = fc.record({
      jumpMillis: fc.oneof(fc.integer({ min: -4_000, max: 4_000 }), fc.integer({ min: -400_000_000, max: 400_000_000 })),
      precision: fc.constantFrom('day' as const, 'hour' as const, 'second' as const),
      rotationClock: fc.constantFrom('utc' as const, 'local' as const),
    });
    const there = fc.record({
      aheadMillis: fc.integer({ min: -900_000_000, max: 900_000_000 }),
      precision: fc.constantFrom('day' as const, 'hour' as const, 'second' as const),
      kind: fc.constantFrom('file' as const, 'directory' as const),
    });
    fc.assert(
      fc.property(
        fc.array(there, { maxLength: 4 }),
        fc.array(clock, { minLength: 1, maxLength: 15 }),
        fc.integer({ min: 1, max: 5 }),
        (before, rotations, keep) => {
          const own = scratch();
          try {
            const ownPath = join(own.path, 'app.log');
            const found = new Map<string, string>();
            const directories: string[] = [];
            for (const { aheadMillis, precision, kind } of before) {
              const name = asideName(ownPath, labelOf(START + aheadMillis, precision, 'utc'));
              if (readdirSync(own.path).some((other) => name.endsWith(other))) continue;
              if (kind === 'directory') {
                mkdirSync(name);
                directories.push(name);
              } else {
                writeFileSync(name, `before ${found.size}`);
                found.set(name, `before ${found.size}`);
              }
            }
            const model = runSync(listAside(ownPath))
              .filter((name) => found.has(name))
              .map((name) => found.get(name)!)
              .reverse();
            let now = START;
            for (const [i, { jumpMillis, precision, rotationClock }] of rotations.entries()) {
              now += jumpMillis;
              writeFileSync(ownPath, `rotated ${i}`);
              runSync(setAside(ownPath, statSync(ownPath).ino, labelOf(now, precision, rotationClock), 0o640));
              model.push(`rotated ${i}`);
              const ours = () => runSync(listAside(ownPath)).filter((name) => !directories.includes(name));
              expect(ours().map(textOf)).toEqual([...model].reverse());
              runSync(deleteOldest(ownPath, keep + directories.length, now));
              // Directories take places of those that are kept, where they are named later.
              const left = ours().map(textOf).reverse();
              expect(left).toEqual(model.slice(-left.length));
              expect(left.length).toBeGreaterThanOrEqual(Math.min(keep, model.length));
              model.splice(0, model.length - left.length);
            }
            for (const name of directories) expect(lstatSync(name).isDirectory()).toBe(true);
          } finally {
            own.remove();
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  const sinkWith = (now: () => number, options: Partial<FileSinkOptions>) =>
    new FileSink({ path, timers: { ...SYSTEM_TIMERS, now }, ...options });

  test('G1: files named in the future do not outlive what was just set aside, and their operator is told', async () => {
    let now = START;
    for (const label of ['2027-03-01T00-00-00', '2027-03-02T00-00-00', '2027-03-03T00-00-00'])
      writeFileSync(asideName(path, label), `${label}\n`);
    const warnings: string[] = [];
    const sink = sinkWith(() => now, { rotation: { bytes: 2 }, keep: 2, onWarning: (warning) => warnings.push(warning) });
    for (const line of ['1\n', '2\n', '3\n', '4\n']) {
      expect(await sink.write(batchOf(line))).toEqual({ status: 'success' });
      now += 1_000;
    }
    await sink.close();
    expect(names().map((name) => textOf(join(directory.path, name)))).toEqual(['2\n', '3\n', '4\n']);
    expect(warnings[0]).toMatch(/named 2027-03-03T00-00-00, which is in the future.*Rename or delete/);
  });

  test('G1: the hour that comes twice, and a change from UTC to local time, say nothing and keep the order', async () => {
    let now = START;
    const warnings: string[] = [];
    const sink = sinkWith(() => now, { rotation: { bytes: 2 }, keep: 3, onWarning: (warning) => warnings.push(warning) });
    for (let i = 0; i < 6; i++) {
      expect(await sink.write(batchOf(`${i}\n`))).toEqual({ status: 'success' });
      now += i === 2 ? -3_600_000 : 600_000;
    }
    await sink.close();
    expect(runSync(listAside(path)).map(textOf)).toEqual(['4\n', '3\n', '2\n']);
    expect(warnings).toEqual([]);
  });

  test('G2: where the path is a symbolic link, the file behind it is rotated beside itself, and the link stays', async () => {
    let now = START;
    const elsewhere = join(directory.path, 'elsewhere');
    mkdirSync(elsewhere);
    const target = join(elsewhere, 'real.log');
    symlinkSync('elsewhere/real.log', path);
    const sink = sinkWith(() => now, { rotation: { bytes: 2 }, keep: 2 });
    for (let i = 0; i < 5; i++) {
      expect(await sink.write(batchOf(`${i}\n`))).toEqual({ status: 'success' });
      now += 1_000;
    }
    await sink.close();
    expect(readlinkSync(path)).toBe('elsewhere/real.log');
    expect(names()).toEqual(['app.log', 'elsewhere']);
    expect(readFileSync(target, 'utf8')).toBe('4\n');
    expect(runSync(listAside(target)).map(textOf)).toEqual(['3\n', '2\n']);
  });
});
