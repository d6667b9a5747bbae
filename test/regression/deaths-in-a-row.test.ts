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

/** Seen on a busy machine, where a worker takes its time to start: 53,190 records stayed behind when a shutdown that might take a minute gave up at once. */
test.each(['flush', 'shutdown'] as const)(
  'after starts that failed in a row, a %s waits for one more, which delivers',
  async (way) => {
    let killed = 0;
    const onWorker = (worker: Worker) => {
      if (killed++ < 4) void worker.terminate();
    };
    process.on('worker', onWorker);
    onTestFinished(() => void process.off('worker', onWorker));
    const logging = createLogging({ environment: 'test', handleExits: false, diagnosticLevel: 'none' });
    onTestFinished(async () => void (await logging.shutdown()));
    for (let i = 0; i < 10; i++) logging.getLogger('survivor').info('tick', { i });
    await expect(logging.ready).rejects.toMatchObject({ code: 'HFT_WORKER_START' });
    expect(await logging[way]({ timeoutMillis: 60_000 })).toMatchObject({ complete: true, pending: 0 });
    expect(logging.health().lanes.logs).toMatchObject({ accepted: 10, pending: 0, droppedTotal: 0 });
  },
  120_000,
);
