/**
 * The audit file: which file a line goes to, that success means on disk, and that a sync which failed is never believed again.
 */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AuditFileSink } from '../../src/audit/file-sink.ts';
import { type AuditTarget, auditFilePath, periodLabel } from '../../src/audit/format.ts';
import { AuditTrail, type AuditTrailOptions } from '../../src/audit/trail.ts';
import type { Block } from '../../src/memory/block.ts';
import { SYSTEM_TIMERS } from '../../src/time/timers.ts';
import { runMemory } from '../support/run-memory.ts';
import { expectClosedAccount, has, numbersOf, runJob, scratch, smallDisk, spawnCode, textOf, upTo } from './file-support.ts';
import { batchOf, sinkContract } from './sink-contract.ts';
import type { Job } from './write-lines.child.ts';

const RUN = 'run-of-the-test';
const sinkOf = ({ memory = runMemory(), ...target }: AuditTarget & { memory?: Block }, more: Partial<AuditTrailOptions> = {}) =>
  new AuditFileSink({ target, memory, run: RUN, ...more });
/** What a caller appends with. */
const callerOf = ({ memory = runMemory(), ...target }: AuditTarget & { memory?: Block }, more: Partial<AuditTrailOptions> = {}) =>
  new AuditTrail({ target, memory, run: RUN, ...more });

sinkContract('audit file', async () => {
  const directory = scratch();
  const place = join(directory.path, 'deep');
  const target = { path: join(place, 'audit.jsonl') };
  return {
    sink: sinkOf(target),
    received: async () =>
      existsSync(place) ? Buffer.concat(readdirSync(place).map((name) => readFileSync(join(place, name)))) : new Uint8Array(0),
    trouble: {
      begin: async () => {
        renameSync(place, join(directory.path, 'away'));
        writeFileSync(place, '');
      },
      end: async () => {
        rmSync(place);
        renameSync(join(directory.path, 'away'), place);
      },
    },
    dispose: async () => directory.remove(),
  };
});

describe('audit file', () => {
  let directory: ReturnType<typeof scratch>;
  let path: string;
  let now: number;
  const names = () => readdirSync(directory.path).sort();
  const inDirectory = (name: string) => join(directory.path, name);
  const timers = { ...SYSTEM_TIMERS, now: () => now };

  beforeEach(() => {
    directory = scratch();
    path = join(directory.path, 'audit.jsonl');
    now = Date.UTC(2026, 10, 23, 23, 59, 59);
  });
  afterEach(() => directory.remove());

  test('each day has its file, named from the first byte on; nothing is renamed', async () => {
    const sink = sinkOf({ path }, { timers });
    await sink.write(batchOf('1\n'));
    const first = statSync(inDirectory('audit-2026-11-23.jsonl')).ino;
    now += 1_000;
    await sink.write(batchOf('2\n'));
    now += 1_000;
    await sink.write(batchOf('3\n'));
    await sink.close();
    expect(names()).toEqual(['audit-2026-11-23.jsonl', 'audit-2026-11-24.jsonl']);
    expect(statSync(inDirectory('audit-2026-11-23.jsonl')).ino).toBe(first);
    expect(textOf(inDirectory('audit-2026-11-24.jsonl'))).toBe('2\n3\n');
    expect(statSync(inDirectory('audit-2026-11-23.jsonl')).mode & 0o777).toBe(0o640 & ~process.umask());
  });

  test('names by rotation', () => {
    const moment = Date.UTC(2026, 10, 23, 14, 5, 9);
    const pathOf = (target: AuditTarget) => auditFilePath(target, periodLabel(target, moment));
    expect(pathOf({ path: '/a/audit.jsonl' })).toBe('/a/audit-2026-11-23.jsonl');
    expect(pathOf({ path: '/a/audit.jsonl', rotation: 'hourly' })).toBe('/a/audit-2026-11-23T14.jsonl');
    expect(pathOf({ path: '/a/audit.jsonl', rotation: 'none' })).toBe('/a/audit.jsonl');
    expect(pathOf({ path: 'audit' })).toBe('audit-2026-11-23');
  });

  test('the caller appends to the same file of the day, and both writers interleave whole lines', async () => {
    const memory = runMemory();
    const sink = sinkOf({ path, memory }, { timers });
    const caller = callerOf({ path, memory }, { timers });
    for (let round = 0; round < 50; round++) {
      const writing = sink.write(batchOf(`w ${round} ${'x'.repeat(round % 97)}\n`));
      expect(caller.addSync(Buffer.from(`c ${round} ${'x'.repeat(round % 97)}\n`))).toEqual({ status: 'success' });
      await writing;
    }
    await sink.flush();
    await sink.close();
    expect(names()).toEqual(['audit-2026-11-23.jsonl']);
    const text = textOf(inDirectory('audit-2026-11-23.jsonl'));
    expect(numbersOf('w', text)).toEqual(upTo(50));
    expect(numbersOf('c', text)).toEqual(upTo(50));
  });

  test("a caller's line never glues to one that was cut", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.boolean(), (rest, sync) => {
        const file = inDirectory('audit-2026-11-23.jsonl');
        const half = rest.replaceAll('\n', ' ');
        writeFileSync(file, `whole\n${half}`);
        const caller = callerOf({ path }, { timers });
        const append = (text: string) => (sync ? caller.writeSync(Buffer.from(text)) : caller.addSync(Buffer.from(text)));
        expect(append('{"a":1}\n')).toEqual({ status: 'success' });
        expect(append('{"a":2}\n{"a":3}\n')).toEqual({ status: 'success' });
        caller.endSync();
        expect(textOf(file)).toBe(`whole\n${half}\n{"a":1}\n{"a":2}\n{"a":3}\n`);
      }),
      { numRuns: 30 },
    );
  });

  test("a caller's append makes missing directories, and never throws: what stands in its way is an outcome with a remedy", () => {
    const caller = callerOf({ path: inDirectory('a/b/audit.jsonl') }, { timers });
    expect(caller.writeSync(Buffer.from('1\n'))).toEqual({ status: 'success' });
    caller.endSync();
    expect(textOf(inDirectory('a/b/audit-2026-11-23.jsonl'))).toBe('1\n');
    const refuse = (target: string, message: RegExp) =>
      expect(callerOf({ path: target, rotation: 'none' }).addSync(Buffer.from('1\n'))).toMatchObject({
        status: 'retryable',
        message: expect.stringMatching(message),
      });
    refuse('/dev/full', /ENOSPC.*free space/);
    refuse(directory.path, /EISDIR.*name a file/);
    refuse(inDirectory('a/b/audit-2026-11-23.jsonl/x'), /ENOTDIR.*another path/);
    refuse(`/${'x'.repeat(5_000)}`, /ENAMETOOLONG.*shorter/);
    refuse('/proc/no/audit', /ENOENT/);
    refuse('\0', /null bytes/);
  });

  test('a batch that was begun before midnight is finished in the file it was begun in', async (context) => {
    const disk = smallDisk(1024 * 1024);
    if (disk === undefined) return context.skip();
    try {
      const ballast = join(disk.path, 'ballast');
      writeFileSync(ballast, Buffer.alloc(900_000));
      const sink = sinkOf({ path: join(disk.path, 'audit.jsonl') }, { timers });
      const lines = Array.from({ length: 3_000 }, (_, index) => `${index} ${'x'.repeat(index % 211)}\n`);
      const batch = batchOf(...lines);
      expect(await sink.write(batch)).toMatchObject({ status: 'retryable', message: expect.stringContaining('ENOSPC') });
      now += 1_000;
      rmSync(ballast);
      expect(await sink.write(batch)).toEqual({ status: 'success' });
      expect(await sink.write(batchOf('next\n'))).toEqual({ status: 'success' });
      await sink.close();
      expect(textOf(join(disk.path, 'audit-2026-11-23.jsonl'))).toBe(lines.join(''));
      expect(textOf(join(disk.path, 'audit-2026-11-24.jsonl'))).toBe('next\n');
    } finally {
      disk.remove();
    }
  });

  test('a batch that was begun in a file which was then moved away is written whole to the new one, for one sync is to cover all of it', async (context) => {
    const disk = smallDisk(1024 * 1024);
    if (disk === undefined) return context.skip();
    try {
      const file = join(disk.path, 'audit.jsonl');
      const ballast = join(disk.path, 'ballast');
      writeFileSync(ballast, Buffer.alloc(900_000));
      const sink = sinkOf({ path: file, rotation: 'none' });
      const lines = Array.from({ length: 3_000 }, (_, index) => `${index} ${'x'.repeat(index % 211)}\n`);
      const batch = batchOf(...lines);
      expect(await sink.write(batch)).toMatchObject({ status: 'retryable' });
      renameSync(file, `${file}.moved`);
      rmSync(ballast);
      expect(await sink.write(batch)).toEqual({ status: 'success' });
      await sink.close();
      expect(textOf(file)).toBe(lines.join(''));
    } finally {
      disk.remove();
    }
  });

  test("a worker's half line, and the caller appended meanwhile: the worker's line is written again whole", async (context) => {
    const disk = smallDisk(1024 * 1024);
    if (disk === undefined) return context.skip();
    try {
      const target = { path: join(disk.path, 'audit.jsonl'), rotation: 'none' as const, memory: runMemory() };
      const ballast = join(disk.path, 'ballast');
      writeFileSync(ballast, Buffer.alloc(900_000));
      const sink = sinkOf(target);
      const lines = Array.from({ length: 3_000 }, (_, index) => `w ${index} ${'x'.repeat(index % 97)}\n`);
      const batch = batchOf(...lines);
      expect(await sink.write(batch)).toMatchObject({ status: 'retryable' });
      rmSync(ballast);
      expect(callerOf(target).addSync(Buffer.from('c 0 \n'))).toEqual({ status: 'success' });
      expect(await sink.write(batch)).toEqual({ status: 'success' });
      await sink.close();
      const all = textOf(target.path).split('\n');
      expect(all.filter((line) => line === 'c 0 ')).toHaveLength(1);
      for (const line of lines) expect(all.filter((other) => `${other}\n` === line)).toHaveLength(1);
      expect(all.filter((line) => line !== '' && line !== 'c 0 ' && !lines.includes(`${line}\n`))).toHaveLength(1);
    } finally {
      disk.remove();
    }
  });

  test('moved, deleted, or its directory removed: opened again, counted', async () => {
    let reopens = 0;
    const sink = sinkOf({ path: inDirectory('d/audit.jsonl'), rotation: 'none' }, { onReopen: () => void reopens++ });
    await sink.write(batchOf('1\n'));
    rmSync(inDirectory('d'), { recursive: true });
    expect(await sink.write(batchOf('2\n'))).toEqual({ status: 'success' });
    appendFileSync(inDirectory('d/audit.jsonl'), '');
    renameSync(inDirectory('d/audit.jsonl'), inDirectory('d/moved'));
    expect(await sink.write(batchOf('3\n'))).toEqual({ status: 'success' });
    await sink.close();
    expect([textOf(inDirectory('d/moved')), textOf(inDirectory('d/audit.jsonl'))]).toEqual(['2\n', '3\n']);
    expect(reopens).toBe(2);
  });

  test('/dev/null and pipes, which cannot be synced, are written all the same', async () => {
    const sink = sinkOf({ path: '/dev/null', rotation: 'none' });
    expect(await sink.write(batchOf('1\n'))).toEqual({ status: 'success' });
    await sink.flush();
    await sink.close();
  });
});

describe('audit file, traced', { timeout: 30_000 }, () => {
  let directory: ReturnType<typeof scratch>;
  let path: string;
  beforeEach(() => {
    directory = scratch();
    mkdirSync(join(directory.path, 'logs'));
    path = join(directory.path, 'logs/audit.jsonl');
  });
  afterEach(() => directory.remove());

  const canTrace = () => has('strace') && spawnCode(['strace', '-o', '/dev/null', 'true']) === 0;
  const job = (more: Partial<Job> = {}): Job => ({
    kind: 'audit',
    path,
    tag: 'a',
    lines: 400,
    linesAtOnce: 10,
    gapMillis: 3,
    ...more,
  });
  const allText = () =>
    readdirSync(join(directory.path, 'logs'))
      .map((name) => textOf(join(directory.path, 'logs', name)))
      .join('');
  /** One thread for file work: strace counts the calls of each thread by themselves. */
  const strace = (...options: string[]) => [
    'env',
    'UV_THREADPOOL_SIZE=1',
    'strace',
    '-f',
    '-qq',
    '-y',
    '-o',
    join(directory.path, 'trace'),
    ...options,
  ];

  test('every write is followed by a sync before the next, and the first by a sync of the directory', async (context) => {
    if (!canTrace()) return context.skip('needs strace and permission to trace');
    const report = await runJob(job({ batchesApart: 6 }), strace('-e', 'trace=write,fdatasync,fsync'));
    expect(report.account).toMatchObject({ state: 'ok', counts: { delivered: 400 } });
    const calls = textOf(join(directory.path, 'trace'))
      .split('\n')
      .map((line) => /(write|fdatasync|fsync)\(\d+<([^>]*)>/.exec(line))
      .filter((match) => match !== null && match[2]!.includes('/logs'))
      .map((match) => `${match![1]} ${match![2] === path ? 'file' : 'directory'}`);
    expect(calls.slice(0, 3)).toEqual(['write file', 'fdatasync file', 'fsync directory']);
    for (let index = 0; index < calls.length; index++)
      if (calls[index] === 'write file') expect(calls[index + 1]).toBe('fdatasync file');
    expect(calls.filter((call) => call === 'write file').length).toBeGreaterThan(5);
  });

  test.for([1, 2, 5])(
    'sync number %i fails once, as the kernel does it: the batch is written to another file, the first is never synced again',
    async (nth, context) => {
      if (!canTrace()) return context.skip('needs strace and permission to trace');
      const report = await runJob(
        job({ batchesApart: 6 }),
        strace('-e', 'trace=fdatasync', '-e', `inject=fdatasync:error=EIO:when=${nth}`),
      );
      expect(report.account).toMatchObject({
        state: 'ok',
        counts: { delivered: 400, retries: 1 },
        lastError: expect.stringContaining('EIO'),
      });
      expectClosedAccount(report);
      const files = readdirSync(join(directory.path, 'logs')).sort();
      expect(files).toEqual(['audit.1.jsonl', 'audit.jsonl']);
      const trace = textOf(join(directory.path, 'trace')).split('\n');
      const failed = trace.findIndex((line) => line.includes('EIO'));
      expect(trace.slice(failed + 1).some((line) => line.includes('audit.jsonl>'))).toBe(false);
      // What was not safe in the first file is in the second, whole; what was not in doubt is there once.
      const first = numbersOf('a', textOf(path));
      const second = numbersOf('a', textOf(join(directory.path, 'logs/audit.1.jsonl')));
      expect([...new Set([...first, ...second])].sort((left, right) => left - right)).toEqual(upTo(400));
      expect(second).toEqual(upTo(400).slice(second[0]));
    },
  );

  test('a disk that fails every sync: nothing is called delivered, the state says so, and no files pile up', async (context) => {
    if (!canTrace()) return context.skip('needs strace and permission to trace');
    const report = await runJob(
      job({ closeMillis: 3_000 }),
      strace('-e', 'trace=fdatasync', '-e', 'inject=fdatasync:error=EIO:when=1+'),
    );
    expect(report.complete).toBe(false);
    expect(report.account).toMatchObject({ state: 'failed', counts: { delivered: 0 }, dropped: { shutdown: 400 } });
    expect(report.account.counts.retries).toBeGreaterThan(5);
    expect(readdirSync(join(directory.path, 'logs')).length).toBeLessThanOrEqual(2);
  });

  test('two processes on one audit file interleave whole lines', async () => {
    const reports = await Promise.all([runJob(job()), runJob(job({ tag: 'b' }))]);
    for (const report of reports) expect(report.account.counts.delivered).toBe(400);
    expect(numbersOf('a', allText())).toEqual(upTo(400));
    expect(numbersOf('b', allText())).toEqual(upTo(400));
  });
});
