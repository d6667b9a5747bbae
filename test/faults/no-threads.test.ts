import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runProgram } from '../support/child.ts';
import { program } from './support/programs.ts';

test('where threads are not permitted nothing throws and nothing waits: ready rejects with the cause, records are told at the exit', async () => {
  const result = await runProgram(program('no-threads.ts'), [], { execArgv: ['--permission', '--allow-fs-read=*'] });
  expect(result.code, result.stderr).toBe(0);
  const { refused, report, health } = JSON.parse(result.stdout);
  expect(refused).toMatchObject({
    code: 'HFT_WORKER_FORBIDDEN',
    message: expect.stringMatching(/Start Node with --allow-worker/),
  });
  expect(refused.message).not.toContain('bundler');
  expect(report).toMatchObject({ complete: false, pending: 100 });
  expect(health.worker).toMatchObject({ state: 'failed', lastError: expect.stringContaining('HFT_WORKER_DIED') });
  expect(health.lanes.logs).toMatchObject({ accepted: 100, pending: 100 });
  expect(result.stderr).toMatch(
    /hft-otel: 100 records undelivered at the exit, no worker being left. HFT_WORKER_DIED: .*--allow-worker/,
  );
});

test('where threads are not permitted, log records are written at the exit if their file is', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'hft-otel-no-threads-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'app.jsonl');
  const execArgv = ['--permission', '--allow-fs-read=*', `--allow-fs-write=${directory}`];
  const result = await runProgram(program('no-threads.ts'), [path], { execArgv });
  expect(result.code, result.stderr).toBe(0);
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toMatchObject(Array.from({ length: 100 }, (_, i) => ({ msg: 'tick', i })));
  expect(result.stderr).not.toContain('records undelivered');
});

test.each([
  ['exit', 'at the exit'],
  ['shutdown', 'at the shutdown'],
  ['flush', 'with a flush, and survive a SIGKILL behind it'],
])('%s: audit events that no worker takes are put on disk %s', async (how) => {
  const directory = mkdtempSync(join(tmpdir(), 'hft-otel-no-threads-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const execArgv = ['--permission', '--allow-fs-read=*', `--allow-fs-write=${directory}`];
  const result = await runProgram(program('no-threads-audit.ts'), [join(directory, 'audit.jsonl'), how], { execArgv });
  expect(result.signal, result.stderr).toBe(how === 'flush' ? 'SIGKILL' : null);
  const lines = readdirSync(directory)
    .filter((file) => !file.endsWith('.checkpoints'))
    .flatMap((file) => readFileSync(join(directory, file), 'utf8').trimEnd().split('\n'));
  expect(lines.map((line) => JSON.parse(line))).toMatchObject(
    Array.from({ length: 100 }, (_, i) => ({ audit_seq: i + 1, event: 'order_placed', i, symbol: 'BTCUSDT' })),
  );
  expect(result.stderr).not.toContain('records undelivered');
});
