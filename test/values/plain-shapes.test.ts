/** Objects at one place of plain values, cold and hot: each is written as the general writer writes it, whatever stood there before. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plainBytes, plainView } from '../../src/codec/values/plain-memory.ts';
import { canBeShape, NOT_OF_SHAPE, PlainShape, ShapesOfPlace, Site } from '../../src/codec/values/plain-shape.ts';
import { beginPlain, makePlainValues, mostSharedBytes, NOT_PLAIN } from '../../src/codec/values/plain-values.ts';
import { decodeValue, VALUE_NULL, VALUE_TRUE } from '../../src/codec/values/value.ts';
import { MAX_DEPTH, ValueWriter } from '../../src/codec/values/value-writer.ts';
import { compileRedaction, type Redaction } from '../../src/redaction/redaction.ts';

const ROOM = 65_536;
const REDACTION = compileRedaction(['secret', 'a.stack', 'a.cause', 'a.items.0', 'err.message']);

function general(redaction: Redaction, key: string, value: unknown): Buffer {
  const writer = new ValueWriter(redaction);
  writer.begin(ROOM);
  writer.field(key, value);
  return Buffer.from(writer.bytes.subarray(0, writer.position));
}

/** The bytes of the writer of plain values, or that it leaves the value. */
function plainWriter(redaction: Redaction) {
  const values = makePlainValues(redaction);
  const sites = new Map<string, ReturnType<typeof values.site>>();
  return (key: string, value: unknown) => {
    if (!sites.has(key)) sites.set(key, values.site(key));
    beginPlain(ROOM, ROOM);
    const end = values.write(value, 0, sites.get(key)!);
    return end === NOT_PLAIN ? 'left to the other' : Buffer.from(plainBytes.subarray(0, end));
  };
}

/** To compare them byte by byte takes long. */
function expectSame(got: Buffer | string, wanted: Buffer): void {
  if (typeof got === 'string' || !got.equals(wanted)) expect(got).toEqual(wanted);
}

class Order {
  readonly a = 1;
  readonly b: unknown = 'x';
}
class Jsonable extends Order {
  toJSON(): unknown {
    return { a: 'by its own' };
  }
}
const hidden = (value: object) => Object.defineProperty(value, 'toJSON', { value: () => 'hidden', enumerable: false });

/** Objects, most of which have the same keys. */
const alike: (() => unknown)[] = [
  () => ({ a: 1, b: 'x' }),
  () => ({ b: 'x', a: 1 }),
  () => ({ a: 1 }),
  () => ({ a: 1, b: 'x', c: 2 }),
  () => ({ a: 1, b: 'https://u:p@host/', secret: 5 }),
  () => ({ a: { b: [1, { a: 2 }] }, b: null }),
  () => ({ a: [{ a: 1, b: 2 }], b: undefined }),
  () => Object.assign(Object.create(null), { a: 1, b: 'x' }),
  () => Object.create({ a: 1, b: 'x' }),
  () => Object.assign(Object.create({ c: 3 }), { a: 1, b: 'x' }),
  () => new Order(),
  () => new Jsonable(),
  () => hidden({ a: 1, b: 'x' }),
  () => ({ a: 1, b: 'x', toJSON: 5 }),
  () => ({ a: 1, b: 'x', toJSON: () => 'own' }),
  () => new Proxy({ a: 1, b: 'x' }, {}),
  () => Object.defineProperty({ a: 1, b: 'x' }, 'c', { value: 1, enumerable: false }),
  () => ({}),
  () => ({ headers: { x: 1 }, status: 200, config: {}, request: {} }),
  () => ({ headers: { secret: 1, accept: 'x' } }),
  () => new Map([['a', 1]]),
  () => Object.assign(new Error('m'), { stack: 's', code: 5 }),
  // Instances that are more than their properties, with the same keys.
  () => Object.assign(Object.defineProperty(new Error('m'), 'stack', { value: 's', enumerable: false }), { a: 1, b: 'x' }),
  () => Object.assign(new Map([['k', 1]]), { a: 1, b: 'x' }),
  () => Float64Array.of(1, 2),
  () => Buffer.from('text'),
  () => Buffer.from([0xff, 0]),
  () => [1, 2],
  () => ({ items: [1, 2, { a: 1 }], b: 'x' }),
  () => Array.from({ length: 9 }, (_, i) => i),
  () => Array.from({ length: 9 }, (_, i) => [`${i}`, 'x']),
];

describe('objects at one place', () => {
  test('are written as by the general writer, and none is left to it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(alike.length - 1), { minLength: 1, maxLength: 6 }),
        fc.constantFrom('rows', 'a'),
        (kinds, key) => {
          const write = plainWriter(REDACTION);
          for (let round = 0; round < 36; round++) {
            for (const kind of kinds) {
              const value = [alike[kind]!(), 5];
              expectSame(write(key, value), general(REDACTION, key, value));
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test('may have any number of keys, of any length', () => {
    const write = plainWriter(REDACTION);
    for (const count of [1, 48, 49, 1_000, 1_001, 1_100]) {
      for (const length of [5, 341, 342, 1_100]) {
        if (count * (length + 10) > 60_000) continue;
        for (const special of ['', 'headers', 'secret', 'status']) {
          const keys = Array.from({ length: count }, (_, i) => `${i}`.padEnd(length, 'k'));
          const object: Record<string, unknown> = Object.fromEntries(keys.map((key, i) => [key, i % 2 === 0 ? i : { a: i }]));
          if (special !== '') object[special] = { secret: 1 };
          if (special === 'status') Object.assign(object, { headers: {}, config: {}, request: {} });
          for (let round = 0; round < (count < 50 ? 35 : 1); round++)
            expectSame(write('rows', object), general(REDACTION, 'rows', object));
        }
      }
    }
  });

  test('are many: those that were forgotten are learned again', () => {
    const write = plainWriter(REDACTION);
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 1_300; i++) {
        const object = { [`k${i}`]: i, last: 'x' };
        for (let times = i < 40 ? 33 : 1; times > 0; times--)
          expectSame(write('rows', object), general(REDACTION, 'rows', object));
      }
    }
  });
});

describe('the shapes of a place', () => {
  const place = REDACTION.root;
  const made = (keys: readonly string[], mayGenerate = () => true) => {
    const sites = keys.map((key) => (key === 'secret' ? undefined : new Site(new ShapesOfPlace(place.under(key)))));
    const given: unknown[] = [];
    const members = {
      value: (value: unknown, at: number, depth: number, site: Site) => {
        given.push([value, depth, keys[sites.indexOf(site)]]);
        plainView.setUint8(at, VALUE_NULL);
        return at + 1;
      },
      text: (_: string, at: number) => {
        plainView.setUint8(at, VALUE_TRUE);
        return at + 1;
      },
      mayGenerate,
    };
    return { shape: new PlainShape(keys, sites, members), given };
  };

  test('are found by their first key; those without a function of their own are forgotten', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'b'), fc.constantFrom('x', 'y', 'z', 'w'), fc.boolean()), {
          selector: ([first, second]) => first + second,
        }),
        (list) => {
          const shapes = new ShapesOfPlace(place);
          const all = list.map(([first, second, isHot]) => {
            const { shape } = made([first, second]);
            shape.isHot = isHot;
            shapes.add(shape);
            return shape;
          });
          const found = (key: string | undefined) => {
            const chain: PlainShape[] = [];
            for (let shape = shapes.startingWith(key); shape !== undefined; shape = shape.next) chain.push(shape);
            return chain;
          };
          const wanted = (kept: readonly PlainShape[]) => {
            for (const key of ['a', 'b']) {
              const own = kept.filter(({ keys }) => keys[0] === key);
              expect(found(key)).toHaveLength(own.length);
              expect(new Set(found(key))).toEqual(new Set(own));
            }
          };
          wanted(all);
          expect(found(undefined)).toEqual([]);
          const hot = all.filter(({ isHot }) => isHot);
          for (let times = 0; times < 2; times++) {
            expect(shapes.forgetCold()).toBe(hot.length);
            wanted(hot);
          }
        },
      ),
    );
  });

  test('have up to 48 keys of 2,048 bytes, at three for each character, and none that tells of more than properties', () => {
    const keys = (count: number, length = 3) => Array.from({ length: count }, (_, i) => `${i}`.padEnd(length, 'k'));
    expect([0, 1, 48, 49].map((count) => canBeShape(keys(count)))).toEqual([false, true, true, false]);
    expect(
      [
        [2, 341],
        [2, 342],
        [1, 682],
        [1, 683],
      ].map(([count, length]) => canBeShape(keys(count!, length))),
    ).toEqual([true, false, true, false]);
    expect(['headers', 'toJSON', 'header'].map((key) => canBeShape(['a', key]))).toEqual([false, false, true]);
  });

  test('have a function of their own from the 32nd call on, if there may be one more, which does the same', () => {
    const keys = ['n', 'text', 'secret', 'deep', 'none'];
    for (const isAllowed of [true, false]) {
      const asked: number[] = [];
      let calls = 0;
      const { shape, given } = made(keys, () => {
        asked.push(calls);
        return isAllowed;
      });
      expect(shape.keyBytes).toBe(keys.reduce((sum, key) => sum + 4 + key.length, 0));
      const bytes = new Set<string>();
      for (calls = 1; calls <= 80; calls++) {
        given.length = 0;
        const deep = { a: 1 };
        const end = shape.write({ n: 1.5, text: 'x', secret: 's', deep, none: null }, 16, 3);
        const isGenerated = shape.isHot && calls > 32;
        expect(given).toEqual([
          ...(isGenerated
            ? []
            : [
                [1.5, 4, 'n'],
                ['x', 4, 'text'],
              ]),
          [deep, 4, 'deep'],
          [null, 4, 'none'],
        ]);
        if (isGenerated) bytes.add(plainBytes.subarray(16, end).toString('hex'));
      }
      expect(asked).toEqual([32]);
      expect(shape.isHot).toBe(isAllowed);
      expect(bytes.size).toBe(isAllowed ? 1 : 0);
      for (const other of [{ n: 1 }, { text: 'x', n: 1.5 }, new Map(), []]) expect(shape.write(other, 16, 0)).toBe(NOT_OF_SHAPE);
    }
  });
});

test('errors that are not the record’s own are written with all that they carry, and judged part by part', () => {
  const write = plainWriter(REDACTION);
  const failed = (more: object = {}) => Object.assign(new RangeError('m'), { stack: 's', ...more });
  const many = Object.fromEntries(Array.from({ length: 1_010 }, (_, i) => [`k${i}`, i]));
  const errors = [
    failed(),
    failed({ cause: failed({ cause: { a: 1 } }) }),
    failed({ cause: 'text', type: 1, stack: undefined }),
    failed({ secret: 1, ['k'.repeat(2_000)]: 1 }),
    failed({ message: { secret: 1 } }),
    new AggregateError([failed(), 5], 'several'),
    failed(Object.fromEntries(Object.entries(many).slice(0, 996))),
    failed(Object.fromEntries(Object.entries(many).slice(0, 997))),
    failed(Object.fromEntries(Object.entries(many).slice(0, 998))),
    failed(many),
  ];
  for (const error of errors) {
    for (const key of ['a', 'err', 'rows']) {
      for (const value of [[error], { a: error, err: error }, [[error, error]]]) {
        for (let round = 0; round < 2; round++) expectSame(write(key, value), general(REDACTION, key, value));
      }
    }
  }
});

test('what is too deep is left to the general writer, and nothing else, whatever it stands in', () => {
  const write = plainWriter(REDACTION);
  const wide = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`k${i}`, i]));
  const around: ((inner: unknown) => unknown)[] = [
    (inner) => [inner],
    (inner) => ({ inner }),
    (inner) => ({ ...wide, inner }),
    (inner) => Object.assign(new Error('m', { cause: inner }), { stack: 's' }),
    (inner) => Object.assign(new Error('m'), { stack: 's', inner }),
    (inner) => Object.assign(new Error('m'), { stack: 's', message: inner }),
    (inner) => new Map([['inner', inner]]),
  ];
  const innermost = [
    5,
    'text',
    [1],
    [[1, 2]],
    Array.from({ length: 9 }, (_, i) => i),
    Array.from({ length: 9 }, (_, i) => [i, i]),
    { a: 1 },
    { ...wide },
    Float64Array.of(1),
    new Date(0),
    Object.assign(new Error('m'), { stack: 's' }),
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...around),
      fc.constantFrom(...around),
      fc.constantFrom(...innermost),
      fc.integer({ min: MAX_DEPTH - 3, max: MAX_DEPTH }),
      (outer, last, value, levels) => {
        let deep = last(value);
        for (let i = 1; i < levels; i++) deep = outer(deep);
        const sent = [deep];
        const wanted = general(REDACTION, 'rows', sent);
        const got = write('rows', sent);
        if (wanted.includes('[too deep]')) expect(got).toBe('left to the other');
        else expectSame(got, wanted);
      },
    ),
    { numRuns: 400 },
  );
});

test('keys that repeat may take what a frame has room for beyond the record, and as much as that at most', () => {
  expect([mostSharedBytes(100, 500), mostSharedBytes(100, 150), mostSharedBytes(100, 100), mostSharedBytes(100, 50)]).toEqual([
    100, 50, 0, 0,
  ]);
});

test('a budget ends between the elements of rows, between entries, and in front of an object behind long keys', () => {
  const values = makePlainValues(REDACTION);
  const site = values.site('rows');
  const shown = (value: unknown, most: number) => {
    beginPlain(most, 0);
    expect(values.write(value, 0, site)).not.toBe(NOT_PLAIN);
    return decodeValue(plainBytes, 0);
  };
  /** Arrays of numbers in arrays: five bytes for each array, nine for each number. */
  function cut(items: readonly unknown[], most: number, used = { bytes: 0 }): unknown[] {
    used.bytes += 5;
    const kept: unknown[] = [];
    for (const [i, item] of items.entries()) {
      if (used.bytes >= most) {
        const mark = `[+${items.length - i} elements]`;
        used.bytes += 5 + mark.length;
        return [...kept, mark];
      }
      if (Array.isArray(item)) kept.push(cut(item, most, used));
      else {
        kept.push(item);
        used.bytes += 9;
      }
    }
    return kept;
  }
  const rows = [[1, 2, 3], [4, 5], [6, 7, 8, 9], [], [10]];
  for (let most = 0; most <= 160; most++) expect(shown(rows, most)).toEqual(cut(rows, most));

  const text = 'x'.repeat(40);
  for (const most of [100, 500, 5_000]) {
    const entries = Array.from({ length: 400 }, (_, i) => [`k${String(i).padStart(3, '0')}`, text] as const);
    let count = 0;
    for (let used = 5; used < most + 8_192 && count < entries.length; count++) used += 4 + 4 + 5 + 40;
    const kept = Object.fromEntries(entries.slice(0, count));
    expect(shown(Object.fromEntries(entries), most)).toEqual(count < 400 ? { ...kept, '…': `[+${400 - count} entries]` } : kept);
    // The parts of an error end there, too: behind its type, its message and its stack.
    const error = Object.assign(new Error('m'), { stack: 's' }, Object.fromEntries(entries));
    const written = (shown([error], Math.max(most, 6)) as Record<string, unknown>[])[0]!;
    const parts = Object.keys(written).length - 4;
    expect(written['…']).toBe(`[+${400 - parts} entries]`);
    expect(Math.abs(parts - count)).toBeLessThanOrEqual(2);
  }
  const long = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`${i}`.padEnd(300, 'k'), i === 26 ? { a: 1 } : i]));
  expect(Object.values(shown([long], 6) as object[])[0]).toMatchObject({
    ['25'.padEnd(300, 'k')]: 25,
    ['26'.padEnd(300, 'k')]: '[cut]',
  });
});
