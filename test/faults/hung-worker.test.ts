/** A module of a user's that does not return must cost nobody an audit event, and is named. */
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createLogging } from '../../src/index.ts';
import { jsonLinesIn, temporaryFolder } from '../support/child.ts';
import { until } from './support/until.ts';

const RECORDS = 2_000;

test('a module that hangs in a write: reported by a process warning, the worker replaced, the module set aside, everything else delivered', async () => {
  const folder = temporaryFolder();
  const said: string[] = [];
  const onWarning = ({ name, message }: Error) => {
    if (name === 'HftOtelWarning') said.push(message);
  };
  process.on('warning', onWarning);
  const logging = createLogging({
    handleExits: false,
    ringBufferSize: 10_000,
    backends: {
      file: { path: join(folder.path, 'app.jsonl'), level: 'debug', rotation: 'none' },
      audit: { path: join(folder.path, 'audit.jsonl'), rotation: 'none' },
      hanging: { module: new URL('../process/programs/hanging.ts', import.meta.url) },
      fine: { module: new URL('../process/programs/killer.ts', import.meta.url) },
    },
  });
  onTestFinished(async () => {
    process.off('warning', onWarning);
    await logging.shutdown();
    folder[Symbol.dispose]();
  });
  await logging.ready;
  logging.getLogger('app').info('hang');
  await until(
    () => logging.health().backends.hanging.taken >= 1,
    () => logging.health(),
  );
  for (let i = 0; i < RECORDS; i++) {
    logging.getLogger('app').info('tick', { i });
    logging.getLogger('app').audit('ticked', { i });
  }
  await until(
    () => logging.health().worker.restarts === 1 && logging.health().worker.state === 'running',
    () => logging.health(),
  );
  logging.getLogger('app').info('after');
  expect(await logging.flush({ timeoutMillis: 30_000 })).toMatchObject({ complete: true, pending: 0 });
  const { worker, backends, warnings } = logging.health();
  expect(worker).toMatchObject({ restarts: 1, lastError: expect.stringContaining('hung') });
  expect(backends.hanging).toMatchObject({
    state: 'failed',
    lastError: expect.stringMatching(/^HFT_WORKER_HUNG: .*module of hanging/),
  });
  expect(backends.hanging.dropped.rejected).toBeGreaterThanOrEqual(1);
  for (const { taken, delivered, droppedTotal } of Object.values(backends)) expect(taken).toBe(delivered + droppedTotal);
  expect(backends.fine).toMatchObject({ state: 'ok' });
  expect(backends.fine.delivered).toBeGreaterThanOrEqual(1);
  expect(warnings).toContainEqual(expect.stringMatching(/^HFT_WORKER_HUNG: /));
  expect(said).toContainEqual(expect.stringMatching(/^HFT_WORKER_HUNG: .*module of hanging/));
  const numbers = (prefix: string) =>
    jsonLinesIn(folder.path, prefix)
      .map(({ i }) => i as number)
      .filter((i) => i !== undefined);
  expect(new Set(numbers('audit')).size).toBe(RECORDS);
  expect(new Set(numbers('app')).size).toBe(RECORDS);
});

test('a worker that dies again and again is reported once by a process warning', async () => {
  const said: string[] = [];
  const onWarning = ({ name, message }: Error) => {
    if (name === 'HftOtelWarning') said.push(message);
  };
  process.on('warning', onWarning);
  const logging = createLogging({
    handleExits: false,
    backends: { killer: { module: new URL('../process/programs/killer.ts', import.meta.url) } },
  });
  onTestFinished(async () => {
    process.off('warning', onWarning);
    await logging.shutdown();
  });
  await logging.ready;
  for (let deaths = 1; deaths <= 5; deaths++) {
    logging.getLogger('app').info('die');
    await until(
      () => logging.health().worker.restarts === deaths && logging.health().worker.state === 'running',
      () => logging.health(),
    );
  }
  const told = said.filter((message) => message.startsWith('HFT_WORKER_DIED'));
  expect(told).toEqual([expect.stringContaining('The worker has died 3 times')]);
  expect(logging.health().warnings).toContain(told[0]);
});
