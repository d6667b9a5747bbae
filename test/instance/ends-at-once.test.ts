/** An instance that is shut down before its worker has begun. */
import { expect, test } from 'vitest';
import { createLogging } from '../../src/logging.ts';
import { jsonLinesIn, temporaryFolder } from '../support/child.ts';

function open(folder: string) {
  return createLogging({
    handleExits: false,
    backends: {
      file: { path: `${folder}/app.jsonl`, rotation: 'none' },
      audit: { path: `${folder}/audit.jsonl`, rotation: 'none' },
    },
  });
}

test('everything is delivered, and the worker is gone', async () => {
  using folder = temporaryFolder();
  const logging = open(folder.path);
  const log = logging.getLogger('app');
  log.warning('done', { code: 0 });
  log.audit('ended', { code: 0 });
  expect(await logging.shutdown()).toMatchObject({ complete: true, pending: 0 });
  expect(logging.health()).toMatchObject({
    worker: { state: 'stopped', restarts: 0 },
    backends: { file: { taken: 1, delivered: 1 }, audit: { taken: 1, delivered: 1 } },
  });
  expect(jsonLinesIn(folder.path, 'app')).toMatchObject([{ msg: 'done' }]);
  expect(jsonLinesIn(folder.path, 'audit')).toMatchObject([{ event: 'ended', audit_seq: 1 }]);
});

test('a caller that waits for the worker meanwhile is answered: ready, a flush, a receipt, a snapshot', async () => {
  using folder = temporaryFolder();
  const waits = {
    ready: (logging: ReturnType<typeof open>) => logging.ready.then(() => 'ready'),
    flush: (logging: ReturnType<typeof open>) => logging.flush().then(({ complete }) => complete),
    receipt: (logging: ReturnType<typeof open>) =>
      logging
        .getLogger('app')
        .auditReceipt('ended', {}, 'written')
        .then(({ stage }) => stage),
    snapshot: (logging: ReturnType<typeof open>) => logging.metricsSnapshot().then(({ metrics }) => Array.isArray(metrics)),
  };
  const answers = await Promise.all(
    Object.values(waits).map(async (wait) => {
      const logging = open(folder.path);
      const [answer] = await Promise.all([wait(logging), logging.shutdown()]);
      return answer;
    }),
  );
  expect(answers).toEqual(['ready', true, 'written', true]);
});

test('a file that cannot be written is tried until the time is over, and what is left is counted', async () => {
  using folder = temporaryFolder();
  const logging = open(`${folder.path}/app.jsonl`);
  const blocker = createLogging({ handleExits: false, backends: { file: { path: `${folder.path}/app.jsonl` } } });
  blocker.getLogger('app').warning('a file where the other needs a folder');
  await blocker.shutdown();
  logging.getLogger('app').warning('lost');
  expect(await logging.shutdown({ timeoutMillis: 120 })).toMatchObject({ complete: false, pending: 0 });
  expect(logging.health().backends.file).toMatchObject({
    dropped: { shutdown: 1 },
    state: 'failed',
    lastError: expect.stringContaining('ENOTDIR'),
  });
});
