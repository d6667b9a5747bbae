/** What is owed in marks, and who writes it when. */
import { expect, test } from 'vitest';
import { decodeFrame } from '../../src/codec/decode.ts';
import { LossMarks } from '../../src/delivery/loss-marks.ts';
import { BackendCounters, countersBytes } from '../../src/health/counters.ts';
import { tallyOf } from '../../src/health/tally.ts';
import { AUDIT_RANK, rankOfLevel } from '../../src/record.ts';
import { clock, openDestination } from './opened-destination.ts';

test('the successor of a worker that died writes the marks that are owed, and its own losses with them', () => {
  const memory = new SharedArrayBuffer(countersBytes(1));
  const before = new BackendCounters(memory, 0);
  before.take(tallyOf('audit', AUDIT_RANK, 9));
  before.drop('queue_full', tallyOf('logs', rankOfLevel('error'), 3));
  before.missRingMark(tallyOf('logs', rankOfLevel('debug'), 40));

  const counters = new BackendCounters(memory, 0);
  counters.settle(tallyOf('audit', AUDIT_RANK, 2), 'lost');
  const marks = new LossMarks(counters, clock);
  expect(marks.isDue).toBe(true);
  const told = Array.from({ length: marks.write() }, (_, i) => {
    const { attributes, level, loggerName } = decodeFrame(marks.source, marks.frames[i]!, marks.source.decodeContext());
    marks.sent(i);
    return { level, loggerName, ...attributes };
  });
  const own = { level: 'warning', loggerName: 'hft-otel' };
  expect(told).toEqual([
    { ...own, lost: 40, lane: 'logs', reason: 'ring_full', debug: 40 },
    { ...own, lost: 3, lane: 'logs', reason: 'queue_full', error: 3 },
    { ...own, lost: 7, lane: 'audit', reason: 'worker_died', info: 7 },
  ]);
  expect(marks.isDue).toBe(false);
  expect(new LossMarks(new BackendCounters(memory, 0), clock).isDue).toBe(false);
});

test('a destination that refuses a batch for good gets a mark of it with the next one; a mark that was refused is told again, and counts as no record', async () => {
  const { log, deliver, flush, counters, marks } = openDestination([{ status: 'failure' }, { status: 'failure' }]);
  log.error('one');
  deliver('logs');
  expect(await flush()).toBe(true); // refused
  expect(await flush()).toBe(true); // its mark is refused too
  expect(counters.read().dropped.rejected).toBe(1);
  log.error('two');
  deliver('logs');
  expect(await flush()).toBe(true);
  expect(marks()).toMatchObject([{ lost: 1, reason: 'rejected', lane: 'logs', error: 1, level: 'warning' }]);
  expect(counters.get('taken')).toBe(2);
  expect(counters.get('delivered')).toBe(1);
});

test('a flood of logs in a queue that audit events go through too costs no audit event', async () => {
  const { log, deliver, flush, counters, lines } = openDestination([{ status: 'retryable', afterMillis: 30_000 }], {
    slotBytes: 8_192,
    slots: 8,
  });
  for (let i = 0; i < 2_000; i++) log.fatal('flood', { i });
  deliver('logs');
  for (let i = 0; i < 20; i++) log.audit('order_placed', { i });
  deliver('audit');
  expect(await flush()).toBe(true);
  expect(counters.droppedByLane.audit).toBeUndefined();
  expect(counters.droppedByLane.logs?.fatal?.queue_full).toBeGreaterThan(0);
  expect(lines.filter(({ event }) => event === 'order_placed')).toHaveLength(20);
});

test('the mark stands at the gap: behind what came before it, in front of what was taken after it', async () => {
  const { log, deliver, flush, lines } = openDestination([{ status: 'retryable', afterMillis: 10_000 }]);
  for (let i = 0; i < 400; i++) log.info('first', { i });
  deliver('logs');
  await flush();
  log.info('last');
  deliver('logs');
  await flush();
  const kinds = lines.map(({ logger, msg }) => (logger === 'hft-otel' ? 'mark' : msg));
  expect([...new Set(kinds)]).toEqual(['first', 'mark', 'last']);
});
