/**
 * `hft-otel find` as a user starts it.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, utimesSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { MAIN, start } from '../demo/demo-process.ts';

const directory = mkdtempSync(join(tmpdir(), 'hft-find-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const record = (id: number, day: number, more = '') =>
  `{"time":"2026-11-${day}T12:00:00.000000000Z","level":"info","logger":"a","msg":"order","order_id":"o-${id}"${more},"seq":${id}}\n`;

const find = (...words: string[]) => start(['find', ...words]).ended;

function write(name: string, content: string | Buffer, day: number): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  const time = new Date(Date.UTC(2026, 10, day, 13));
  utimesSync(path, time, time);
  return path;
}

write('app.2026-11-20.log.gz', gzipSync(record(1, 20) + record(7, 20)), 20);
write('app.2026-11-21.log', record(2, 21) + record(7, 21), 21);
write('app.log.1', record(7, 22), 22);
write('apple.log', record(7, 23), 23);
const log = write('app.log', record(3, 23) + record(7, 23), 23);

describe('files', () => {
  test('a log and what rotation has set aside of it, the oldest first', async () => {
    const { code, stdout } = await find(log, '-w', 'order_id=o-7', '--json');
    expect(stdout).toBe(record(7, 20) + record(7, 21) + record(7, 22) + record(7, 23));
    expect(code).toBe(0);
  });

  test('--no-rotated: the file alone', async () => {
    expect((await find(log, '-w', 'order_id=o-7', '--json', '--no-rotated')).stdout).toBe(record(7, 23));
  });

  test('a folder and its log: the same rotated files, whichever way rotation names them', async () => {
    const folder = join(directory, 'rotated');
    mkdirSync(folder);
    const names = [
      'app.log',
      'app.log.1',
      'app.log.10.gz',
      'app.log-20261128.gz',
      'app.log-20261129',
      'app.log-20261129-1795437296',
      'app.log.2026-11-27',
      'app.log.2026-11-27.1.gz',
      'app.log.2026-11-27T14',
      'app.2026-11-26.log',
      'app.2026-11-26T14.1.log.gz',
    ];
    for (const name of names) writeFileSync(join(folder, name), name.endsWith('.gz') ? gzipSync(record(1, 20)) : record(1, 20));
    for (const name of ['app.log.swp', 'app.log.offset-1', 'app.lock', 'app.log-shipper.yaml'])
      writeFileSync(join(folder, name), record(1, 20));
    for (const operand of [folder, join(folder, 'app.log')])
      expect((await find(operand, '-w', 'order_id=o-1', '--count')).stdout, operand).toBe(`${names.length}\n`);
  });

  test('a folder without logs: it says by which names it knows logs', async () => {
    const folder = join(directory, 'no logs');
    mkdirSync(folder);
    writeFileSync(join(folder, 'messages'), record(1, 20));
    const { code, stderr } = await find(folder, '-w', 'order_id=o-1');
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringMatching(/no logs: .*\.jsonl/) });
  });

  test('a folder: all logs in it', async () => {
    expect((await find(directory, '-w', 'order_id=o-7', '--count')).stdout).toBe('5\n');
  });

  test.skipIf(process.platform === 'win32')('a folder with a FIFO: it is left out, and its writer is not waited for', () => {
    const folder = join(directory, 'mixed');
    mkdirSync(folder);
    writeFileSync(join(folder, 'app.log'), record(1, 20));
    expect(spawnSync('mkfifo', [join(folder, 'pipe.log'), join(folder, 'app.log.1')]).status).toBe(0);
    for (const operand of [folder, join(folder, 'app.log')]) {
      const words = [MAIN, 'find', operand, '--json'];
      const { status, stdout } = spawnSync(process.execPath, words, { encoding: 'utf8', timeout: 60_000, killSignal: 'SIGKILL' });
      expect([status, stdout]).toEqual([0, record(1, 20)]);
    }
  });

  test('--since leaves files out that were written last before', async () => {
    expect(
      (await find(log, '-w', 'order_id=o-7', '--json', '--since', '2026-11-21T12:00:00Z', '--until', '2026-11-22T12:00:00Z'))
        .stdout,
    ).toBe(record(7, 21) + record(7, 22));
  });

  test('--limit ends the search', async () => {
    expect((await find(log, '--json', '--limit', '3')).stdout).toBe(record(1, 20) + record(7, 20) + record(2, 21));
  });
});

describe('exit codes and bad files', () => {
  test('nothing found: 1, and nothing printed', async () => {
    expect(await find(log, '-w', 'order_id=o-99')).toMatchObject({ code: 1, stdout: '', stderr: '' });
  });

  test('missing, binary and truncated files: a message each, exit code 3, and the hits of the others', async () => {
    const binary = write('binary.bin', Buffer.from([0, 1, 2]), 23);
    const short = write('short.log.gz', gzipSync(Buffer.from(record(7, 23).repeat(50_000))).subarray(0, 300), 23);
    const { code, stdout, stderr } = await find(
      join(directory, 'gone.log'),
      binary,
      short,
      log,
      '--no-rotated',
      '-w',
      'order_id=o-7',
      '--json',
    );
    expect(code).toBe(3);
    expect(stdout).toContain(record(7, 23));
    expect(stderr).toMatch(/gone\.log: there is no such file/);
    expect(stderr).toMatch(/binary\.bin: it is binary/);
    expect(stderr).toMatch(/short\.log\.gz: it is compressed and ends too early/);
  });

  test('a line without end takes no memory: it is left out, and said', async () => {
    const path = join(directory, 'long.txt');
    const file = openSync(path, 'w');
    const piece = Buffer.alloc(8 * 1_048_576, 'x');
    for (let i = 0; i < 25; i++) writeSync(file, piece); // 200 MiB, more than the heap that is allowed below
    writeSync(file, `\n${record(7, 23)}`);
    closeSync(file);
    const { code, stdout, stderr } = await start(['find', path, '--json'], { NODE_OPTIONS: '--max-old-space-size=64' }).ended;
    expect({ code, stdout }).toEqual({ code: 3, stdout: record(7, 23) });
    expect(stderr).toMatch(/1 line of more than 8\.39 MB left out/);
  });

  test('a reader that has gone ends it in silence', async () => {
    const path = write('many.log', Array.from({ length: 50_000 }, (_, i) => record(i, 23)).join(''), 23);
    const running = start(['find', path]);
    await running.seen(/order/);
    running.hangUp();
    expect(await running.ended).toMatchObject({ code: 0, stderr: '' });
  });
});
