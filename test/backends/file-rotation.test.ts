/**
 * Rotation: when, under which name, and what is deleted.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FileSink, type FileSinkOptions } from '../../src/backends/file/file-sink.ts';
import { asideName, deleteOldest, labelOf, listAside, periodEnd, setAside } from '../../src/files/rotation.ts';
import { runSync } from '../../src/files/steps.ts';
import { SYSTEM_TIMERS } from '../../src/time/timers.ts';
import { scratch, textOf } from './file-support.ts';
import { batchOf } from './sink-contract.ts';

describe('file rotation', { timeout: 30_000 }, () => {
  let directory: ReturnType<typeof scratch>;
  let path: string;
  let now: number;
  const names = () => readdirSync(directory.path).sort();
  const sinkWith = (options: Partial<FileSinkOptions>) =>
    new FileSink({ path, timers: { ...SYSTEM_TIMERS, now: () => now }, ...options });
  const write = async (sink: FileSink, ...lines: string[]) =>
    expect(await sink.write(batchOf(...lines))).toEqual({ status: 'success' });

  beforeEach(() => {
    directory = scratch();
    path = join(directory.path, 'app.log');
    now = Date.UTC(2026, 10, 23, 23, 59, 59, 500);
  });
  afterEach(() => directory.remove());

  test('daily: what was written before midnight is in the file of that day, and the path holds today', async () => {
    const sink = sinkWith({ rotation: 'daily' });
    await write(sink, 'before\n');
    now += 500;
    await write(sink, 'after\n');
    now += 1_000;
    await write(sink, 'later\n');
    await sink.close();
    expect(names()).toEqual(['app.2026-11-23.log', 'app.log']);
    expect(textOf(join(directory.path, 'app.2026-11-23.log'))).toBe('before\n');
    expect(textOf(path)).toBe('after\nlater\n');
  });

  test('hourly: names carry the hour', async () => {
    const sink = sinkWith({ rotation: 'hourly' });
    for (let hour = 0; hour < 3; hour++) {
      await write(sink, `${hour}\n`);
      now += 3_600_000;
    }
    await sink.close();
    expect(names()).toEqual(['app.2026-11-23T23.log', 'app.2026-11-24T00.log', 'app.log']);
  });

  test('a file left from an earlier day by a process that has ended is set aside under its own day', async () => {
    writeFileSync(path, 'old\n');
    utimesSync(path, new Date('2026-11-20T10:00:00Z'), new Date('2026-11-20T10:00:00Z'));
    const sink = sinkWith({ rotation: 'daily' });
    await write(sink, 'new\n');
    await sink.close();
    expect(names()).toEqual(['app.2026-11-20.log', 'app.log']);
    expect(textOf(path)).toBe('new\n');
  });

  test('days without lines leave no files, and a file whose time stamp is a kernel tick behind midnight belongs to the new day', async () => {
    const sink = sinkWith({ rotation: 'daily' });
    await write(sink, '1\n');
    now += 5 * 86_400_000;
    await write(sink, '2\n');
    await sink.close();
    expect(names()).toEqual(['app.2026-11-23.log', 'app.log']);
    now = Date.UTC(2026, 10, 29, 0, 0, 0, 4);
    utimesSync(path, new Date(now - 8), new Date(now - 8));
    const second = sinkWith({ rotation: 'daily' });
    await write(second, '3\n');
    await second.close();
    expect(textOf(path)).toBe('2\n3\n');
  });

  test('two sinks on one path rotate once at midnight', async () => {
    const sinks = [sinkWith({ rotation: 'daily' }), sinkWith({ rotation: 'daily' })];
    for (const sink of sinks) {
      await write(sink, 'before\n');
      utimesSync(path, new Date(now), new Date(now)); // the kernel's clock is not ours
    }
    now += 500;
    await Promise.all(sinks.map((sink) => write(sink, 'after\n')));
    for (const sink of sinks) await sink.close();
    expect(names()).toEqual(['app.2026-11-23.log', 'app.log']);
    expect(textOf(path)).toBe('after\nafter\n');
  });

  test('by bytes: no file grows beyond the limit unless one line does; every line is there once, in order, over all files', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 60 }),
        fc.array(
          fc.array(fc.string({ minLength: 0, maxLength: 25, unit: fc.constantFrom('a', 'b') }), { minLength: 1, maxLength: 8 }),
          { maxLength: 8 },
        ),
        async (limit, batches) => {
          const own = scratch();
          const ownPath = join(own.path, 'x');
          const sink = new FileSink({ path: ownPath, rotation: { bytes: limit } });
          const lines = batches.map((batch) => batch.map((line) => `${line}\n`));
          for (const batch of lines) await write(sink, ...batch);
          await sink.close();
          const files = [...runSync(listAside(ownPath)).reverse(), ownPath].map(textOf);
          expect(files.join('')).toBe(lines.flat().join(''));
          for (const text of files) if (text.length > limit) expect(text.indexOf('\n')).toBe(text.length - 1);
          // No file was set aside while the next line would have fitted.
          for (let index = 0; index + 1 < files.length; index++) {
            expect(files[index]!.length + files[index + 1]!.indexOf('\n') + 1).toBeGreaterThan(limit);
          }
          own.remove();
        },
      ),
      { numRuns: 30 },
    );
  });

  test('keep: only the newest files set aside stay, and nothing that is not ours goes', async () => {
    const others = [
      'app.log.1',
      'app.2026-11-2x.log',
      'app.2026-11-23.log.gz',
      'apple.2026-11-01.log',
      'app.2026-11-01.txt',
      'app..log',
      'app.1.log',
    ];
    for (const name of others) writeFileSync(join(directory.path, name), 'theirs\n');
    mkdirSync(join(directory.path, 'app.2001-01-01.log'));
    symlinkSync('/etc/hostname', join(directory.path, 'app.2001-01-02.log'));
    const sink = sinkWith({ rotation: { bytes: 2 }, keep: 3 });
    for (let round = 0; round < 12; round++) {
      await write(sink, `${round % 10}\n`);
      if (round % 4 === 3) now += 1_000;
    }
    await sink.close();
    const ours = runSync(listAside(path)).filter((name) => !/2001/.test(name));
    expect(ours.map(textOf)).toEqual(['0\n', '9\n', '8\n']);
    expect(names()).toEqual(expect.arrayContaining([...others, 'app.2001-01-01.log', 'app.2001-01-02.log', 'app.log']));
  });

  test('keep leaves a name that another process has reserved a moment ago, and removes one that a dead process left', async () => {
    for (const [name, age] of [
      ['app.2026-01-01.log', 1_000],
      ['app.2026-01-02.log', 120_000],
    ] as const) {
      writeFileSync(join(directory.path, name), '');
      utimesSync(join(directory.path, name), new Date(now - age), new Date(now - age));
    }
    writeFileSync(join(directory.path, 'app.2026-01-03.log'), 'kept\n');
    runSync(deleteOldest(path, 1, now));
    expect(names()).toEqual(['app.2026-01-01.log', 'app.2026-01-03.log']);
  });

  test('a name that is taken is never overwritten', async () => {
    writeFileSync(join(directory.path, 'app.2026-11-23.log'), 'theirs\n');
    mkdirSync(join(directory.path, 'app.2026-11-23.1.log'));
    const sink = sinkWith({ rotation: 'daily' });
    await write(sink, 'ours\n');
    now += 500;
    await write(sink, 'after\n');
    await sink.close();
    expect(textOf(join(directory.path, 'app.2026-11-23.log'))).toBe('theirs\n');
    expect(textOf(join(directory.path, 'app.2026-11-23.2.log'))).toBe('ours\n');
  });

  test('when another process has moved the file first, nothing is moved and the reserved name is given back', async () => {
    writeFileSync(path, 'new file of the other process\n');
    expect(runSync(setAside(path, statSync(path).ino + 1, '2026-11-23', 0o640))).toBe(undefined);
    expect(runSync(setAside(join(directory.path, 'none.log'), 1, '2026-11-23', 0o640))).toBe(undefined);
    expect(names()).toEqual(['app.log']);
  });

  test('names: the label stands in front of the extension, and a listing by label is a listing by time', () => {
    expect(asideName('/var/log/app.log', '2026-11-23')).toBe('/var/log/app.2026-11-23.log');
    expect(asideName('app', '2026-11-23')).toBe('app.2026-11-23');
    expect(asideName('/x/.hidden', '2026-11-23')).toBe('/x/.hidden.2026-11-23');
    const moment = Date.UTC(2026, 10, 23, 14, 5, 9);
    expect([labelOf(moment, 'day', 'utc'), labelOf(moment, 'hour', 'utc'), labelOf(moment, 'second', 'utc')]).toEqual([
      '2026-11-23',
      '2026-11-23T14',
      '2026-11-23T14-05-09',
    ]);
    expect(periodEnd(moment, 'daily', 'utc')).toBe(Date.UTC(2026, 10, 24));
    expect(periodEnd(moment, 'hourly', 'utc')).toBe(Date.UTC(2026, 10, 23, 15));
  });

  test.each([
    'Europe/Berlin',
    'America/Sao_Paulo',
    'America/Havana',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'Africa/Casablanca',
  ])('local days and hours in %s: each moment has one period, through every change of the clock', (zone) => {
    const child = fileURLToPath(new URL('./period.child.ts', import.meta.url));
    expect(execFileSync(process.execPath, [child], { env: { ...process.env, TZ: zone }, encoding: 'utf8' })).toMatch(
      /^ok 20(25|26)-/,
    );
  });
});
