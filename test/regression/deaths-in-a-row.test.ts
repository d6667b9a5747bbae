/**
 * A flush and an exit give up on workers that do not start. Workers that start and are killed at once are not among those, however many there were.
 */
import type { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createLogging } from '../../src/logging.ts';
import { PATIENCE } from '../support/patience.ts';

const DEATHS = 6;

test('after more deaths in a row than starts may fail, a flush waits for the next worker', async () => {
  let killed = 0;
  const onWorker = (worker: Worker) => {
    worker.on('message', ({ type }: { type: string }) => {
      if (type === 'ready' && killed++ < DEATHS) void worker.terminate();
    });
  };
  process.on('worker', onWorker);
  onTestFinished(() => void process.off('worker', onWorker));
  const logging = createLogging({ environment: 'test', handleExits: false });
  const log = logging.getLogger('survivor');
  for (let deaths = 1; deaths <= DEATHS; deaths++) {
    log.info('tick', { deaths });
    await vi.waitFor(() => expect(logging.health().worker.restarts).toBe(deaths), PATIENCE);
  }
  await vi.waitFor(() => expect(logging.health().worker.state).toBe('booting'), { ...PATIENCE, interval: 1 });
  expect(await logging.flush({ timeoutMillis: 60_000 })).toMatchObject({ complete: true, pending: 0 });
  expect(logging.health().lanes.logs).toMatchObject({ accepted: DEATHS, pending: 0, droppedTotal: 0 });
  await logging.shutdown();
}, 120_000);
