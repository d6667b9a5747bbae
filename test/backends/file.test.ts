/**
 * The file sink over real files: what can happen to a file while it is written, and what becomes of the lines.
 */
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FileSink } from '../../src/backends/file/file-sink.ts';
import { pause, SYSTEM_TIMERS } from '../../src/time/timers.ts';
import { NOBODY } from '../support/another-user.ts';
import { scratch, smallDisk, textOf } from './file-support.ts';
import { batchOf, sinkContract } from './sink-contract.ts';

sinkContract('file', async () => {
  const directory = scratch();
  const path = join(directory.path, 'deep/app.log');
  return {
    sink: new FileSink({ path }),
    received: async () => (existsSync(path) ? readFileSync(path) : new Uint8Array(0)),
    trouble: {
      // The directory's place is taken by a file: not even root gets past that.
      begin: async () => {
        renameSync(join(directory.path, 'deep'), join(directory.path, 'away'));
        writeFileSync(join(directory.path, 'deep'), '');
      },
      end: async () => {
        rmSync(join(directory.path, 'deep'));
        renameSync(join(directory.path, 'away'), join(directory.path, 'deep'));
      },
    },
    dispose: async () => directory.remove(),
  };
});

describe('file', () => {
  let directory: ReturnType<typeof scratch>;
  let path: string;
  let reopens: number;
  const onReopen = () => void reopens++;

  beforeEach(() => {
    directory = scratch();
    path = join(directory.path, 'app.log');
    reopens = 0;
  });
  afterEach(() => directory.remove());

  test('directories and file are there before the first line, readable by owner and group only', async () => {
    const deep = join(directory.path, 'a/b/app.log');
    const sink = new FileSink({ path: deep });
    await sink.flush();
    expect(statSync(deep).size).toBe(0);
    expect(statSync(deep).mode & 0o777).toBe(0o640 & ~process.umask());
    await sink.close();
  });

  test('appends to what is there', async () => {
    writeFileSync(path, 'old\n');
    const sink = new FileSink({ path });
    await sink.write(batchOf('new\n'));
    await sink.close();
    expect(textOf(path)).toBe('old\nnew\n');
  });

  test('a line that another process is in the middle of writing is not taken for an unfinished one', async () => {
    writeFileSync(path, 'whole\n{"half":');
    const sink = new FileSink({ path });
    const writing = sink.write(batchOf('new\n'));
    // Before the sink looks again, however busy the machine is: timers of one thread go off in the order in which they are due.
    await pause(SYSTEM_TIMERS, 10);
    appendFileSync(path, '"done"}\n');
    await writing;
    await sink.close();
    expect(textOf(path)).toBe('whole\n{"half":"done"}\nnew\n');
  });

  test('a line that a killed process left unfinished stays apart from the first of ours', async () => {
    writeFileSync(path, 'whole\n{"half":');
    const sink = new FileSink({ path });
    await sink.write(batchOf('new\n'));
    await sink.write(batchOf('next\n'));
    await sink.close();
    expect(textOf(path)).toBe('whole\n{"half":\nnew\nnext\n');
  });

  test('moved away (logrotate): the next batch goes to a new file, whether or not a signal came', async () => {
    const sink = new FileSink({ path, onReopen });
    await sink.write(batchOf('1\n'));
    renameSync(path, `${path}.1`);
    await sink.write(batchOf('2\n'));
    renameSync(path, `${path}.2`);
    sink.reopen();
    await sink.flush();
    expect(existsSync(path)).toBe(true);
    await sink.write(batchOf('3\n'));
    await sink.close();
    expect([textOf(`${path}.1`), textOf(`${path}.2`), textOf(path)]).toEqual(['1\n', '2\n', '3\n']);
    expect(reopens).toBe(1);
  });

  test('another file put in its place (logrotate create): the next batch goes there', async () => {
    const sink = new FileSink({ path, onReopen });
    await sink.write(batchOf('1\n'));
    renameSync(path, `${path}.1`);
    writeFileSync(path, 'theirs\n');
    await sink.write(batchOf('2\n'));
    await sink.close();
    expect([textOf(`${path}.1`), textOf(path)]).toEqual(['1\n', 'theirs\n2\n']);
    expect(reopens).toBe(1);
  });

  test('deleted while running: made again, counted', async () => {
    const sink = new FileSink({ path, onReopen });
    await sink.write(batchOf('1\n'));
    rmSync(path);
    await sink.write(batchOf('2\n'));
    await sink.close();
    expect(textOf(path)).toBe('2\n');
    expect(reopens).toBe(1);
  });

  test('its directory removed while running: made again, counted', async () => {
    const deep = join(directory.path, 'a/b/app.log');
    const sink = new FileSink({ path: deep, onReopen });
    await sink.write(batchOf('1\n'));
    rmSync(join(directory.path, 'a'), { recursive: true });
    expect(await sink.write(batchOf('2\n'))).toEqual({ status: 'success' });
    await sink.close();
    expect(textOf(deep)).toBe('2\n');
    expect(reopens).toBe(1);
  });

  test('truncated by an operator: goes on at the new end', async () => {
    const sink = new FileSink({ path, onReopen });
    await sink.write(batchOf('1\n'));
    truncateSync(path);
    await sink.write(batchOf('2\n'));
    await sink.close();
    expect(textOf(path)).toBe('2\n');
    expect(reopens).toBe(0);
  });

  test('a symbolic link is followed, and followed anew when it changes', async () => {
    const link = join(directory.path, 'link.log');
    symlinkSync(path, link);
    const sink = new FileSink({ path: link });
    await sink.write(batchOf('1\n'));
    rmSync(link);
    symlinkSync(`${path}.b`, link);
    await sink.write(batchOf('2\n'));
    await sink.close();
    expect([textOf(path), textOf(`${path}.b`)]).toEqual(['1\n', '2\n']);
  });

  test.skipIf(process.geteuid?.() !== 0)(
    'a file that another user has put there, where others can write, is told of',
    async () => {
      const warningsIn = async (mode: number) => {
        chmodSync(directory.path, mode);
        const warnings: string[] = [];
        const sink = new FileSink({ path, onWarning: (message) => warnings.push(message) });
        expect(await sink.write(batchOf('1\n'))).toEqual({ status: 'success' });
        await sink.close();
        return warnings;
      };
      expect(await warningsIn(0o1777)).toEqual([]);
      chownSync(path, NOBODY, NOBODY);
      expect(await warningsIn(0o1777)).toEqual([
        expect.stringMatching(/belongs to user 65534, in a folder that others can write to/),
      ]);
      // An administrator has given it to a user on purpose.
      expect(await warningsIn(0o755)).toEqual([]);
    },
  );

  test('a path that is a directory says so, and works once it no longer is', async () => {
    mkdirSync(path);
    const sink = new FileSink({ path });
    const batch = batchOf('1\n');
    expect(await sink.write(batch)).toMatchObject({
      status: 'retryable',
      message: expect.stringMatching(/EISDIR.*name a file in it/),
    });
    rmSync(path, { recursive: true });
    expect(await sink.write(batch)).toEqual({ status: 'success' });
    await sink.close();
  });

  test('a directory in which none can be made is said, and holds nothing up', async () => {
    const sink = new FileSink({ path: '/proc/no/such/app.log' });
    expect(await sink.write(batchOf('1\n'))).toMatchObject({
      status: 'retryable',
      message: expect.stringMatching(/ENOENT.*could not be made/),
    });
    await sink.close();
  });

  test('/dev/full: no room, said with a remedy, the process unharmed', async () => {
    const sink = new FileSink({ path: '/dev/full' });
    const outcome = await sink.write(batchOf('1\n'));
    expect(outcome).toMatchObject({ status: 'retryable', message: expect.stringMatching(/ENOSPC.*free space/) });
    await sink.close();
  });

  test('/dev/null with rotation is not renamed away', async () => {
    const sink = new FileSink({ path: '/dev/null', rotation: { bytes: 1 }, keep: 1 });
    for (let round = 0; round < 3; round++) expect(await sink.write(batchOf('x\n'))).toEqual({ status: 'success' });
    await sink.close();
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  test('a full disk: what fits is taken, the rest follows from that very byte when there is room', async (context) => {
    const disk = smallDisk(1024 * 1024);
    if (disk === undefined) return context.skip();
    try {
      const onDisk = join(disk.path, 'app.log');
      const ballast = join(disk.path, 'ballast');
      writeFileSync(ballast, Buffer.alloc(900_000));
      const sink = new FileSink({ path: onDisk });
      const lines = Array.from({ length: 3_000 }, (_, index) => `${index} ${'x'.repeat(index % 211)}\n`);
      const batch = batchOf(...lines);
      expect(await sink.write(batch)).toMatchObject({ status: 'retryable', message: expect.stringContaining('ENOSPC') });
      const taken = statSync(onDisk).size;
      expect(taken).toBeGreaterThan(0);
      expect(textOf(onDisk).endsWith('\n')).toBe(false);
      expect(await sink.write(batch)).toMatchObject({ status: 'retryable' });
      expect(statSync(onDisk).size).toBe(taken);
      rmSync(ballast);
      expect(await sink.write(batch)).toEqual({ status: 'success' });
      await sink.close();
      expect(textOf(onDisk)).toBe(lines.join(''));
    } finally {
      disk.remove();
    }
  });

  test('a full disk, and somebody else appended or truncated meanwhile: the cut line is written again whole, on a line of its own', async (context) => {
    const disk = smallDisk(1024 * 1024);
    if (disk === undefined) return context.skip();
    try {
      const onDisk = join(disk.path, 'app.log');
      const ballast = join(disk.path, 'ballast');
      const lines = Array.from({ length: 3_000 }, (_, index) => `${index} ${'x'.repeat(index % 211)}\n`);
      for (const interfere of [
        () => appendFileSync(onDisk, 'theirs\n'),
        () => truncateSync(onDisk, 10),
        () => renameSync(onDisk, `${onDisk}.old`),
      ]) {
        rmSync(onDisk, { force: true });
        writeFileSync(ballast, Buffer.alloc(900_000));
        const sink = new FileSink({ path: onDisk });
        const batch = batchOf(...lines);
        expect(await sink.write(batch)).toMatchObject({ status: 'retryable' });
        const half = textOf(onDisk);
        rmSync(ballast);
        interfere();
        expect(await sink.write(batch)).toEqual({ status: 'success' });
        await sink.close();
        const cutAt = half.lastIndexOf('\n') + 1;
        const rest = lines.join('').slice(cutAt);
        const after = textOf(onDisk);
        expect(after.endsWith(`\n${rest}`) || after === rest).toBe(true);
      }
    } finally {
      disk.remove();
    }
  });

  test('a line that a full disk has cut is finished before its file is set aside, although a new day has come', async (context) => {
    const disk = smallDisk(1024 * 1024);
    if (disk === undefined) return context.skip();
    try {
      let now = Date.UTC(2026, 10, 23, 23, 59, 59);
      const onDisk = join(disk.path, 'app.log');
      const ballast = join(disk.path, 'ballast');
      writeFileSync(ballast, Buffer.alloc(900_000));
      const sink = new FileSink({ path: onDisk, rotation: 'daily', timers: { ...SYSTEM_TIMERS, now: () => now } });
      const lines = Array.from({ length: 3_000 }, (_, index) => `${index} ${'x'.repeat(index % 211)}\n`);
      const batch = batchOf(...lines);
      expect(await sink.write(batch)).toMatchObject({ status: 'retryable' });
      expect(textOf(onDisk).endsWith('\n')).toBe(false);
      rmSync(ballast);
      now += 1_000;
      expect(await sink.write(batch)).toEqual({ status: 'success' });
      await sink.close();
      const yesterday = textOf(join(disk.path, 'app.2026-11-23.log'));
      expect(yesterday.endsWith('\n')).toBe(true);
      expect(yesterday + textOf(onDisk)).toBe(lines.join(''));
    } finally {
      disk.remove();
    }
  });

  test('a batch given up after a cut: the next one starts on a line of its own', async (context) => {
    const disk = smallDisk(1024 * 1024);
    if (disk === undefined) return context.skip();
    try {
      const onDisk = join(disk.path, 'app.log');
      const ballast = join(disk.path, 'ballast');
      writeFileSync(ballast, Buffer.alloc(900_000));
      const sink = new FileSink({ path: onDisk });
      expect(await sink.write(batchOf(`${'x'.repeat(500_000)}\n`))).toMatchObject({ status: 'retryable' });
      rmSync(ballast);
      expect(await sink.write(batchOf('fresh\n'))).toEqual({ status: 'success' });
      await sink.close();
      expect(textOf(onDisk)).toMatch(/^x+\nfresh\n$/);
    } finally {
      disk.remove();
    }
  });

  test('a file system mounted read-only while running: said, and recovered', async (context) => {
    const disk = smallDisk(1024 * 1024);
    if (disk === undefined) return context.skip();
    try {
      const sink = new FileSink({ path: join(disk.path, 'app.log') });
      await sink.write(batchOf('1\n'));
      await sink.close();
      disk.remount('ro');
      const again = new FileSink({ path: join(disk.path, 'app.log') });
      const batch = batchOf('2\n');
      expect(await again.write(batch)).toMatchObject({ status: 'retryable', message: expect.stringMatching(/EROFS.*remount/) });
      disk.remount('rw');
      expect(await again.write(batch)).toEqual({ status: 'success' });
      await again.close();
      expect(textOf(join(disk.path, 'app.log'))).toBe('1\n2\n');
    } finally {
      disk.remove();
    }
  });
});
