/**
 * The contract of every backend that takes objects, as tests. Our backends are tested with it, and a user's own can be (docs/backends.md). It depends on no
 * test framework: the caller passes `test`, of vitest, node:test or another.
 *
 * ```ts
 * import { test } from 'node:test';
 * backendContract('my backend', test, async () => {
 *   const table = await openTable();
 *   return { backend: new MyBackend(table), delivered: async () => (await table.rows()).map((row) => row.attributes.number) };
 * });
 * ```
 */
import assert from 'node:assert/strict';
import type { Backend, LogRecordData } from '../contract/backend.ts';
import { ObjectQueue } from '../delivery/object-queue.ts';
import { BackendCounters, countersBytes } from '../health/counters.ts';
import { Deadline, TIMED_OUT } from '../time/deadline.ts';

/** The object that each test of the contract gets: a backend of its own on an empty destination. */
export interface BackendUnderTest {
  readonly backend: Backend;
  /**
   * The attribute `number` of every record that its destination has, in the order in which they arrived. Left out: the destination cannot be read, and the
   * tests that need it check less.
   */
  readonly delivered?: () => readonly number[] | Promise<readonly number[]>;
  /** Takes the destination away and brings it back. Left out: it cannot go away. */
  readonly interrupt?: () => void | Promise<void>;
  readonly restore?: () => void | Promise<void>;
  /** Called at the end of each test, after the backend's `close`. */
  readonly cleanUp?: () => void | Promise<void>;
}

type TestFunction = (name: string, run: () => Promise<void>) => unknown;

const STATUSES = ['success', 'partial', 'retryable', 'failure'];

/** Longest time for a `flush` or `close` on a destination in good health. */
const PATIENCE_MILLIS = 10_000;

/**
 * Declares the tests of the contract, one call of `test` each; every one opens a backend anew by `open`, and closes it.
 *
 * @param name stands in front of each test's name
 * @param test of any framework: takes a name and an async function
 */
export function backendContract(
  name: string,
  test: TestFunction,
  open: () => BackendUnderTest | Promise<BackendUnderTest>,
): void {
  const check = (promise: string, run: (opened: BackendUnderTest) => Promise<void>) =>
    test(`${name}: ${promise}`, async () => {
      const opened = await open();
      try {
        await run(opened);
      } finally {
        await opened.cleanUp?.();
      }
    });

  check('an empty batch is taken', async ({ backend }) => {
    assertTaken(await backend.write([]));
    await backend.flush?.();
    await backend.close?.();
  });

  check('records arrive once and in order', async ({ backend, delivered }) => {
    for (let from = 0; from < 300; from += 100) assertTaken(await backend.write(numbered(100, from)));
    await backend.flush?.();
    if (delivered !== undefined) assert.deepEqual(await delivered(), range(300));
    await backend.close?.();
  });

  check('every kind of record and value is taken', async ({ backend, delivered }) => {
    const records = everyKind();
    assertTaken(await backend.write(records));
    await backend.flush?.();
    // In any order: protocols group records by logger.
    if (delivered !== undefined) assert.deepEqual([...(await delivered())].sort(ascending), range(records.length));
    await backend.close?.();
  });

  check('a batch and its records are left as they are', async ({ backend }) => {
    const batch = deepFreeze([...numbered(3), ...everyKind()]);
    assertTaken(await backend.write(batch));
    await backend.flush?.();
    await backend.close?.();
  });

  check('its sender may change a batch when write has settled', async ({ backend, delivered }) => {
    const batch = [...numbered(10)];
    assertTaken(await backend.write(batch));
    batch.length = 0;
    assertTaken(await backend.write(numbered(10, 10)));
    await backend.flush?.();
    if (delivered !== undefined) assert.deepEqual(await delivered(), range(20));
    await backend.close?.();
  });

  check('flush and close settle when nothing was written', async ({ backend }) => {
    await within('flush', backend.flush?.());
    await within('close', backend.close?.());
  });

  check('behind its queue, everything offered is delivered and counted', async ({ backend, delivered }) => {
    const counters = freshCounters();
    const queue = queueFor(backend, counters);
    for (const record of numbered(2_000)) queue.offer(record);
    assert.equal(await queue.close(PATIENCE_MILLIS), true, 'close was complete');
    assert.deepEqual(accountOf(counters), { delivered: 2_000, dropped: 0 });
    if (delivered !== undefined) assert.deepEqual(await delivered(), range(2_000));
  });

  check(
    'while its destination is away a batch is refused, and delivered afterwards',
    async ({ backend, delivered, interrupt, restore }) => {
      if (interrupt === undefined || restore === undefined) return;
      const counters = freshCounters();
      const queue = queueFor(backend, counters);
      queue.offer(numbered(1)[0]);
      assert.equal(await queue.flush(PATIENCE_MILLIS), true);
      await interrupt();
      for (const record of numbered(50, 1)) queue.offer(record);
      assert.equal(await queue.flush(500), false, 'flush says that records wait');
      assert.equal(queue.waiting, 50);
      await restore();
      assert.equal(await queue.close(PATIENCE_MILLIS), true);
      assert.deepEqual(accountOf(counters), { delivered: 51, dropped: 0 });
      if (delivered !== undefined) assert.deepEqual([...new Set(await delivered())], range(51));
    },
  );
}

function queueFor(backend: Backend, counters: BackendCounters): ObjectQueue {
  return new ObjectQueue({ backend, counters, initialPauseMillis: 20, maxPauseMillis: 50 });
}

function freshCounters(): BackendCounters {
  return new BackendCounters(new ArrayBuffer(countersBytes(1)), 0);
}

function accountOf(counters: BackendCounters): { delivered: number; dropped: number } {
  return { delivered: counters.get('delivered'), dropped: counters.droppedTotal };
}

function assertTaken(outcome: unknown): void {
  if (outcome === undefined) return;
  assert.ok(STATUSES.includes((outcome as { status: string }).status), 'write gives back nothing or an outcome');
  assert.deepEqual(outcome, { status: 'success' });
}

async function within(what: string, promise: void | Promise<void> | undefined): Promise<void> {
  const outcome = await Deadline.in(PATIENCE_MILLIS).race(Promise.resolve(promise));
  assert.notEqual(outcome, TIMED_OUT, `${what} has not settled within ${PATIENCE_MILLIS} ms`);
}

const ascending = (left: number, right: number) => left - right;

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

const BASE: LogRecordData = {
  lane: 'logs',
  level: 'info',
  severityNumber: 9,
  severityText: 'INFO',
  body: 'order placed',
  timeUnixNanos: 1_764_000_000_123_456_789n,
  observedTimeUnixNanos: 1_764_000_000_123_456_789n,
  loggerName: 'exchange.mexc.private.rest',
  tags: ['mexc', 'private', 'rest'],
  attributes: {},
  sequence: 0,
};

function numbered(count: number, from = 0): readonly LogRecordData[] {
  return range(count).map((i) => ({ ...BASE, sequence: from + i, attributes: { number: from + i, price: 101.25 } }));
}

/** Everything that docs/values.md says may stand in a record, and records with everything and nothing in them. */
function everyKind(): readonly LogRecordData[] {
  const values = [
    0,
    -0,
    1.5,
    -1,
    2 ** 31,
    2 ** 53,
    -(2 ** 53),
    2 ** 63,
    1e21,
    Number.MAX_VALUE,
    5e-324,
    Number.NaN,
    Infinity,
    -Infinity,
    0n,
    -1n,
    2n ** 53n,
    2n ** 63n - 1n,
    -(2n ** 63n),
    2n ** 70n,
    '',
    'text',
    'ünïcödé 🚀',
    '\u0000\u001b[31m\n\r\t"\\',
    '\ud800',
    'x'.repeat(10_000),
    true,
    false,
    null,
    undefined,
    new Uint8Array(0),
    new Uint8Array([0, 255, 128]),
    [],
    [1, 'two', null, [3n, [true]], new Uint8Array([1])],
    [undefined],
    {},
    { a: { b: { c: [{ d: 1n }] } } },
    plain({ '': 1, 'a.b': 2, ['__proto__']: 3, constructor: 4, toString: 5 }),
  ];
  const parts: Partial<LogRecordData>[] = [
    ...values.map((value) => ({ attributes: { value } })),
    ...values.map((body) => ({ body })),
    { attributes: plain({ ['__proto__']: 1, hasOwnProperty: 2, level: 'x', time: 'x', msg: 'x', message: 'x', timestamp: 'x' }) },
    { lane: 'audit', eventName: 'order.filled', attributes: { 'hft.audit': true, 'hft.audit.seq': 7 } },
    { level: 'debug', severityNumber: 5, severityText: 'DEBUG', tags: [] },
    { level: 'warning', severityNumber: 13, severityText: 'WARN', loggerVersion: '1.2.3' },
    { level: 'error', severityNumber: 17, severityText: 'ERROR', resource: plain({ 'service.name': 'other', nested: { a: 1 } }) },
    { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 },
    { timeUnixNanos: 0n, observedTimeUnixNanos: 2n ** 63n - 1n },
    { loggerName: '' },
  ];
  return parts.map((part, number) => {
    const attributes = plain({ ...part.attributes, number });
    if (part.attributes !== undefined && Object.hasOwn(part.attributes, '__proto__')) {
      Object.defineProperty(attributes, '__proto__', { value: 1, enumerable: true });
    }
    return { ...BASE, ...part, sequence: number, attributes };
  });
}

/** Maps come out of the decoder without a prototype. */
function plain(map: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.assign(Object.create(null), map);
}

/** Typed arrays with elements cannot be frozen. */
function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  for (const key of Object.keys(value)) deepFreeze((value as Record<string, unknown>)[key]);
  return Object.freeze(value);
}
