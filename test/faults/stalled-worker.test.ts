import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { createLogging } from '../../src/index.ts';
import { jsonLinesIn, temporaryFolder } from '../support/child.ts';
import { until } from './support/until.ts';

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

test('a backend of a user that keeps the worker busy for a second: no call waits, logs are counted, audit events are written through, and all is well afterwards', async () => {
  const folder = temporaryFolder();
  const logging = createLogging({
    level: 'debug',
    handleExits: false,
    ringBufferSize: 500,
    backends: {
      file: { path: join(folder.path, 'app.jsonl'), level: 'debug' },
      audit: { path: join(folder.path, 'audit.jsonl'), rotation: 'none' },
      stalling: { module: new URL('./programs/stalling.ts', import.meta.url), options: { millis: 1_000 } },
    },
    routes: [{ when: { logger: 'staller' }, to: ['stalling'] }],
  });
  onTestFinished(async () => {
    await logging.shutdown();
    folder[Symbol.dispose]();
  });
  await logging.ready;
  const log = logging.getLogger('load');
  const staller = logging.getLogger('staller');
  let stalledAt = Number.NEGATIVE_INFINITY;
  let produced = 0;
  let orders = 0;
  const lanes = () => logging.health().lanes;
  // The worker has gone quiet when both rings overflow: it empties them within milliseconds otherwise.
  while (lanes().logs.droppedTotal < 1_000 || logging.health().audit.writtenThrough < 1_000) {
    // Again, if this thread has slept through it.
    if (performance.now() - stalledAt > 2_000) {
      staller.info('stall');
      orders++;
      stalledAt = performance.now();
    }
    for (let i = 0; i < 50; i++) {
      log.info('tick', { n: ++produced });
      log.audit('ticked', { n: produced });
    }
    await sleep(0);
  }
  await until(
    () => lanes().logs.pending === 0,
    () => logging.health(),
  );
  log.info('tick', { n: ++produced });
  log.audit('ticked', { n: produced });
  expect(await logging.flush({ timeoutMillis: 30_000 })).toMatchObject({ complete: true, pending: 0 });
  const { worker, backends, audit } = logging.health();
  expect(worker).toMatchObject({ state: 'running', restarts: 0 });
  const lines = jsonLinesIn(folder.path, 'app');
  const ticks = lines.filter(({ msg }) => msg === 'tick');
  expect(new Set(ticks.map(({ n }) => n)).size).toBe(ticks.length);
  const lost = lanes().logs.dropped.info?.ring_full ?? 0;
  expect(lost).toBe(lanes().logs.droppedTotal);
  // An order to stall may have been among what was dropped.
  const stalls = lines.filter(({ msg }) => msg === 'stall').length;
  expect(ticks.length + stalls + lost).toBe(produced + orders);
  const events = jsonLinesIn(folder.path, 'audit');
  expect(events.map(({ audit_seq }) => audit_seq as number).sort((a, b) => a - b)).toEqual(upTo(produced));
  expect(events.map(({ n }) => n as number).sort((a, b) => a - b)).toEqual(upTo(produced));
  expect(backends.audit).toMatchObject({ state: 'ok', taken: produced, delivered: produced, droppedTotal: 0 });
  expect(audit.lastSequence).toBe(produced);
});
