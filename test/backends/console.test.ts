/**
 * The console sink over real pipes, sockets, files and terminals, in processes of their own, for descriptors 1 and 2 are a process's.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConsoleSink, PIECE_BYTES } from '../../src/backends/console/console.ts';
import { SYSTEM_TIMERS } from '../../src/time/timers.ts';
import { AS_NOBODY, canBeNobody, readableByAll } from '../support/another-user.ts';
import { expectClosedAccount, has, numbersOf, scratch, spawnCode, textOf, upTo } from './file-support.ts';
import { batchOf, sinkContract } from './sink-contract.ts';
import type { Report } from './write-lines.child.ts';

const CHILD = fileURLToPath(new URL('./console.child.ts', import.meta.url));
const JOB = { lines: 3_000, linesAtOnce: 100, closeMillis: 5_000, mainPrints: 0, blockMillis: 0 };

if (has('mkfifo')) {
  sinkContract('console, a pipe', async () => {
    const directory = scratch();
    const fifo = join(directory.path, 'fifo');
    spawnCode(['mkfifo', fifo]);
    // Read and write: our end of the pipe stays open whatever the sink does.
    const ours = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
    // Patience of a fiftieth, so that a stalled reader is reported after 20 ms.
    const timers = {
      ...SYSTEM_TIMERS,
      setTimeout: (callback: () => void, millis: number) => SYSTEM_TIMERS.setTimeout(callback, millis / 50),
    };
    const sink = new ConsoleSink({ stream: 'stdout', fd: ours, timers });
    const arrived: Buffer[] = [];
    const chunk = Buffer.alloc(65_536);
    const filler = Buffer.alloc(4_096);
    let reading = true;
    let stalled = false;
    const drain = () => {
      while (!stalled) {
        try {
          arrived.push(Buffer.from(chunk.subarray(0, readSync(ours, chunk)).filter((byte) => byte !== 0)));
        } catch {
          return;
        }
      }
    };
    void (async () => {
      while (reading) {
        drain();
        await setTimeout(1);
      }
    })();
    return {
      sink,
      received: async () => {
        drain();
        return Buffer.concat(arrived);
      },
      trouble: {
        begin: async () => {
          drain();
          stalled = true;
          try {
            for (;;) writeSync(ours, filler);
          } catch {} // Full.
        },
        end: async () => {
          stalled = false;
        },
      },
      dispose: async () => {
        reading = false;
        await setTimeout(2);
        closeSync(ours);
        directory.remove();
      },
    };
  });
}

/** A program that reads 4,000 bytes of its input every 4 ms and passes them on. */
const SLOW_READER = `
  const { readSync } = require('node:fs');
  const bytes = Buffer.alloc(4000);
  const timer = setInterval(() => {
    const count = readSync(0, bytes);
    if (count === 0) clearInterval(timer);
    else process.stdout.write(bytes.toString('latin1', 0, count));
  }, 4);`;

/** Up to the first newline, which the shell prints when the child has ended, or the end. */
async function firstLine(stream: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stream) {
    text += chunk;
    if (text.includes('\n')) break;
  }
  return text.trim();
}

/** Starts the child, with a socket to us as its output or what the shell makes of `redirect`; `as` says behind which command, and where it stands. */
function start(
  job: Partial<typeof JOB>,
  redirect?: string,
  as: { readonly before: string; readonly node: string; readonly file: string } = {
    before: '',
    node: process.execPath,
    file: CHILD,
  },
): { readonly child: ChildProcess; readonly report: Promise<Report> } {
  const env = { ...process.env, SLOW_READER };
  const args = [as.file, JSON.stringify({ ...JOB, ...job })];
  const child =
    redirect === undefined
      ? spawn(as.node, args, { env, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] })
      : spawn('sh', ['-c', `{ ${as.before} "$0" "$@"; echo >&3; } ${redirect}`, as.node, ...args], {
          env,
          stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
        });
  const errors = text(child.stderr!);
  const report = firstLine(child.stdio[3] as Readable).then(async (line) => {
    if (line === '') throw new Error(`the child did not report: ${await errors}`);
    return JSON.parse(line) as Report;
  });
  return { child, report };
}

describe('console', { timeout: 30_000 }, () => {
  let directory: ReturnType<typeof scratch>;
  beforeEach(() => {
    directory = scratch();
  });
  afterEach(() => directory.remove());

  test.each([
    ['a socket (a Node parent)', undefined],
    ['a pipe (a shell)', '| cat'],
  ])('%s: all lines, in order', async (_name, redirect) => {
    const { child, report } = start({}, redirect);
    const output = text(child.stdout!);
    expect(await report).toMatchObject({ complete: true, account: { state: 'ok', counts: { delivered: 3_000 } } });
    expect(numbersOf('a', await output)).toEqual(upTo(3_000));
  });

  test.each(['>', '>>'])(
    'a file (%s): all lines, between what the process prints itself, nothing overwritten',
    async (operator) => {
      const file = join(directory.path, 'out');
      const { report } = start({ mainPrints: 200 }, `${operator} ${file}`);
      expect((await report).account.counts.delivered).toBe(3_000);
      expect(numbersOf('a', textOf(file))).toEqual(upTo(3_000));
      expect(numbersOf('m', textOf(file))).toEqual(upTo(200));
    },
  );

  test('a pipe that the main thread prints to as well: lines do not mix', async () => {
    const { child, report } = start({ mainPrints: 500, lines: 20_000, linesAtOnce: 200 }, '| cat');
    const output = text(child.stdout!);
    await report;
    const all = await output;
    expect(numbersOf('a', all)).toEqual(upTo(20_000));
    expect(numbersOf('m', all)).toEqual(upTo(500));
  });

  test('lines appear while the main thread is blocked', async () => {
    const { child, report } = start({ lines: 10, linesAtOnce: 1, blockMillis: 3_000 });
    let isBlocked = true;
    void report.then(() => {
      isBlocked = false;
    });
    let seen = '';
    for await (const chunk of child.stdout!) {
      seen += chunk;
      if (seen.includes('a 9 ')) break;
    }
    expect(isBlocked).toBe(true);
    await report;
  });

  test.for([
    { what: 'a socket' },
    { what: 'a pipe', redirect: '| { sleep 4; cat; }' },
    {
      what: "another user's pipe",
      redirect: '| { sleep 4; cat; }',
      asNobody: true,
    },
  ])(
    '$what whose reader has stopped: the process ends within its deadline, what was not taken is counted',
    async ({ redirect, asNobody = false }, context) => {
      if (asNobody && !canBeNobody()) return context.skip('needs root and setpriv');
      using program = asNobody ? await readableByAll(CHILD) : null;
      const { child, report } = start(
        { lines: 20_000, linesAtOnce: 500, closeMillis: 1_500 },
        redirect,
        program === null ? undefined : { ...program, before: AS_NOBODY.join(' ') },
      );
      child.stdout!.pause();
      const result = await report;
      if (redirect === undefined) await once(child, 'exit');
      expect(result.complete).toBe(false);
      expectClosedAccount(result);
      expect(result.account.dropped.shutdown + result.account.dropped.queue_full).toBeGreaterThan(0);
      expect(result.account).toMatchObject({ state: 'degraded', lastError: expect.stringContaining('takes nothing') });
      child.kill('SIGKILL');
    },
  );

  test('a reader that is slow gets every line', async () => {
    const { child, report } = start({ lines: 6_000, linesAtOnce: 100, closeMillis: 20_000 }, '| "$0" -e "$SLOW_READER"');
    const output = text(child.stdout!);
    expect((await report).account).toMatchObject({ counts: { delivered: 6_000 } });
    expect(numbersOf('a', await output)).toEqual(upTo(6_000));
  });

  test.each([
    ['a socket', undefined],
    ['a pipe', '| head -n 5'],
  ])(
    '%s whose reader has gone: the process goes on to its end, the state is failed, every line is accounted for',
    async (_name, redirect) => {
      const { child, report } = start({}, redirect);
      if (redirect === undefined) child.stdout!.once('data', () => child.stdout!.destroy());
      else child.stdout!.resume();
      const result = await report;
      expectClosedAccount(result);
      expect(result.account.dropped.rejected).toBeGreaterThan(0);
      expect(result.account).toMatchObject({ state: 'failed', lastError: expect.stringMatching(/EPIPE|ECONNRESET/) });
    },
  );

  test('no standard output at all: said, counted', async () => {
    const { report } = start({}, '>&-');
    const result = await report;
    expectClosedAccount(result);
    expect(result.account.counts.delivered + result.account.dropped.rejected).toBe(3_000);
  });

  test('a full disk behind a redirection: said, retried, counted', async () => {
    const { report } = start({ closeMillis: 300 }, '> /dev/full');
    const result = await report;
    expectClosedAccount(result);
    expect(result.account).toMatchObject({ counts: { delivered: 0 }, lastError: expect.stringContaining('ENOSPC') });
  });

  test('a terminal: all lines', async (context) => {
    if (!has('script')) return context.skip('needs script');
    const file = join(directory.path, 'typescript');
    const child = spawn(
      'script',
      ['-qec', `'${process.execPath}' '${CHILD}' '${JSON.stringify({ ...JOB, lines: 300 })}' 3>/dev/null`, file],
      { stdio: 'ignore' },
    );
    await once(child, 'exit');
    const shown = textOf(file)
      .replaceAll('\r\n', '\n')
      .split('\n')
      .filter((line) => line.startsWith('a '));
    expect(numbersOf('a', `${shown.join('\n')}\n`)).toEqual(upTo(300));
  });

  test('a line longer than a piece goes through whole', async (context) => {
    if (!has('mkfifo')) return context.skip('needs mkfifo');
    const fifo = join(directory.path, 'fifo');
    spawnCode(['mkfifo', fifo]);
    const ours = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
    const sink = new ConsoleSink({ stream: 'stderr', fd: ours });
    const long = `${'y'.repeat(PIECE_BYTES * 3 + 7)}\n`;
    expect(await sink.write(batchOf('short\n', long, 'short\n'))).toEqual({ status: 'success' });
    const chunk = Buffer.alloc(65_536);
    expect(chunk.toString('latin1', 0, readSync(ours, chunk))).toBe(`short\n${long}short\n`);
    await sink.close();
    closeSync(ours);
  });
});
