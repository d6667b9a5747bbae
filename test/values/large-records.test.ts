import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_RECORD_BYTES } from '../../src/codec/encode/record-encoder.ts';
import { levelBits } from '../../src/codec/head-word.ts';
import { waterLevel } from '../../src/codec/values/water-level.ts';
import { rankOfLevel } from '../../src/record.ts';
import { createTestLogging } from '../../src/testing.ts';
import { TEST_SCOPE, TestLane } from '../support/lane.ts';
import { writtenThrough } from '../support/written-through.ts';

/** `count` levels of an order book. */
const levels = (count: number) => Array.from({ length: count }, (_, i) => [100_000.5 + i, 1.25 * i]);

function shrunk(list: readonly unknown[]): { kept: number; missing: number } {
  const mark = /^\[\+(\d+) elements\]$/.exec(String(list.at(-1)));
  return mark === null ? { kept: list.length, missing: 0 } : { kept: list.length - 1, missing: Number(mark[1]) };
}

describe('a record over the limit keeps all small fields, and says how much is missing of the large one', () => {
  const huge = { bids: levels(1_000), asks: levels(1_000), book: Array.from({ length: 40 }, () => levels(100)), symbol: 'A' };

  test('an audit event with an order book', () => {
    const logging = createTestLogging();
    logging.getLogger('a').audit('order_placed', { before: 1, book: huge, order_id: 'X1', qty: 2.5, note: 'all of it' });
    const [{ attributes }] = logging.audits();
    expect(attributes).toMatchObject({ before: 1, order_id: 'X1', qty: 2.5, note: 'all of it' });
    const written = attributes.book as typeof huge;
    expect(written.symbol).toBe('A');
    for (const side of [written.bids, written.asks]) expect(shrunk(side).kept + shrunk(side).missing).toBe(1_000);
    expect(shrunk(written.book).kept + shrunk(written.book).missing).toBe(40);
  });

  test.each([
    ['a log record', (lane: TestLane, value: unknown) => lane.log('m', { small: 'x', value, last: 7 })],
    [
      'a log record of a known shape',
      (lane: TestLane, value: unknown) => {
        for (let i = 0; i < 40; i++) lane.log('m', { small: 'x', value: i, last: 7 });
        lane.drain();
        lane.log('m', { small: 'x', value, last: 7 });
      },
    ],
    [
      'an emitted record',
      (lane: TestLane, value: unknown) =>
        lane.encoder.encodeOpen(
          { body: 'b', attributes: { small: 'x', value, last: 7 } },
          levelBits(rankOfLevel('info')),
          TEST_SCOPE,
        ),
    ],
    [
      'a property of an error',
      (lane: TestLane, value: unknown) => lane.log('m', { small: 'x', err: Object.assign(new Error('e'), { value }), last: 7 }),
    ],
  ] as const)('%s', (_, log) => {
    const lane = new TestLane();
    log(lane, huge);
    const [{ attributes }] = lane.drain().slice(-1);
    expect(attributes).toMatchObject({ small: 'x', last: 7 });
    const written = (attributes.value ?? attributes['exception.value']) as typeof huge;
    expect(written.symbol).toBe('A');
    expect(shrunk(written.bids).kept + shrunk(written.bids).missing).toBe(1_000);
    expect(shrunk(written.bids).kept).toBeGreaterThan(300);
  });

  test('a large body does not take the room of the attributes', () => {
    const lane = new TestLane();
    lane.encoder.encodeOpen(
      { body: { book: huge, n: 1 }, attributes: { order_id: 'X1', text: 't'.repeat(1_000) } },
      levelBits(rankOfLevel('info')),
      TEST_SCOPE,
    );
    const [{ body, attributes }] = lane.drain();
    expect(attributes).toEqual({ ...attributes, order_id: 'X1', text: 't'.repeat(1_000) });
    expect((body as { n: number }).n).toBe(1);
  });

  test('a context', () => {
    const logging = createTestLogging();
    logging
      .getLogger('a')
      .withContext({ huge: 'h'.repeat(200_000), desk: 'D1', book: huge })
      .info('m', { n: 1 });
    const [{ attributes }] = logging.records();
    expect(attributes).toMatchObject({ desk: 'D1', n: 1 });
    expect((attributes.book as typeof huge).symbol).toBe('A');
  });

  test('what a caller writes through', () => {
    const scope = { ...TEST_SCOPE, attributes: { desk: 'D1' } };
    const line = writtenThrough({ before: 1, book: huge, order_id: 'X1' }, scope);
    expect(line).toMatchObject({ desk: 'D1', before: 1, order_id: 'X1', book: { symbol: 'A' } });
  });
});

test('tables that are too large together keep their first elements whole, and say how many follow', () => {
  fc.assert(
    fc.property(fc.boolean(), fc.integer({ min: 0, max: 7 }), fc.integer({ min: 8, max: 1_000 }), (isTexts, width, length) => {
      const cell = (i: number) => (isTexts ? `${i}`.padEnd(i % 30, '.') : i / 8);
      const table = Array.from({ length }, (_, i) =>
        width === 0 ? cell(i) : Array.from({ length: width }, (_, k) => cell(i + k)),
      );
      const names = Array.from({ length: 12 }, (_, i) => `table${i}`);
      const lane = new TestLane();
      lane.log('m', Object.fromEntries(names.map((name) => [name, table])));
      const [{ attributes }] = lane.drain();
      for (const name of names) {
        const written = attributes[name] as unknown[];
        const { kept, missing } = shrunk(written);
        expect(kept + missing).toBe(length);
        expect(written.slice(0, kept)).toEqual(table.slice(0, kept));
        expect(kept).toBeGreaterThan(0);
      }
    }),
    { numRuns: 30 },
  );
});

test('an ASCII text keeps as many bytes as the limit lets', () => {
  const lane = new TestLane();
  const text = Array.from({ length: 7_000 }, (_, i) => `${i}`.padStart(10, '.')).join('');
  lane.log('m', { text, id: 1 });
  const [{ attributes }] = lane.drain();
  const [, kept, missing] = /^(.*)…\[\+(\d+) characters\]$/s.exec(attributes.text as string)!;
  expect(text.startsWith(kept)).toBe(true);
  expect(kept.length + Number(missing)).toBe(70_000);
  expect(kept.length).toBeGreaterThan(64_000);
});

test('a text of any characters keeps whole ones only', () => {
  const unit = fc.constantFrom('a', 'ü', '€', '😀', '\ud800');
  fc.assert(
    fc.property(unit, fc.integer({ min: 66_000, max: 90_000 }), (unitText, count) => {
      const lane = new TestLane();
      lane.log('m', { text: unitText.repeat(count), id: 1 });
      const { text, id } = lane.drain()[0].attributes as { text: string; id: number };
      const mark = /…\[\+(\d+) characters\]$/.exec(text)!;
      const kept = text.slice(0, mark.index);
      expect(id).toBe(1);
      expect(kept.length + Number(mark[1])).toBe(unitText.length * count);
      expect(kept.isWellFormed()).toBe(true);
      expect(Buffer.byteLength(kept)).toBeGreaterThan(64_000);
    }),
    { numRuns: 20 },
  );
});

/** A value of about `size` bytes when it is encoded, of one of the forms that can be large. */
const largeValue = (size: number): fc.Arbitrary<unknown> =>
  fc.constantFrom<unknown>(
    'x'.repeat(size),
    Array.from({ length: Math.ceil(size / 9) }, (_, i) => i),
    Object.fromEntries(Array.from({ length: Math.ceil(size / 40) }, (_, i) => [`key_${i}`, `value of key ${i}`])),
    { text: 'y'.repeat(size >> 1), list: Array.from({ length: size >> 5 }, () => 'element') },
    new Map([[1, 'z'.repeat(size)]]),
  );

test('of any record, every field below its share survives whole, and the record stays within the limit', () => {
  const field = fc
    .oneof(fc.nat(300), fc.integer({ min: 300, max: 4_000 }), fc.integer({ min: 4_000, max: 150_000 }))
    .chain(largeValue);
  fc.assert(
    fc.property(fc.array(field, { minLength: 1, maxLength: 40 }), (values) => {
      const fields = Object.fromEntries(values.map((value, i) => [`f${i}`, value]));
      const lane = new TestLane();
      lane.log('large', fields);
      const [{ attributes }] = lane.drain();
      expect(Object.keys(attributes)).toEqual(['component', ...Object.keys(fields)]);
      // What an equal share of the limit leaves, less keys, marks and what is in front.
      const share = Math.floor((MAX_RECORD_BYTES - 1_024) / values.length) - 64;
      for (const [key, value] of Object.entries(fields)) {
        lane.log('alone', { [key]: value });
        const alone = lane.drain()[0].attributes[key];
        if (encodedBytes(alone) <= share) expect(attributes[key]).toEqual(alone);
      }
      expect(encodedBytes(attributes)).toBeLessThan(MAX_RECORD_BYTES + 1_024);
    }),
    { numRuns: 60 },
  );
});

/** Bytes of a decoded value when it is encoded again. */
function encodedBytes(value: unknown): number {
  if (typeof value === 'string') return 5 + Buffer.byteLength(value);
  if (typeof value === 'number') return 9;
  if (typeof value !== 'object' || value === null) return 1;
  if (Array.isArray(value)) return 5 + value.reduce((sum: number, each) => sum + encodedBytes(each), 0);
  return 5 + Object.entries(value).reduce((sum, [key, each]) => sum + 4 + Buffer.byteLength(key) + encodedBytes(each), 0);
}

test('a text of any length is whole or cut, and harms no record beside it, in rings of any size, cold and hot', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(14, 15, 17),
      fc.array(fc.tuple(fc.constantFrom('a', 'ż', '€', '😀', '\ud800'), fc.nat(1_500)), {
        minLength: 1,
        maxLength: 6,
      }),
      fc.boolean(),
      (ringBits, texts, isHot) => {
        const lane = new TestLane({ ringBytes: 1 << ringBits });
        for (let i = 0; i < (isHot ? 40 : 0); i++) {
          lane.log('text', { n: i, text: 'x'.repeat(60) });
          lane.drain();
        }
        for (const [character, permille] of texts) {
          const text = character.repeat((permille * 2 ** ringBits) / 8_000 / character.length);
          lane.log('before', { n: 1 });
          lane.log('text', { n: 2, text });
          lane.log('behind', { n: 3 });
          const records = lane.drain();
          expect(records.map(({ body, attributes }) => [body, attributes.n])).toEqual([
            ['before', 1],
            ['text', 2],
            ['behind', 3],
          ]);
          const [kept, cut] = (records[1].attributes.text as string).split('…[+');
          expect(text.toWellFormed().startsWith(kept)).toBe(true);
          expect(kept.length + (cut === undefined ? 0 : Number.parseInt(cut, 10))).toBe(text.length);
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('no code of a user runs twice because a record is too long', () => {
  let reads = 0;
  const value = {
    get once() {
      reads++;
      return 'x'.repeat(50_000);
    },
  };
  const lane = new TestLane();
  lane.log('m', { a: value, b: 'y'.repeat(60_000) });
  lane.drain();
  expect(reads).toBe(1);
});

describe('the level up to which sizes count', () => {
  test('agrees with pouring one unit after the other', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { minLength: 1, maxLength: 8 }), fc.nat(300), (sizes, available) => {
        const level = waterLevel(sizes, available);
        const used = (at: number) => sizes.reduce((sum, size) => sum + Math.min(size, at), 0);
        if (level === Number.POSITIVE_INFINITY) expect(used(level)).toBeLessThanOrEqual(available);
        else {
          expect(used(level)).toBeLessThanOrEqual(available);
          expect(used(level + 1)).toBeGreaterThan(available);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
