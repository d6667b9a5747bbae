import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MOST_PLAIN_BYTES, plainBytes } from '../../src/codec/values/plain-memory.ts';
import type { Site } from '../../src/codec/values/plain-shape.ts';
import { beginPlain, makePlainValues, NOT_PLAIN, type PlainValues, sharedKeyBytes } from '../../src/codec/values/plain-values.ts';
import { Placed } from '../../src/codec/values/prepared.ts';
import { decodeValue } from '../../src/codec/values/value.ts';
import { ValueWriter } from '../../src/codec/values/value-writer.ts';
import { compileRedaction } from '../../src/redaction/redaction.ts';
import { TestLane } from '../support/lane.ts';

/** What the general writer makes of a field, in so many bytes. */
function model(redaction: ReturnType<typeof compileRedaction>, key: string, value: unknown, most: number): Buffer {
  const writer = new ValueWriter(redaction);
  const start = writer.begin(most);
  writer.field(key, value);
  return Buffer.from(writer.bytes.subarray(start, writer.position));
}

/** The same by the writer of plain values; undefined where it leaves the value to the other. */
function plain(values: PlainValues, site: Site, value: unknown, most: number): Buffer | undefined {
  beginPlain(most, 0);
  const end = values.write(value, 0, site);
  return end === NOT_PLAIN ? undefined : Buffer.from(plainBytes.subarray(0, end));
}

class Big {
  readonly digits: string;
  constructor(digits: string) {
    this.digits = digits;
  }
  toJSON(): string {
    return this.digits;
  }
}

const key = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('price', 'qty', 'id', 'side', 'api_key', 'headers', 'authorization', 'a', 'b') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('__proto__', 'constructor', '0', '17', 'toJSON', 'żółw', '', 'x'.repeat(90), 'y'.repeat(400)),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 8 }) },
);
function errorWithStack(units: number): Error {
  return Object.assign(new Error('inside'), { stack: `Error: inside\n    at ${'p'.repeat(units)}` });
}

/** Its message, stack, cause and list of errors are hidden, as those of the language are. */
function errorWith({ cause, message, stack, errors, ...own }: Record<string, unknown>): Error {
  const error = errorWithStack(12);
  for (const [name, value] of Object.entries({ cause, message, stack, errors })) {
    if (value !== undefined) Object.defineProperty(error, name, { value, configurable: true, writable: true });
  }
  return Object.assign(error, own);
}

const leaf = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom(
    'BUY',
    '64000.01',
    '',
    'x'.repeat(40),
    'x'.repeat(41),
    'ü'.repeat(20),
    'https://u:p@host/?token=abc',
    'a=b',
    '12:30',
    '\u0000\u0001',
  ),
  fc.constantFrom(null, undefined, true, false, Number.NaN, -0, 12n, Symbol('s'), 10n ** 40n),
  fc.date().map((date) => new Date(date)),
  fc.constantFrom(new Map([['k', { price: 1 }]]), new Set([1, 'a']), new Big('1.50'), /x/g, new URL('http://host/?a=1')),
  // A stack of any length: where a value is cut must not depend on where the code lies.
  fc.integer({ min: 0, max: 320 }).map(errorWithStack),
  fc.uint8Array({ maxLength: 40 }),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  fc.array(fc.double(), { maxLength: 9 }).map((numbers) => Float64Array.from(numbers)),
  fc.constantFrom(
    () => 1,
    function named() {},
  ),
);

function objectOf(entries: [string, unknown][]): object {
  const object = {};
  for (const [name, value] of entries)
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  return object;
}

const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    leaf,
    fc.array(tie('value'), { maxLength: 6 }),
    fc.uniqueArray(fc.tuple(key, tie('value')), { selector: ([name]) => name, maxLength: 6 }).map(objectOf),
    fc
      .uniqueArray(fc.tuple(key, tie('value')), { selector: ([name]) => name, maxLength: 6 })
      .map((entries) => Object.assign(Object.create(null), objectOf(entries))),
    // Errors: with a cause of any kind, properties of their own, and what some code puts in place of their message and stack.
    fc
      .record(
        {
          cause: tie('value'),
          message: tie('value'),
          stack: tie('value'),
          errors: fc.array(tie('value'), { maxLength: 3 }),
          code: leaf,
          type: leaf,
          ['k'.repeat(400)]: leaf,
          name: fc.constantFrom('', 'Error', 'OrderError', 7),
        },
        { requiredKeys: [] },
      )
      .map(errorWith),
    // Tables, and what is nearly one.
    fc
      .tuple(fc.integer({ min: 0, max: 9 }), fc.nat(20), fc.option(fc.tuple(fc.nat(20), leaf), { freq: 2 }), fc.boolean())
      .map(([width, length, odd, isTexts]) =>
        Array.from({ length }, (_, i) => {
          const cell = (value: number) => (isTexts ? value.toFixed(4).repeat((i % 4) + 1) : value);
          if (odd !== null && odd[0] === i)
            return width === 0 ? odd[1] : [odd[1], ...Array<unknown>(width).fill(cell(i))].slice(0, width);
          return width === 0 ? cell(i / 8) : Array.from({ length: width }, (_, k) => cell(i + k / 8));
        }),
      ),
    // Rows of one shape, and one that breaks it.
    fc
      .tuple(
        fc.uniqueArray(key, { minLength: 1, maxLength: 4 }),
        fc.array(fc.array(leaf, { minLength: 4, maxLength: 4 }), { maxLength: 40 }),
      )
      .map(([keys, rows]) => rows.map((row, i) => objectOf(keys.slice(i === 7 ? 1 : 0).map((name, k) => [name, row[k]])))),
  ),
}));

const REDACTIONS = [
  compileRedaction([]),
  compileRedaction(['api_key', 'id']),
  compileRedaction(['headers.authorization', 'a.b', 'price']),
  compileRedaction(['a.*.b', 'rows.0.qty']),
  compileRedaction(['api_key'], { texts: false }),
  compileRedaction(['cause.message', 'a.stack', 'rows.*.cause', 'code']),
] as const;

describe.each(['with generated code', 'without'])('plain values %s', (mode) => {
  test('are byte for byte what the general writer makes of them, redacted, masked and cut alike', () => {
    const { Function: original } = globalThis;
    if (mode === 'without') {
      globalThis.Function = function forbidden() {
        throw new EvalError('Code generation from strings disallowed for this context');
      } as unknown as FunctionConstructor;
    }
    try {
      let compared = 0;
      let left = 0;
      fc.assert(
        fc.property(
          fc.constantFrom(...REDACTIONS),
          fc.constantFrom('price', 'a', 'rows', 'headers', 'api_key'),
          fc.array(value, { minLength: 1, maxLength: 4 }),
          fc.constantFrom(65_536, 65_536, 2_000, 300),
          (redaction, name, all, most) => {
            const values = makePlainValues(redaction);
            const site = values.site(name);
            for (let round = 0; round < 40; round += 13) {
              for (const each of all) {
                const want = model(redaction, name, each, most);
                const got = plain(values, site, each, most);
                if (got === undefined) left++;
                else if (want.length <= most) expect(got.equals(want), 'the same bytes').toBe(true);
                else expect(decodeValue(got, 0)).toBeDefined();
                compared++;
              }
            }
          },
        ),
        { numRuns: 400 },
      );
      // A writer that leaves everything to the general one would be no test of it.
      expect(left).toBeLessThan(compared / 2);
    } finally {
      globalThis.Function = original;
    }
  });
});

test('a value that another place judges is byte for byte what the general writer makes of it', () => {
  let compared = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...REDACTIONS),
      fc.constantFrom('cause', 'a', 'rows'),
      fc.array(value, { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      (redaction, name, all, areSaid) => {
        const values = makePlainValues(redaction);
        const site = values.site('exception.cause');
        const place = redaction.root.under('exception').under(name);
        for (const each of all) {
          const placed = new Placed(each, place, areSaid ? all : []);
          const want = model(redaction, 'exception.cause', placed, 65_536);
          beginPlain(65_536, 0);
          const end = values.writeListed(placed, 0, site);
          if (end === NOT_PLAIN) continue;
          expect(plainBytes.subarray(0, end).equals(want), 'the same bytes').toBe(true);
          compared++;
        }
      },
    ),
    { numRuns: 400 },
  );
  expect(compared).toBeGreaterThan(400);
});

test('any values come out of a lane as the general writer alone would have written them, cold and hot', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...REDACTIONS),
      fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 3 }),
      (redaction, all) => {
        const lane = new TestLane({ redaction });
        const want: unknown[] = [];
        const got: unknown[] = [];
        for (let round = 0; round < 45; round++) {
          for (const [book, note] of all) {
            if (book instanceof Error || note instanceof Error) continue;
            lane.log('depth', { book, note, n: round });
            want.push(
              decodeValue(model(redaction, 'book', book, 65_536), 0),
              decodeValue(model(redaction, 'note', note, 65_536), 0),
            );
            got.push(...lane.drain().flatMap(({ attributes }) => [attributes.book, attributes.note]));
          }
        }
        expect(got).toEqual(want);
      },
    ),
    { numRuns: 20, endOnFailure: true },
  );
});

describe('bad input stays harmless', () => {
  const cyclic: Record<string, unknown> = { price: 1, levels: [{ qty: 1 }] };
  cyclic.self = cyclic;
  (cyclic.levels as unknown[]).push(cyclic);
  let deep: unknown = 'bottom';
  for (let i = 0; i < 40; i++) deep = i % 2 === 0 ? [deep] : { deep };
  const sparse: unknown[] = [];
  sparse[400] = 1;
  const huge = new Array<number>(10_000_000);
  huge[3] = 7;
  const map = new Map<string, unknown>();
  const holder = { map };
  map.set('holder', holder);
  const throwing = {
    get price(): number {
      throw new Error('no price');
    },
    qty: 2,
  };
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const shrinking: unknown[] = [];
  shrinking.push(
    {
      get cut() {
        shrinking.length = 1;
        return 1;
      },
    },
    2,
    3,
  );

  test.each<[string, unknown]>([
    ['a value inside itself', cyclic],
    ['a value inside a Map inside itself', holder],
    ['a value too deep', deep],
    ['a sparse array', sparse],
    ['a huge array', huge],
    ['a getter that throws', { a: { b: throwing } }],
    ['a revoked proxy', { a: revoked.proxy }],
    ['a proxy', new Proxy({ price: 1, list: [1, 2] }, {})],
    ['an array that shrinks while it is read', shrinking],
    ['an object with a method', { price: 1, toString: () => 'x' }],
  ])('%s', (_, each) => {
    const redaction = compileRedaction(['api_key']);
    const lane = new TestLane({ redaction });
    for (let i = 0; i < 40; i++) lane.log('depth', { book: each, n: i });
    const [first, ...others] = lane.drain();
    expect(others.length).toBe(39);
    const want = decodeValue(model(redaction, 'book', each, 65_536), 0);
    for (const record of others) expect(record.attributes.book).toEqual(want);
    expect(first.attributes.n).toBe(0);
  });

  test('shapes that change between calls, and twenty thousand of them', () => {
    const lane = new TestLane();
    for (let i = 0; i < 20_000; i++) {
      const book = { [`k${i}`]: i, price: i };
      lane.log('depth', { book });
      if (i % 1_000 !== 0) continue;
      const records = lane.drain();
      expect(records[records.length - 1].attributes.book).toEqual(book);
    }
  });

  test('a getter that logs finds its own record whole, and the outer one', () => {
    const lane = new TestLane();
    const chatty = (n: number) => ({
      before: [1, 2, { x: 'kept' }],
      get inner() {
        lane.log('inside', { value: { deep: [n, { y: 'own' }] } });
        return { n };
      },
      after: 'kept too',
    });
    for (let n = 0; n < 100; n++) lane.log('outside', { a: chatty(n), b: { list: [n] } });
    const records = lane.drain();
    expect(records.length).toBe(200);
    for (let n = 0; n < 100; n++) {
      expect(records[2 * n].attributes.value).toEqual({ deep: [n, { y: 'own' }] });
      expect(records[2 * n + 1].attributes).toMatchObject({
        a: { before: [1, 2, { x: 'kept' }], inner: { n }, after: 'kept too' },
        b: { list: [n] },
      });
    }
  });

  test('no getter is read twice because its record is too long for a frame', () => {
    const lane = new TestLane({ ringBytes: 1 << 22 });
    let reads = 0;
    const a = {
      rows: Array.from({ length: 900 }, (_, i) => [`row ${i} of a long table`, i]),
      get price() {
        reads++;
        return 1;
      },
    };
    for (let i = 0; i < 50; i++) {
      lane.log('depth', { a, b: { qty: i } });
      lane.drain();
    }
    expect(reads).toBe(50);
  });
});

test('keys that the objects of an array repeat count once: a book of 1,000 + 1,000 levels is whole', () => {
  const lane = new TestLane({ ringBytes: 1 << 22 });
  const side = () => Array.from({ length: 1_000 }, (_, i) => ({ price: 64_000 + i / 100, qty: i / 1_000 }));
  const book = { bids: side(), asks: side() };
  for (let i = 0; i < 40; i++) {
    lane.log('depth', { book });
    expect(lane.drain()[0].attributes.book).toEqual(book);
  }
});

test('the memory of plain values is never left, whatever the budget', () => {
  const values = makePlainValues(compileRedaction([]));
  const wide = Object.fromEntries(Array.from({ length: 48 }, (_, i) => [`key_number_${i}_of_many`, 'x'.repeat(200)]));
  const rows = Array.from({ length: 1_000 }, () => ({ wide, list: [wide, wide] }));
  for (const most of [100, 10_000, 65_536]) {
    for (let i = 0; i < 5; i++) {
      beginPlain(most, most);
      const end = values.write(rows, 0, values.site('rows'));
      expect(end).toBeLessThan(2 * most + sharedKeyBytes() + 65_536);
      expect(end).toBeLessThan(MOST_PLAIN_BYTES + 65_536);
      expect(Array.isArray(decodeValue(plainBytes, 0))).toBe(true);
    }
  }
});
