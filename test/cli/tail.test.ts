/**
 * `hft-otel tail` as a user starts it.
 */
import { spawn } from 'node:child_process';
import { appendFileSync, copyFileSync, existsSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { MAIN, start } from '../demo/demo-process.ts';

const directory = mkdtempSync(join(tmpdir(), 'hft-tail-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const log = join(directory, 'app.log');
const record = (i: number, level = 'info', more = '') =>
  `{"time":"2026-11-23T12:34:56.${String(i).padStart(9, '0')}Z","level":"${level}","logger":"exchange.mexc.private.ws","msg":"order ${i}","tags":["mexc"],"exchange":"mexc","ack_us":812.5${more},"seq":${i}}\n`;

beforeEach(() => writeFileSync(log, Array.from({ length: 20 }, (_, i) => record(i, i === 3 ? 'error' : 'info')).join('')));

const tail = (...words: string[]) => start(['tail', ...words], { TZ: 'UTC' });

describe('the end of a file', () => {
  test('ten lines, as the console prints them', async () => {
    const { code, stdout } = await tail(log).ended;
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(10);
    expect(lines[9]).toBe('12:34:56.000 INFO  exchange.mexc.private.ws order 19                     ack=812.5µs');
  });

  test('-n counts what passes the filters', async () => {
    const { stdout } = await tail(log, '-n', '1', '--level', 'error').ended;
    expect(stdout).toContain('order 3 ');
  });

  test('--json gives the lines as they stand', async () => {
    expect((await tail(log, '-n', '2', '--json').ended).stdout).toBe(record(18) + record(19));
  });

  test.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ] as const)('%s', async (_, compress) => {
    const path = join(directory, 'compressed');
    writeFileSync(path, compress(record(1) + record(2)));
    expect((await tail(path, '--json', '-n', '1').ended).stdout).toBe(record(2));
  });

  test('gzip that ends too early: what is readable, a message, exit code 1', async () => {
    const path = join(directory, 'short.gz');
    const whole = gzipSync(Array.from({ length: 20_000 }, (_, i) => record(i)).join(''));
    writeFileSync(path, whole.subarray(0, whole.length / 2));
    const { code, stdout, stderr } = await tail(path, '--json').ended;
    expect(code).toBe(1);
    expect(stdout.split('\n').length).toBeGreaterThan(5);
    expect(stderr).toMatch(/ends too early/);
  });

  test('colours where they are asked for', async () => {
    const forced = await start(['tail', log], { FORCE_COLOR: '1' }).ended;
    expect(forced.stdout).toContain('\u001b[36m');
    const refused = await start(['tail', log], { NO_COLOR: '1' }).ended;
    expect(refused.stdout).not.toContain('\u001b');
    expect((await tail(log).ended).stdout).not.toContain('\u001b');
  });

  test('missing, forbidden kind, binary: a message each, exit code 1, and the others are shown', async () => {
    const binary = join(directory, 'binary');
    writeFileSync(binary, Buffer.from([1, 2, 0, 3]));
    const { code, stdout, stderr } = await tail('-n', '1', join(directory, 'none'), directory, binary, log).ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/none: there is no such file/);
    expect(stderr).toMatch(/it is a folder/);
    expect(stderr).toMatch(/it is binary/);
    expect(stdout).toContain('order 19');
  });

  test('a last line without its newline is shown; one that is no JSON too', async () => {
    writeFileSync(log, `plain text\n${record(1).trimEnd()}`);
    const { stdout } = await tail(log).ended;
    expect(stdout).toMatch(/^plain text\n12:34:56\.000 INFO .*order 1 /);
  });
});

test.each([
  ['behind other lines', ''],
  ['in front of others', `\n${record(7)}`],
])('a line without end takes no memory, %s: it is left out, and said', async (_, behind) => {
  const piece = Buffer.alloc(8 * 1_048_576, 'x');
  for (let i = 0; i < 25; i++) appendFileSync(log, piece); // 200 MiB, more than the heap that is allowed below
  appendFileSync(log, behind);
  const heap = { NODE_OPTIONS: '--max-old-space-size=64' };
  const { code, stdout, stderr } = await start(['tail', '-n', '1', '--json', log], heap).ended;
  expect({ code, stdout }).toEqual({ code: 0, stdout: record(behind === '' ? 19 : 7) });
  if (behind === '') expect(stderr).toMatch(/a line of more than 8\.39 MB was left out/);
});

describe('standard input', () => {
  test('lines come as they are written, and Ctrl-C ends it with 130', async () => {
    const child = spawn(process.execPath, [MAIN, 'tail'], { stdio: ['pipe', 'pipe', 'pipe'] });
    let stdout = '';
    const first = new Promise<void>((resolve) =>
      child.stdout.on('data', (text) => {
        stdout += text;
        resolve();
      }),
    );
    child.stdin.write(record(1));
    await first;
    expect(stdout).toContain('order 1 ');
    const ended = new Promise((resolve) => child.on('close', resolve));
    child.kill('SIGINT');
    expect(await ended).toBe(130);
  });
});

describe('--follow', () => {
  const follow = (...words: string[]) => tail('-f', log, '-n', '1', ...words);

  test('what is appended, through a rename and a truncation, each line once', async () => {
    const running = follow();
    await running.seen(/order 19/);
    appendFileSync(log, record(20));
    await running.seen(/order 20/);
    const old = join(directory, 'app.1.log');
    renameSync(log, old);
    appendFileSync(old, record(21)); // by a writer that has not noticed yet
    writeFileSync(log, record(22));
    await running.seen(/order 22/);
    appendFileSync(old, record(23));
    await running.seen(/order 23/);
    copyFileSync(log, join(directory, 'app.copy.log'));
    truncateSync(log, 0);
    await running.seen(/was truncated/);
    appendFileSync(log, record(24));
    await running.seen(/order 24/);
    running.kill('SIGINT');
    const { code, stdout, stderr } = await running.ended;
    expect(code).toBe(130);
    const seen = [...stdout.matchAll(/order (\d+)/g)].map(([, number]) => Number(number));
    expect(seen.toSorted((a, b) => a - b)).toEqual([19, 20, 21, 22, 23, 24]);
    expect(stderr).toMatch(/was replaced[\s\S]*was truncated.*may be missing/);
  });

  test('a line that is written in two halves is one line', async () => {
    const running = follow();
    await running.seen(/order 19/);
    appendFileSync(log, record(20).slice(0, 50));
    await new Promise((resolve) => setTimeout(resolve, 300));
    appendFileSync(log, record(20).slice(50));
    await running.seen(/INFO .*order 20/);
    running.kill('SIGTERM');
    expect((await running.ended).code).toBe(143);
  });

  test('a file that vanishes is waited for', async () => {
    const running = follow();
    await running.seen(/order 19/);
    rmSync(log);
    await new Promise((resolve) => setTimeout(resolve, 600));
    writeFileSync(log, record(20));
    await running.seen(/order 20/);
    running.kill('SIGINT');
    expect(await running.ended).toMatchObject({ code: 130, stderr: expect.stringContaining('was replaced') });
  });

  test('a file that does not exist yet is waited for', async () => {
    rmSync(log);
    const running = follow();
    await running.seen(/no such file yet/);
    expect(existsSync(log)).toBe(false);
    writeFileSync(log, record(1));
    await running.seen(/order 1 /);
    running.kill('SIGINT');
    expect((await running.ended).code).toBe(130);
  });

  test('a reader that has gone ends it in silence', async () => {
    const running = follow();
    await running.seen(/order 19/);
    running.hangUp();
    const feeding = setInterval(() => appendFileSync(log, record(30)), 50);
    const { code, stderr } = await running.ended;
    clearInterval(feeding);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});
