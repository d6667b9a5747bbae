/**
 * Urgent records in front of the spool: how long they wait in memory. A real outbox and a real store, with a clock that the test moves.
 */
import { expect, test, vi } from 'vitest';
import { Outbox, outboxBytes } from '../../src/delivery/outbox.ts';
import { SpooledQueue } from '../../src/spool/spooled-queue.ts';
import { SpoolStore } from '../../src/spool/store.ts';
import { ManualTimers } from '../outbox/manual-timers.ts';
import { infos } from '../support/counters.ts';
import { PATIENCE } from '../support/patience.ts';
import { temporaryFolder } from './support.ts';

const SLOT_BYTES = 64;

async function open() {
  const timers = new ManualTimers();
  const store = await SpoolStore.open({
    directory: temporaryFolder(),
    lane: 'audit',
    token: 'test',
    maxBytes: 1_048_576,
    onFound: () => {},
    onLost: () => {},
    onWarning: () => {},
  });
  let spooled = 0;
  const queue = new SpooledQueue({
    outbox: new Outbox(new SharedArrayBuffer(outboxBytes(8 * SLOT_BYTES, SLOT_BYTES)), SLOT_BYTES),
    store,
    isUrgent: true,
    batchBytes: SLOT_BYTES,
    concurrency: 1,
    onReady: () => {},
    onSpooled: ({ records }) => {
      spooled += records;
    },
    onRepeated: () => {},
    onRefused: async () => false,
    onChange: () => {},
    timers,
  });
  const put = () => {
    queue.claim();
    queue.output.bytes[queue.output.position++] = 1;
    queue.commit({ tally: infos(1) });
  };
  return { timers, queue, put, spooled: () => spooled };
}

test('urgent records that gather for a request, and are taken in time, are not written to the disk', async () => {
  const { timers, queue, put, spooled } = await open();
  for (let tick = 0; tick < 100; tick++) {
    put();
    await timers.advance(20);
    if (tick % 5 === 4) queue.release(queue.take(true)!);
  }
  expect(spooled()).toBe(0);
});

test('urgent records that nobody takes are on disk 250 ms after they came, also behind a batch that was taken', async () => {
  const { timers, queue, put, spooled } = await open();
  put();
  await timers.advance(1);
  queue.take(true);
  put();
  await timers.advance(248);
  put();
  expect(spooled()).toBe(0);
  await timers.advance(2);
  await vi.waitFor(() => expect(spooled()).toBe(2), PATIENCE);
});
