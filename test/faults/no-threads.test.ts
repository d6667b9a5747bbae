import { expect, test } from 'vitest';
import { runProgram } from '../support/child.ts';
import { program } from './support/programs.ts';

test('where threads are not permitted nothing throws and nothing waits: ready rejects with the cause, records are told at the exit', async () => {
  const result = await runProgram(program('no-threads.ts'), [], { execArgv: ['--permission', '--allow-fs-read=*'] });
  expect(result.code, result.stderr).toBe(0);
  const { refused, report, health } = JSON.parse(result.stdout);
  expect(refused).toMatchObject({ code: 'HFT_WORKER_START', message: expect.stringContaining('--allow-worker') });
  expect(report).toMatchObject({ complete: false, pending: 100 });
  expect(health.worker).toMatchObject({ state: 'failed', lastError: expect.stringContaining('HFT_WORKER_DIED') });
  expect(health.lanes.logs).toMatchObject({ accepted: 100, pending: 100 });
  expect(result.stderr).toMatch(
    /hft-otel: 100 records undelivered at the exit, no worker being left. HFT_WORKER_DIED: .*--allow-worker/,
  );
});
