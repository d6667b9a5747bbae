/**
 * One trail: whoever writes a line, it is in the file of the moment, and what a flush reports is on disk.
 */
import { spawn } from 'node:child_process';
import { appendFileSync, chmodSync, chownSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CurrentFile } from '../../src/audit/current-file.ts';
import { AuditFileSink } from '../../src/audit/file-sink.ts';
import { AuditTrail, type AuditTrailOptions } from '../../src/audit/trail.ts';
import { SYSTEM_TIMERS } from '../../src/time/timers.ts';
import { has, scratch, spawnCode, textOf } from '../backends/file-support.ts';
import { batchOf } from '../backends/sink-contract.ts';
import { runMemory } from '../support/run-memory.ts';
import { wholeCalls } from '../support/strace.ts';

let directory: ReturnType<typeof scratch>;
let path: string;
beforeEach(() => {
  directory = scratch();
  path = join(directory.path, 'audit.jsonl');
});
afterEach(() => directory.remove());
const inDirectory = (name: string) => join(directory.path, name);
const linesOf = (name: string) => [...textOf(inDirectory(name)).matchAll(/"n":"([^"]*)"/g)].map(([, n]) => n);
const files = () => readdirSync(directory.path).sort();

describe('the trail under a tracer', { timeout: 30_000 }, () => {
  const canTrace = () => has('strace') && spawnCode(['strace', '-o', '/dev/null', 'true']) === 0;
  const program = fileURLToPath(new URL('./programs/two-writers.ts', import.meta.url));

  async function run(scenario: string, ...options: string[]) {
    const trace = inDirectory('trace');
    const child = spawn('strace', ['-f', '-qq', '-y', '-o', trace, ...options, process.execPath, program, path, scenario], {
      env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect(errors).toBe('');
    const calls = wholeCalls(textOf(trace))
      .map((call) => /(p?write(?:64)?|fdatasync)\(\d+<([^>]*)>.*= (-?\d+)/.exec(call))
      .filter((match) => match !== null)
      .map(([, call, file, result]) => `${call === 'fdatasync' ? 'sync' : 'write'} ${file!.split('/').at(-1)} ${result}`)
      .filter((call) => call.includes('audit'));
    return { said: JSON.parse(output) as string[], calls };
  }

  test('M1: a line that a caller wrote through after midnight is on disk when a flush says so, though the worker has written nothing since', async (context) => {
    if (!canTrace()) return context.skip('needs strace and permission to trace');
    const { said, calls } = await run('midnight', '-e', 'trace=write,pwrite64,fdatasync');
    expect(said).toEqual(['success', 'success', 'flushed']);
    const written = calls.findIndex((call) => call.startsWith('write audit-2026-11-24.jsonl'));
    expect(written).toBeGreaterThan(0);
    expect(calls.slice(written)).toContain('sync audit-2026-11-24.jsonl 0');
  });

  test('a line that a caller wrote through before midnight is on disk, though the worker has left its file since', async (context) => {
    if (!canTrace()) return context.skip('needs strace and permission to trace');
    const { said, calls } = await run('late', '-e', 'trace=write,pwrite64,fdatasync');
    expect(said).toEqual(['success', 'success', 'success', 'flushed']);
    const yesterday = calls.filter((call) => call.includes('2026-11-23'));
    expect(yesterday.map((call) => call.split(' ')[0])).toEqual(['write', 'sync', 'write', 'sync']);
  });

  test('M1: after a sync that failed nobody appends to the distrusted file, and the next flush brings over what callers had written to it', async (context) => {
    if (!canTrace()) return context.skip('needs strace and permission to trace');
    const { said, calls } = await run(
      'failed sync',
      '-e',
      'trace=write,pwrite64,fdatasync',
      '-e',
      'inject=fdatasync:error=EIO:when=2',
    );
    expect(said).toEqual(['success', 'success', 'EIO', 'success', 'flushed', 'success', 'success', 'flushed']);
    const failed = calls.findIndex((call) => call.endsWith('-1'));
    expect(calls[failed]).toBe('sync audit-2026-11-23.jsonl -1');
    expect(calls.slice(failed + 1).every((call) => call.includes('audit-2026-11-23.1.jsonl'))).toBe(true);
    expect(calls.at(-1)).toBe('sync audit-2026-11-23.1.jsonl 0');
    expect(linesOf('audit-2026-11-23.jsonl')).toEqual(['worker 1', 'caller 1']);
    expect(linesOf('audit-2026-11-23.1.jsonl').sort()).toEqual(['caller 1', 'caller 2', 'caller 3', 'worker 2']);
  });

  test('a batch whose sync fails, and callers in the same file: all of it is in the next file, once', async (context) => {
    if (!canTrace()) return context.skip('needs strace and permission to trace');
    const { said } = await run('failed batch', '-e', 'trace=fdatasync', '-e', 'inject=fdatasync:error=EIO:when=2');
    expect(said).toEqual(['success', 'success', 'retryable', 'success', 'flushed']);
    expect(linesOf('audit-2026-11-23.jsonl')).toEqual(['worker 1', 'caller 1', 'worker 2', 'worker 3']);
    expect(linesOf('audit-2026-11-23.1.jsonl')).toEqual(['caller 1', 'worker 2', 'worker 3']);
  });
});

describe('which file is current', () => {
  test('any number of threads, any clock: all of them name the same file as long as nobody stores another one', () => {
    const step = fc.oneof(
      fc.record({ by: fc.constant('get' as const), who: fc.nat(2) }),
      fc.record({ by: fc.constant('clock' as const), millis: fc.integer({ min: -90_000_000, max: 90_000_000 }) }),
      fc.record({ by: fc.constant('give up' as const), who: fc.nat(2) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.constantFrom('daily', 'hourly', 'none' as const), (steps, rotation) => {
        let now = Date.UTC(2026, 10, 23, 12);
        const memory = runMemory();
        const threads = [0, 1, 2].map(() => new CurrentFile({ path: '/a/audit.jsonl', rotation }, memory, () => now));
        for (const { by, ...rest } of steps) {
          if (by === 'clock') {
            now += (rest as { millis: number }).millis;
            continue;
          }
          const current = threads[(rest as { who: number }).who]!;
          const file = current.get();
          for (const other of threads) expect(other.get()).toEqual(file);
          if (by === 'give up') {
            const next = file.name.replace('.jsonl', `.${file.number + 1}.jsonl`);
            expect(current.succeed(file, next)).toBe(true);
            expect(current.succeed(file, next)).toBe(false); // it has gone already
            expect(current.get()).toMatchObject({ path: next, name: file.name, number: file.number + 1 });
          }
        }
      }),
    );
  });

  test('who has stored another file sees the callers that are still in the one before, and none that come later', () => {
    const current = new CurrentFile({ path: '/a/audit.jsonl' }, runMemory(), () => 0);
    const first = current.enter();
    expect(current.guestsOf(first)).toBe(1);
    expect(current.succeed(first, '/a/audit-1970-01-01.1.jsonl')).toBe(true);
    const second = current.enter();
    expect(second.path).toBe('/a/audit-1970-01-01.1.jsonl');
    expect(current.guestsOf(first)).toBe(1);
    current.leave(first);
    expect([current.guestsOf(first), current.guestsOf(second)]).toEqual([0, 1]);
    current.leave(second);
    expect(current.guestsOf(second)).toBe(0);
  });
});

describe('the audit file as others may have made it', () => {
  const options = (more: Partial<AuditTrailOptions> = {}): AuditTrailOptions => ({
    target: { path, rotation: 'none' },
    memory: runMemory(),
    run: 'r',
    ...more,
  });

  test('K5: half a line that was appended while the file is open, or a cut in mid-line: the next record starts on a line of its own', async () => {
    const sink = new AuditFileSink(options());
    expect(await sink.write(batchOf('{"n":1}\n'))).toEqual({ status: 'success' });
    appendFileSync(path, '{"torn');
    expect(await sink.write(batchOf('{"n":2}\n'))).toEqual({ status: 'success' });
    appendFileSync(path, '{"torn again');
    new AuditTrail(options()).addSync(Buffer.from('{"n":3}\n'));
    appendFileSync(path, '{"and again');
    await sink.flush();
    expect(await sink.write(batchOf('{"n":4}\n'))).toEqual({ status: 'success' });
    await sink.close();
    expect(textOf(path)).toBe('{"n":1}\n{"torn\n{"n":2}\n{"torn again\n{"n":3}\n{"and again\n{"n":4}\n');
  });

  test('K8: a link that stands where the day’s file is to be made, in a folder others can write to, is not followed', async () => {
    if (process.geteuid?.() !== 0) return;
    const shared = inDirectory('shared');
    mkdirSync(shared);
    chmodSync(shared, 0o1777);
    const victim = inDirectory('victim');
    writeFileSync(victim, 'precious\n');
    const link = join(shared, 'audit.jsonl');
    symlinkSync(victim, link);
    const { lchownSync } = await import('node:fs');
    lchownSync(link, 65_534, 65_534);
    const target = { path: link, rotation: 'none' as const };
    const sink = new AuditFileSink(options({ target }));
    const refusal = {
      status: 'retryable',
      message: expect.stringMatching(/symbolic link of user 65534.*not followed: remove the link/),
    };
    expect(await sink.write(batchOf('1\n'))).toMatchObject(refusal);
    expect(new AuditTrail(options({ target })).addSync(Buffer.from('2\n'))).toMatchObject(refusal);
    await sink.close();
    expect(textOf(victim)).toBe('precious\n');
    // One of ours is an operator's wish.
    lchownSync(link, 0, 0);
    expect(new AuditTrail(options({ target })).addSync(Buffer.from('3\n'))).toEqual({ status: 'success' });
    expect(textOf(victim)).toBe('precious\n3\n');
  });

  test('K8: a file that another user has put into a folder others can write to is told of, to root as well', () => {
    if (process.geteuid?.() !== 0) return;
    const shared = inDirectory('shared');
    mkdirSync(shared);
    chmodSync(shared, 0o1777);
    const target = { path: join(shared, 'audit.jsonl'), rotation: 'none' as const };
    writeFileSync(target.path, '', { mode: 0o640 });
    chownSync(target.path, 65_534, 65_534);
    const warnings: string[] = [];
    const trail = new AuditTrail(options({ target, onWarning: (message) => warnings.push(message) }));
    expect(trail.addSync(Buffer.from('1\n'))).toEqual({ status: 'success' });
    expect(warnings).toEqual([expect.stringMatching(/belongs to user 65534.*chown/)]);
  });

  test('K8: folders are made with at most 0750 and files with at most 0640, whatever the umask; a wider file is told of', async () => {
    const deep = inDirectory('a/b/audit.jsonl');
    const child = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { AuditTrail } from ${JSON.stringify(new URL('../../src/audit/trail.ts', import.meta.url).href)};
         import { runMemory } from ${JSON.stringify(new URL('../support/run-memory.ts', import.meta.url).href)};
         process.umask(0);
         new AuditTrail({ target: { path: ${JSON.stringify(deep)}, rotation: 'none' }, memory: runMemory(), run: 'r' }).addSync(Buffer.from('1\\n'));`,
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    await new Promise((resolve) => child.once('exit', resolve));
    const modeOf = (name: string) => (statSync(name).mode & 0o777).toString(8);
    expect([modeOf(deep), modeOf(inDirectory('a/b')), modeOf(inDirectory('a'))]).toEqual(['640', '750', '750']);
    writeFileSync(path, '');
    chmodSync(path, 0o666);
    const warnings: string[] = [];
    const sink = new AuditFileSink(options({ onWarning: (warning) => warnings.push(warning) }));
    await sink.write(batchOf('1\n'));
    await sink.close();
    expect(warnings).toEqual([expect.stringMatching(/mode 0666.*chmod 640/)]);
    expect(modeOf(path)).toBe('666'); // it is not ours to change
  });
});

test('files of the trail that a new day begins with are not made by a flush', async () => {
  let now = Date.UTC(2026, 10, 23, 23, 59, 59);
  const timers = { ...SYSTEM_TIMERS, now: () => now };
  const sink = new AuditFileSink({ target: { path }, memory: runMemory(), run: 'r', timers });
  await sink.write(batchOf('1\n'));
  now += 1_000;
  await sink.flush();
  await sink.close();
  expect(files()).toEqual(['audit-2026-11-23.jsonl']);
});
