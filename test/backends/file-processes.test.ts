/**
 * The file sink where it takes more than one process to see what happens.
 */
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AS_NOBODY, canBeNobody, NOBODY, readableByAll } from '../support/another-user.ts';
import {
  CHILD,
  expectClosedAccount,
  has,
  numbersOf,
  runJob,
  scratch,
  smallDisk,
  spawnCode,
  textOf,
  upTo,
} from './file-support.ts';
import type { Job } from './write-lines.child.ts';

describe('file, several processes', { timeout: 30_000 }, () => {
  let directory: ReturnType<typeof scratch>;
  let path: string;
  beforeEach(() => {
    directory = scratch();
    path = join(directory.path, 'app.log');
  });
  afterEach(() => directory.remove());

  const allText = () =>
    readdirSync(directory.path)
      .map((name) => textOf(join(directory.path, name)))
      .join('');
  const job = (tag: string, more: Partial<Job> = {}): Job => ({
    kind: 'file',
    path,
    tag,
    lines: 6_000,
    linesAtOnce: 60,
    gapMillis: 1,
    ...more,
  });

  test('two processes on one path interleave whole lines, each in its order', async () => {
    const reports = await Promise.all([runJob(job('a')), runJob(job('b'))]);
    for (const report of reports) {
      expect(report.account.counts.delivered).toBe(6_000);
      expectClosedAccount(report);
    }
    expect(numbersOf('a', textOf(path))).toEqual(upTo(6_000));
    expect(numbersOf('b', textOf(path))).toEqual(upTo(6_000));
  });

  test('three processes that rotate one path by size lose no line and overwrite no file', async () => {
    const rotation = { bytes: 40_000 };
    const reports = await Promise.all(['a', 'b', 'c'].map((tag) => runJob(job(tag, { rotation }))));
    for (const report of reports) expectClosedAccount(report);
    const files = readdirSync(directory.path);
    // How often depends on how their turns fall.
    expect(files.length).toBeGreaterThan(3);
    const text = allText();
    for (const tag of ['a', 'b', 'c']) expect(numbersOf(tag, text).sort((left, right) => left - right)).toEqual(upTo(6_000));
  });

  test('logrotate moves the file again and again without a signal: no line is lost', async () => {
    let moves = 0;
    let running = true;
    const moving = (async () => {
      while (running) {
        await setTimeout(7);
        if (existsSync(path)) renameSync(path, `${path}.${moves++}`);
      }
    })();
    const report = await runJob(job('a'));
    running = false;
    await moving;
    expect(moves).toBeGreaterThan(5);
    expect(report.account.counts.reopens).toBeGreaterThan(3);
    expect(report.account.counts.delivered).toBe(6_000);
    expect(numbersOf('a', allText()).sort((left, right) => left - right)).toEqual(upTo(6_000));
  });

  test('a disk filled and freed again and again: every line there once and whole, the account exact', async (context) => {
    const disk = smallDisk(2 * 1024 * 1024);
    if (disk === undefined) return context.skip();
    try {
      const onDisk = join(disk.path, 'app.log');
      const ballast = join(disk.path, 'ballast');
      let running = true;
      const filling = (async () => {
        while (running) {
          try {
            writeFileSync(ballast, Buffer.alloc(2 * 1024 * 1024)); // Takes all that is left.
          } catch {}
          await setTimeout(30);
          rmSync(ballast, { force: true });
          await setTimeout(15);
        }
      })();
      const report = await runJob(job('a', { path: onDisk, lines: 12_000, linesAtOnce: 40 }));
      running = false;
      await filling;
      expect(report.complete).toBe(true);
      expect(report.account.counts.retries).toBeGreaterThan(2);
      expect(report.account.lastError).toContain('ENOSPC');
      expectClosedAccount(report);
      const numbers = numbersOf('a', textOf(onDisk));
      expect(numbers).toHaveLength(report.account.counts.delivered);
      expect(new Set(numbers).size).toBe(numbers.length);
      if (report.account.dropped.queue_full === 0) expect(numbers).toEqual(upTo(12_000));
    } finally {
      disk.remove();
    }
  });

  test('a disk that stays full beyond the deadline: what was not taken is counted as lost at shutdown', async (context) => {
    const disk = smallDisk(64 * 1024);
    if (disk === undefined) return context.skip();
    try {
      const report = await runJob(job('a', { path: join(disk.path, 'app.log'), closeMillis: 300 }));
      expect(report.complete).toBe(false);
      expect(report.account.state).not.toBe('ok');
      expectClosedAccount(report);
      expect(report.account.dropped.shutdown).toBeGreaterThan(0);
      expect(report.account.counts.delivered).toBeGreaterThan(0);
    } finally {
      disk.remove();
    }
  });

  test('an unprivileged process: no permission is said, and recovered from by itself when it is given', async (context) => {
    if (!canBeNobody()) return context.skip('needs root and setpriv');
    using program = await readableByAll(CHILD);
    chmodSync(directory.path, 0o711);
    const closed = join(directory.path, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    const inside = join(closed, 'app.log');
    const refused = await runJob(job('a', { path: inside, lines: 100, closeMillis: 200 }), AS_NOBODY, { program });
    expect(refused.account).toMatchObject({ counts: { taken: 100, delivered: 0 }, dropped: { shutdown: 100 } });
    expect(refused.account.lastError).toMatch(/EACCES.*permission/);
    const granted = runJob(job('a', { path: inside, lines: 100 }), AS_NOBODY, {
      program,
      onSpawn: () => void setTimeout(700).then(() => chownSync(closed, NOBODY, NOBODY)),
    });
    expect((await granted).account).toMatchObject({ state: 'ok', counts: { delivered: 100 } });
  });

  test('a process that may write a file but not its directory goes on writing when it cannot rotate, and says so', async (context) => {
    if (!canBeNobody()) return context.skip('needs root and setpriv');
    using program = await readableByAll(CHILD);
    chmodSync(directory.path, 0o755);
    writeFileSync(path, '');
    chownSync(path, NOBODY, NOBODY);
    const report = await runJob(job('a', { rotation: { bytes: 10_000 } }), AS_NOBODY, { program });
    expect(report.account).toMatchObject({
      state: 'degraded',
      counts: { delivered: 6_000 },
      lastError: expect.stringMatching(/Not rotated.*EACCES/),
    });
    expect(numbersOf('a', textOf(path))).toEqual(upTo(6_000));
  });

  test('a limit on file size (ulimit -f) is an error like others, not the end of the process', async (context) => {
    if (!has('prlimit')) return context.skip('needs prlimit');
    const report = await runJob(job('a', { closeMillis: 300 }), ['prlimit', '--fsize=100000']);
    expect(report.account.lastError).toMatch(/EFBIG.*rotate by bytes/);
    expectClosedAccount(report);
    const rotated = await runJob(job('b', { path: join(directory.path, 'other.log'), rotation: { bytes: 90_000 } }), [
      'prlimit',
      '--fsize=100000',
    ]);
    expect(rotated.account).toMatchObject({ state: 'ok', counts: { delivered: 6_000 } });
  });

  test('input/output errors of the disk, injected: every line is there once the disk is well again', async (context) => {
    if (!has('strace') || spawnCode(['strace', '-o', '/dev/null', 'true']) !== 0)
      return context.skip('needs strace and permission to trace');
    // One thread for file work: strace counts calls by thread.
    const inject =
      'env UV_THREADPOOL_SIZE=1 strace -f -qq -o /dev/null -e trace=write -e inject=write:error=EIO:when=2+3 -P'.split(' ');
    const report = await runJob(job('a', { lines: 600, linesAtOnce: 10, gapMillis: 10 }), [...inject, path]);
    expect(report.account.counts.retries).toBeGreaterThan(1);
    expect(report.account.counts.reopens).toBeGreaterThan(1);
    expect(report.account.lastError).toMatch(/EIO.*kernel log/);
    expect(numbersOf('a', textOf(path))).toEqual(upTo(600));
    expectClosedAccount(report);
  });

  test('a FIFO: waits for its reader, survives a slow one, and gives each reader whole lines, in order', async (context) => {
    if (!has('mkfifo')) return context.skip('needs mkfifo');
    const fifo = join(directory.path, 'fifo');
    spawnCode(['mkfifo', fifo]);
    const running = runJob(job('a', { path: fifo, lines: 3_000 }));
    await setTimeout(300);
    const first = await readSlowly(fifo, 30_000);
    await setTimeout(100);
    const second = await readSlowly(fifo, Number.MAX_SAFE_INTEGER);
    const report = await running;
    expect(report.account.lastError).toMatch(/EAGAIN|EPIPE|ENXIO/);
    expect(report.account).toMatchObject({ state: 'ok', counts: { delivered: 3_000 } });
    const before = numbersOf('a', first.slice(0, first.lastIndexOf('\n') + 1));
    const after = numbersOf('a', second);
    expect(before).toEqual(upTo(before.length));
    // What stood in the pipe when its reader left is lost with the pipe; the rest is complete and starts with a whole line.
    expect(after).toEqual(upTo(3_000).slice(3_000 - after.length));
  });
});

/** Reads a FIFO a little at a time until `limit` bytes have come or its writer has closed it. */
async function readSlowly(path: string, limit: number): Promise<string> {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const chunk = Buffer.alloc(3_000);
  let text = '';
  try {
    while (text.length < limit) {
      await setTimeout(2);
      try {
        const count = readSync(fd, chunk);
        if (count === 0 && text !== '') return text;
        text += chunk.toString('latin1', 0, count);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      }
    }
    return text;
  } finally {
    closeSync(fd);
  }
}
