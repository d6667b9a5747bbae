/** Arrays of numbers or short texts, and of rows of them, with an element that runs code. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { levelBits } from '../../src/codec/head-word.ts';
import {
  keptNumbers,
  makeTableWriter,
  mostTableBytes,
  NO_TABLE,
  NUMBERS_HEAD_BYTES,
  tableConstants,
} from '../../src/codec/values/tables.ts';
import { decodeValue, ValueReader } from '../../src/codec/values/value.ts';
import { ValueWriter } from '../../src/codec/values/value-writer.ts';
import { createTestLogging } from '../../src/testing.ts';
import { TestLane } from '../support/lane.ts';

const throws = (): never => {
  throw new Error('no');
};
const numbers = Array.from({ length: 12 }, (_, i) => [i, i + 0.5]);
const texts = numbers.map((row) => row.map((number) => number.toFixed(2)));

test.each([
  ['a proxy', new Proxy([1, 2], { get: (of, name) => (name === '1' ? throws() : Reflect.get(of, name)) })],
  ['a getter', Object.defineProperty([1, 2], 1, { get: throws })],
])('of a table, only the row in which %s throws is missing', (_, bad) => {
  const logging = createTestLogging();
  const log = logging.getLogger('book');
  for (const rows of [numbers, texts]) {
    const expected = [...rows, '[value threw: Error: no]', ...rows];
    const given = [...rows, bad, ...rows];
    for (let i = 0; i < 3; i++) log.info('levels', { given, nested: { given } });
    for (const { attributes } of logging.records().slice(-3))
      expect(attributes).toMatchObject({ given: expected, nested: { given: expected } });
  }
  expect(logging.records()).toHaveLength(6);
});

test.each([
  ['numbers', numbers],
  ['texts', texts],
])('a getter in a table of %s that logs leaves both records whole', (_, rows) => {
  const lane = new TestLane();
  const flat = rows.flat();
  for (const long of ['x'.repeat(70), 'y'.repeat(60_000)]) {
    const list: unknown[] = [...flat];
    const inside = { body: 'inside', attributes: { long } };
    const get = () => {
      lane.encoder.encodeOpen(inside, levelBits(2));
      return flat[6];
    };
    Object.defineProperty(list, 6, { get, enumerable: true });
    lane.encoder.encodeOpen({ body: 'outside', attributes: { list, behind: 1 } }, levelBits(2));
    const records = lane.drain();
    expect(records.at(-1)?.attributes).toEqual({ list: flat, behind: 1 });
    expect(records[0]).toMatchObject(inside);
  }
});

test.each([
  ['numbers', numbers],
  ['texts', texts],
])('a table of %s whose count is damaged is an error, not a loop', (_, rows) => {
  const writer = new ValueWriter();
  writer.begin(65_536);
  writer.value(rows);
  const bytes = Uint8Array.from(writer.bytes.subarray(0, writer.position));
  expect(decodeValue(bytes, 0)).toEqual(rows);
  new DataView(bytes.buffer).setUint32(1, 0xffff_ffff, true);
  expect(() => decodeValue(bytes, 0)).toThrow();
});

describe('what is a table, against a plain list of conditions', () => {
  const text = fc.oneof(
    { weight: 20, arbitrary: fc.stringMatching(/^[ -9@-~]{0,12}$/) },
    { weight: 4, arbitrary: fc.string({ unit: 'binary-ascii', maxLength: 40 }) },
    fc.string({ unit: 'binary-ascii', minLength: 38, maxLength: 43 }),
    fc.string({ unit: 'binary', maxLength: 5 }),
  );
  const other = fc.constantFrom<unknown>(null, undefined, 5n, true, {}, [], 'x', 1.5);
  /** Almost always of one kind, rarely with one cell or row that is not. */
  const array = fc
    .tuple(
      fc.constantFrom<fc.Arbitrary<unknown>>(text, fc.double()),
      fc.integer({ min: 0, max: 9 }),
      fc.integer({ min: 1, max: 24 }),
    )
    .chain(([cell, width, length]) => {
      const row = fc.array(cell, { minLength: width, maxLength: width });
      const items = fc.array<unknown>(width === 0 ? cell : row, { minLength: length, maxLength: length });
      const odd = fc.oneof(
        other,
        row,
        fc.array(cell, { maxLength: 9 }),
        row.map((cells) => [...cells.slice(1), null]),
      );
      return fc.tuple(items, fc.option(fc.tuple(fc.nat(24), odd), { freq: 3 }));
    })
    .map(([items, odd]) => (odd === null ? items : items.with(Math.min(odd[0], items.length - 1), odd[1])))
    .filter((items) => items.length > 0);

  const isCellText = (cell: unknown) => typeof cell === 'string' && /^[\0-9@-\x7f]{0,40}$/.test(cell);
  const isTable = (items: readonly unknown[]) => {
    const [first] = items;
    const width = Array.isArray(first) ? first.length : 0;
    if (Array.isArray(first) ? items.length < 4 || width < 1 || width > 7 : items.length < 8) return false;
    const isWhole = (row: unknown) => (Array.isArray(first) ? Array.isArray(row) && row.length === width : !Array.isArray(row));
    const cells = items.flat();
    return items.every(isWhole) && (cells.every((cell) => typeof cell === 'number') || cells.every(isCellText));
  };

  test('every array of numbers or short texts, or of rows of them, comes back from its block; no other is one', () => {
    fc.assert(
      fc.property(array, fc.nat(40), fc.nat({ max: 200 }), (items, start, short) => {
        const most = mostTableBytes(items);
        if (isTable(items)) expect(most).toBeGreaterThan(0);
        if (most === 0) return;
        const write = (room: number) => {
          const bytes = new Uint8Array(start + room + 100).fill(0xee);
          const end = makeTableWriter(tableConstants(new DataView(bytes.buffer)))(start, items, room);
          expect(bytes.subarray(0, start).every((byte) => byte === 0xee)).toBe(true);
          expect(bytes.subarray(start + room).every((byte) => byte === 0xee)).toBe(true);
          if (!isTable(items)) expect(end).toBe(NO_TABLE);
          if (end === NO_TABLE) return end;
          expect(end).toBeLessThanOrEqual(start + room);
          const reader = new ValueReader(bytes, start);
          expect(reader.read()).toEqual(items);
          expect(reader.position).toBe(end);
          return end;
        };
        const end = write(most);
        if (!isTable(items)) return;
        expect(end).toBeGreaterThan(start);
        // Around what it takes, and anywhere.
        for (const room of [end - start, end - start - 1, end - start + (short % 50) - 45, most - short])
          write(Math.max(0, room));
      }),
      { numRuns: 3_000 },
    );
  });

  test('an array whose first element, or length, runs code that throws is none', () => {
    for (const name of ['0', 'length']) {
      const bad = new Proxy(
        Array.from({ length: 9 }, (_, i) => i),
        { get: (of, key) => (key === name ? throws() : Reflect.get(of, key)) },
      );
      expect(mostTableBytes(bad)).toBe(0);
    }
  });

  test('of a typed array with more than 1,000 numbers the number of the others is said', () => {
    const writer = new ValueWriter();
    const start = writer.begin(1e6);
    writer.value(Float64Array.from({ length: 1_500 }, (_, i) => i));
    expect((decodeValue(writer.bytes, start) as unknown[]).slice(-2)).toEqual([999, '[+500 elements]']);
  });

  test('1,000 rows are a table, 1,001 are none: the array is cut', () => {
    const rows = (length: number) => Array.from({ length }, (_, i) => [i, i]);
    expect(mostTableBytes(rows(1000))).toBe(NUMBERS_HEAD_BYTES + 16_000);
    expect(mostTableBytes(rows(1001))).toBe(0);
  });

  test('of a typed array as many numbers are kept as the room takes, 1,000 at the most', () => {
    fc.assert(
      fc.property(fc.nat(2_000), fc.integer({ min: -50, max: 20_000 }), (length, room) => {
        let kept = 0;
        while (kept < length && kept < 1000 && NUMBERS_HEAD_BYTES + (kept + 1) * 8 <= room) kept++;
        expect(keptNumbers(length, room)).toBe(kept);
      }),
    );
  });
});
