import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Backend, LogRecordData, Outcome } from '../../src/contract/backend.ts';
import { STALLED_AFTER_MILLIS } from '../../src/delivery/engine.ts';
import { ObjectQueue, type ObjectQueueOptions } from '../../src/delivery/object-queue.ts';
import { MAX_ASKED_PAUSE_MILLIS } from '../../src/delivery/pauses.ts';
import type { BackendState, DropReason } from '../../src/health/counters.ts';
import { ManualTimers } from '../outbox/manual-timers.ts';
import { type CounterEvents, TellingCounters } from '../support/counters.ts';
import { makeRecords } from '../support/records.ts';

/** What the queue told, added up. */
class Account implements CounterEvents {
  delivered = 0;
  retries = 0;
  readonly dropped: Partial<Record<DropReason, number>> = {};
  readonly states: [BackendState, string | undefined][] = [];
  onDelivered(records: number): void {
    this.delivered += records;
  }
  onDropped(reason: DropReason, records: number): void {
    this.dropped[reason] = (this.dropped[reason] ?? 0) + records;
  }
  onRetry(): void {
    this.retries++;
  }
  onState(state: BackendState, error?: string): void {
    this.states.push([state, error]);
  }
  get droppedTotal(): number {
    return Object.values(this.dropped).reduce((sum, records) => sum + records, 0);
  }
}

/** A backend whose writes settle when the test says so. */
class HeldBackend implements Backend {
  readonly batches: (readonly LogRecordData[])[] = [];
  readonly #held: ((outcome: unknown) => void)[] = [];
  underWay = 0;
  mostUnderWay = 0;
  flushes = 0;
  closes = 0;
  async write(batch: readonly LogRecordData[]): Promise<Outcome | undefined> {
    this.batches.push(batch);
    this.mostUnderWay = Math.max(this.mostUnderWay, ++this.underWay);
    const outcome = await new Promise((resolve) => this.#held.push(resolve));
    this.underWay--;
    if (outcome instanceof Error) throw outcome;
    return outcome as Outcome | undefined;
  }
  /** Settles the oldest write under way. False when there is none. */
  settle(outcome?: unknown): boolean {
    const resolve = this.#held.shift();
    resolve?.(outcome);
    return resolve !== undefined;
  }
  flush(): void {
    this.flushes++;
  }
  close(): void {
    this.closes++;
  }
}

function open(options: Partial<ObjectQueueOptions> = {}) {
  const timers = new ManualTimers();
  const backend = new HeldBackend();
  const account = new Account();
  const queue = new ObjectQueue({ backend, counters: new TellingCounters(account), timers, random: () => 0, ...options });
  const offer = (count: number, from = 0) => makeRecords(count, from).filter((record) => queue.offer(record)).length;
  return { timers, backend, account, queue, offer };
}

const sequencesOf = (batch: readonly LogRecordData[]) => batch.map(({ sequence }) => sequence);

test('what is offered in one turn goes out in one batch, and what comes meanwhile in the next', async () => {
  const { timers, backend, account, offer } = open();
  offer(3);
  await timers.advance(0);
  offer(2, 3);
  await timers.advance(0);
  expect(backend.batches.map(sequencesOf)).toEqual([[0, 1, 2]]);
  backend.settle();
  await timers.advance(0);
  expect(backend.batches.map(sequencesOf)).toEqual([
    [0, 1, 2],
    [3, 4],
  ]);
  backend.settle({ status: 'success' });
  await timers.advance(0);
  expect(account.delivered).toBe(5);
  expect(account.states).toEqual([]);
});

test('a batch is at most batchRecords long', async () => {
  const { timers, backend, offer } = open({ batchRecords: 4 });
  offer(10);
  for (let i = 0; i < 3; i++) {
    await timers.advance(0);
    backend.settle();
  }
  await timers.advance(0);
  expect(backend.batches.map((batch) => batch.length)).toEqual([4, 4, 2]);
});

test('whether so many more would be taken is asked of its own size', async () => {
  const { queue, offer } = open({ maxRecords: 10 });
  offer(6);
  expect([queue.takesAll(3), queue.takesAll(5)]).toEqual([true, false]);
  const large = open({ maxRecords: 100_000 });
  large.offer(1);
  expect(large.queue.takesAll(50_000)).toBe(true);
});

test('when it is full the newest are dropped and counted, the batch under way included in the bound', async () => {
  const { timers, backend, account, queue, offer } = open({ maxRecords: 10 });
  expect(offer(6)).toBe(6);
  await timers.advance(0);
  expect(queue.waiting).toBe(6);
  expect(offer(9, 6)).toBe(4);
  expect(account.dropped).toEqual({ queue_full: 5 });
  backend.settle();
  await timers.advance(0);
  backend.settle();
  await timers.advance(0);
  expect(backend.batches.flatMap(sequencesOf)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(queue.waiting).toBe(0);
});

test('it is also full when the frames of what waits have maxBytes', async () => {
  const { timers, backend, account, queue } = open({ maxBytes: 1_000 });
  const [record] = makeRecords(1);
  const taken = Array.from({ length: 10 }, () => queue.offer(record, 300));
  expect(taken.filter(Boolean)).toHaveLength(4);
  expect(account.dropped).toEqual({ queue_full: 6 });
  await timers.advance(0);
  backend.settle();
  await timers.advance(0);
  expect(queue.offer(record, 300)).toBe(true);
});

test('a refused batch is offered again after growing pauses, before anything newer', async () => {
  const { timers, backend, account, offer } = open({ initialPauseMillis: 100, maxPauseMillis: 350 });
  offer(2);
  await timers.advance(0);
  offer(2, 2);
  for (const pauseMillis of [50, 100, 175, 175]) {
    backend.settle({ status: 'retryable', message: 'busy' });
    await timers.advance(0);
    const before = backend.batches.length;
    await timers.advance(pauseMillis - 1);
    expect(backend.batches).toHaveLength(before);
    await timers.advance(1);
    expect(backend.batches).toHaveLength(before + 1);
  }
  backend.settle();
  await timers.advance(0);
  expect(backend.batches.map(sequencesOf)).toEqual([
    [0, 1],
    [0, 1],
    [0, 1],
    [0, 1],
    [0, 1],
    [2, 3],
  ]);
  expect(account.retries).toBe(4);
});

test('jitter adds up to as much again', async () => {
  const { timers, backend, offer } = open({ initialPauseMillis: 100, random: () => 0.5 });
  offer(1);
  await timers.advance(0);
  backend.settle({ status: 'retryable' });
  await timers.advance(74);
  expect(backend.batches).toHaveLength(1);
  await timers.advance(1);
  expect(backend.batches).toHaveLength(2);
});

test('a pause the backend asks for is kept, up to a bound', async () => {
  const { timers, backend, offer } = open();
  offer(1);
  await timers.advance(0);
  backend.settle({ status: 'retryable', afterMillis: 5_000 });
  await timers.advance(4_999);
  expect(backend.batches).toHaveLength(1);
  await timers.advance(1);
  expect(backend.batches).toHaveLength(2);
  backend.settle({ status: 'retryable', afterMillis: 1e12 });
  await timers.advance(MAX_ASKED_PAUSE_MILLIS);
  expect(backend.batches).toHaveLength(3);
});

test('throwing counts as retryable, with the message', async () => {
  const { timers, backend, account, offer } = open();
  offer(1);
  await timers.advance(0);
  backend.settle(new Error('no route'));
  await timers.advance(0);
  expect(account.states).toEqual([['degraded', 'no route']]);
  await timers.advance(100);
  backend.settle();
  await timers.advance(0);
  expect(account).toMatchObject({
    delivered: 1,
    retries: 1,
    states: [
      ['degraded', 'no route'],
      ['ok', undefined],
    ],
  });
});

test('a write that throws at once, or throws what is no error, is refused like any other', async () => {
  for (const thrown of ['text', null, undefined, { toString: 7 }, Object.create(null)]) {
    const backend: Backend = {
      write() {
        throw thrown;
      },
    };
    const { timers, account, offer } = open({ backend });
    offer(1);
    await timers.advance(0);
    expect(account.states[0][0]).toBe('degraded');
    expect(account.retries).toBe(1);
  }
});

test('refusals that last make the backend failed; one success makes it ok', async () => {
  const { timers, backend, account, offer } = open();
  offer(1);
  await timers.advance(0);
  for (let i = 0; i < 8; i++) {
    backend.settle({ status: 'retryable', message: 'away' });
    await timers.advance(1_000);
  }
  expect(account.states.at(-1)).toEqual(['failed', 'away']);
  while (!backend.settle()) await timers.advance(1_000);
  await timers.advance(0);
  expect(account.states.at(-1)).toEqual(['ok', undefined]);
});

test('a batch that no attempt gets through is given up in the end, and the next one gets its turn', async () => {
  const { timers, backend, account, offer } = open({ giveUpAfterMillis: 60_000 });
  offer(3);
  await timers.advance(0);
  offer(1, 3);
  for (let i = 0; i < 200 && account.dropped.failed === undefined; i++) {
    backend.settle(new Error('poison'));
    await timers.advance(1_000);
  }
  expect(account.dropped).toEqual({ failed: 3 });
  expect(account.states.at(-1)).toEqual(['failed', expect.stringContaining('poison')]);
  expect(sequencesOf(backend.batches.at(-1)!)).toEqual([3]);
  backend.settle();
  await timers.advance(0);
  expect(account.delivered).toBe(1);
});

test.each([
  [{ status: 'failure', message: 'no' }, { delivered: 0, dropped: { rejected: 4 } }, 'failed'],
  [{ status: 'partial', rejected: 1, message: 'no' }, { delivered: 3, dropped: { rejected: 1 } }, 'degraded'],
  [{ status: 'partial', rejected: 99, message: 'no' }, { delivered: 0, dropped: { rejected: 4 } }, 'degraded'],
  [{ status: 'partial', rejected: 0, message: 'no' }, { delivered: 4, dropped: {} }, 'degraded'],
])('%j is counted to the record', async (outcome, account, state) => {
  const opened = open();
  opened.offer(4);
  await opened.timers.advance(0);
  opened.backend.settle(outcome);
  await opened.timers.advance(0);
  expect(opened.account).toMatchObject({ ...account, states: [[state, 'no']] });
  expect(opened.queue.waiting).toBe(0);
});

test.each([
  [7],
  ['ok'],
  [null],
  [true],
  [{}],
  [{ status: 'done' }],
  [[]],
  [{ status: 'partial' }],
  [{ status: 'partial', rejected: -1 }],
  [{ status: 'partial', rejected: 1.5 }],
])('nonsense given back (%j) fails the batch and says what is allowed', async (nonsense) => {
  const { timers, backend, account, offer } = open();
  offer(2);
  await timers.advance(0);
  backend.settle(nonsense);
  await timers.advance(0);
  expect(account.dropped).toEqual({ rejected: 2 });
  expect(account.states).toEqual([['failed', expect.stringContaining('write must give back')]]);
});

test('a write that hangs makes the backend failed, is not repeated, and counts when it settles after all', async () => {
  const { timers, backend, account, offer } = open();
  offer(1);
  await timers.advance(STALLED_AFTER_MILLIS);
  expect(account.states).toEqual([['failed', expect.stringContaining('has not settled')]]);
  expect(backend.batches).toHaveLength(1);
  backend.settle();
  await timers.advance(0);
  expect(account).toMatchObject({ delivered: 1, dropped: {} });
  expect(account.states.at(-1)).toEqual(['ok', undefined]);
});

test('flush settles when what was offered before it is delivered and the backend has flushed; later records do not prolong it', async () => {
  const { timers, backend, queue, offer } = open();
  offer(2);
  let flushed: boolean | undefined;
  void queue.flush(1_000).then((complete) => {
    flushed = complete;
  });
  await timers.advance(0);
  offer(2, 2);
  expect(flushed).toBeUndefined();
  backend.settle();
  await timers.advance(0);
  expect(flushed).toBe(true);
  expect(backend.flushes).toBe(1);
});

test('records gather for the interval; a full batch does not wait for it, nor does a flush', async () => {
  const { timers, backend, queue, offer } = open({ intervalMillis: 60_000, batchRecords: 3 });
  offer(1);
  await timers.advance(0);
  backend.settle();
  offer(5, 1);
  await timers.advance(0);
  backend.settle();
  await timers.advance(0);
  expect(backend.batches.map(sequencesOf)).toEqual([[0], [1, 2, 3]]);
  const flushed = queue.flush(1_000);
  await timers.advance(0);
  backend.settle();
  expect(await flushed).toBe(true);
  expect(backend.batches.map(sequencesOf)).toEqual([[0], [1, 2, 3], [4, 5]]);
});

test('flush cuts short a pause of our own, but not one the backend asked for', async () => {
  for (const [outcome, batches] of [
    [{ status: 'retryable' }, 2],
    [{ status: 'retryable', afterMillis: 60_000 }, 1],
  ] as const) {
    const { timers, backend, queue, offer } = open({ initialPauseMillis: 60_000 });
    offer(1);
    await timers.advance(0);
    backend.settle(outcome);
    await timers.advance(0);
    void queue.flush(1_000);
    await timers.advance(0);
    expect(backend.batches).toHaveLength(batches);
  }
});

test('flush answers false when the time is over, when the backend cannot flush, and when it hangs in flush', async () => {
  const hanging = open();
  hanging.offer(1);
  const late = hanging.queue.flush(1_000);
  await hanging.timers.advance(1_000);
  expect(await late).toBe(false);

  const backend: Backend = { write() {}, flush: () => Promise.reject(new Error('disk')) };
  const failing = open({ backend });
  failing.offer(1);
  const failed = failing.queue.flush(1_000);
  await failing.timers.advance(1_000);
  expect(await failed).toBe(false);
  expect(failing.account.states.length).toBeGreaterThan(1); // It was tried again until the time was over.
  expect(new Set(failing.account.states.map(String))).toEqual(new Set(['degraded,disk']));

  const stuck = open({ backend: { write() {}, flush: () => new Promise(() => {}) } });
  stuck.offer(1);
  const never = stuck.queue.flush(1_000);
  await stuck.timers.advance(1_000);
  expect(await never).toBe(false);
});

test('close drops what was not delivered in time, counts it once, and closes the backend', async () => {
  const { timers, backend, account, queue, offer } = open();
  offer(3);
  await timers.advance(0);
  offer(2, 3);
  const closed = queue.close(500);
  await timers.advance(500);
  expect(await closed).toBe(false);
  expect(account.dropped).toEqual({ shutdown: 5 });
  expect(backend.closes).toBe(1);
  backend.settle();
  await timers.advance(10_000);
  expect(account).toMatchObject({ delivered: 0, dropped: { shutdown: 5 } });
  expect(offer(1)).toBe(0);
  expect(account.dropped).toEqual({ shutdown: 6 });
});

test('close waits for what can be delivered, and leaves no timer behind', async () => {
  const { timers, backend, account, queue, offer } = open();
  offer(3);
  await timers.advance(0);
  const closed = queue.close(500);
  backend.settle();
  expect(await closed).toBe(true);
  expect(account).toMatchObject({ delivered: 3, dropped: {} });
  expect(timers.pending).toBe(0);
});

test('a backend that throws in close changes nothing but its state', async () => {
  const backend: Backend = {
    write() {},
    close() {
      throw new Error('already closed');
    },
  };
  const { account, queue, offer } = open({ backend });
  offer(1);
  expect(await queue.close(500)).toBe(true);
  expect(account.delivered).toBe(1);
  expect(account.states).toEqual([['failed', 'already closed']]);
});

test('whatever a backend answers and whenever, the account closes, order holds, and one write is under way at a time', async () => {
  const outcome = fc.oneof(
    fc.constant(undefined),
    fc.record({ status: fc.constant('partial'), rejected: fc.nat(12) }),
    fc.constant({ status: 'failure' }),
    fc.record({ status: fc.constant('retryable'), afterMillis: fc.nat(300) }),
    fc.constant({ status: 'retryable' }),
    fc.constant('nonsense'),
    fc.constant(new Error('thrown')),
  );
  const step = fc.oneof(
    fc.record({ offer: fc.nat(12) }),
    fc.record({ settle: outcome }),
    fc.record({ advance: fc.nat(400) }),
    fc.record({ flush: fc.nat(400) }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60 }),
      fc.nat(500),
      fc.constantFrom(0, 300),
      async (steps, closeMillis, intervalMillis) => {
        const { timers, backend, account, queue, offer } = open({
          maxRecords: 20,
          batchRecords: 7,
          giveUpAfterMillis: 2_000,
          intervalMillis,
        });
        let offered = 0;
        for (const each of steps) {
          if ('offer' in each) {
            offer(each.offer, offered);
            offered += each.offer;
          } else if ('settle' in each) backend.settle(each.settle);
          else if ('flush' in each) void queue.flush(each.flush);
          else await timers.advance(each.advance);
          await timers.advance(0);
          expect(account.delivered + account.droppedTotal + queue.waiting).toBe(offered);
          expect(queue.waiting).toBeLessThanOrEqual(20);
        }
        const closed = queue.close(closeMillis);
        await timers.advance(closeMillis);
        await closed;
        expect(account.delivered + account.droppedTotal).toBe(offered);
        expect(queue.waiting).toBe(0);
        expect(backend.mostUnderWay).toBeLessThanOrEqual(1);
        const firsts = backend.batches.filter((batch, i) => batch !== backend.batches[i - 1]).flatMap(sequencesOf);
        expect(firsts).toEqual([...firsts].sort((left, right) => left - right));
        expect(new Set(firsts).size).toBe(firsts.length);
        while (backend.settle());
        await timers.advance(100_000);
        expect(account.delivered + account.droppedTotal).toBe(offered);
      },
    ),
    { numRuns: 150 },
  );
});
