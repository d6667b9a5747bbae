/** The general writer of values against a plain reading of docs/values.md. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Encoded, Placed } from '../../src/codec/values/prepared.ts';
import { decodeValue } from '../../src/codec/values/value.ts';
import { MAX_DEPTH, NO_STACKS, ValueWriter } from '../../src/codec/values/value-writer.ts';
import { compileRedaction, NO_REDACTION } from '../../src/redaction/redaction.ts';
import { classOf } from './classes.ts';

const ROOM = 10_000_000;
const MOST = 1_000;

/** What comes out where there is room for everything. */
function written(value: unknown, redaction = NO_REDACTION): unknown {
  const writer = new ValueWriter(redaction, 64);
  writer.begin(ROOM);
  writer.value(value);
  return plainly(decodeValue(writer.bytes, 0));
}

/** Without prototypes, and with the order of entries. */
function plainly(value: unknown): unknown {
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`;
  if (Array.isArray(value)) return value.map(plainly);
  return typeof value === 'object' && value !== null
    ? new Map(Object.entries(value).map(([key, each]) => [key, plainly(each)]))
    : value;
}

/** What has been thrown in a value's code. */
const thrown = (what: string) => `[${what} threw: Error: no]`;
function fail(): never {
  throw new Error('no');
}

/** A value, and what is to be written of it within so many objects. */
type Sample = { readonly value: unknown; readonly shown: (depth: number) => unknown };
const same = (value: unknown, shown: unknown = value): Sample => ({ value, shown: () => shown });
/** Of an object: its form, as long as it is not too deep. */
const object = (value: object, shown: (depth: number) => unknown): Sample => ({
  value,
  shown: (depth) => (depth >= MAX_DEPTH ? '[too deep]' : shown(depth + 1)),
});

const leaf: fc.Arbitrary<Sample> = fc.oneof(
  fc.oneof(fc.double(), fc.boolean(), fc.constantFrom(null, undefined), fc.bigInt()).map((value) => same(value)),
  fc.string({ unit: 'binary', maxLength: 20 }).map((text) => same(text, text.toWellFormed())),
  fc.constantFrom(
    same(Symbol('s'), 'Symbol(s)'),
    same(function onTick() {}, '[function onTick]'),
    same(() => 1, '[function anonymous]'),
    same(
      Object.defineProperty(() => {}, 'name', { get: fail }),
      thrown('function'),
    ),
    same(10n ** 1_100n, '[bigint of more than 1024 digits]'),
    object(new Date(0), () => '1970-01-01T00:00:00.000Z'),
    object(new Date(Number.NaN), () => 'Invalid Date'),
    object(/x+/g, () => '/x+/g'),
    object(
      new URLSearchParams('a=1&b=2&a=3'),
      (depth) =>
        new Map<string, unknown>([
          ['a', depth >= MAX_DEPTH ? '[too deep]' : ['1', '3']],
          ['b', '2'],
        ]),
    ),
    object(
      { headers: {}, status: 200, config: {}, request: {} },
      () =>
        new Map<string, unknown>([
          ['class', 'Response'],
          ['status', 200],
        ]),
    ),
    object(
      Object.defineProperty(Object.assign(new Error('m'), { stack: 's' }), 'code', { get: fail, enumerable: true }),
      () =>
        new Map([
          ['type', 'Error'],
          ['message', 'm'],
          ['stack', 's'],
          ['code', thrown('getter')],
        ]),
    ),
    object(Buffer.from('text'), () => 'text'),
    object(Uint8Array.of(1, 255), () => 'bytes 01ff'),
    object(Float64Array.of(1.5, 2), () => [1.5, 2]),
    object(Uint16Array.of(1, 2), () => [1, 2]),
    object(BigInt64Array.of(-1n, 2n), () => [-1n, 2n]),
    object(BigUint64Array.of(1n), () => [1n]),
    object(Object(5n), () => 5n),
    object(Object('text'), () => 'text'),
    object({ toJSON: fail }, () => thrown('value')),
    object(new Proxy({}, { ownKeys: fail }), () => thrown('value')),
  ),
);
const key = fc.constantFrom('a', 'b', 'price', '__proto__', '');

const { sample } = fc.letrec<{ sample: Sample }>((tie) => {
  const entries = fc.uniqueArray(fc.tuple(key, tie('sample')), { selector: ([key]) => key, maxLength: 4 });
  const list = fc.array(tie('sample'), { maxLength: 5 });
  const pairs = (each: [string, Sample][], depth: number) => new Map(each.map(([key, { shown }]) => [key, shown(depth)]));
  const define = (target: object, each: [string, Sample][]) => {
    for (const [key, { value }] of each) Object.defineProperty(target, key, { value, enumerable: true, configurable: true });
    return target;
  };
  return {
    sample: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      list.map((items) =>
        object(
          items.map(({ value }) => value),
          (depth) => items.map(({ shown }) => shown(depth)),
        ),
      ),
      list.map((items) => {
        const set = new Set(items.map(({ value }) => value));
        return object(set, (depth) =>
          [...set].map((value) => items.find((item) => Object.is(item.value, value) || item.value === value)!.shown(depth)),
        );
      }),
      entries.map((each) => object(define({}, each), (depth) => pairs(each, depth))),
      entries.map((each) => object(define(Object.create(null), each), (depth) => pairs(each, depth))),
      entries.map((each) => object(define(new (classOf('Order', { methods: ['fill'] }))(), each), (depth) => pairs(each, depth))),
      entries.map((each) => object(new Map(each.map(([key, { value }]) => [key, value])), (depth) => pairs(each, depth))),
      // Keys that are objects stand beside their values.
      tie('sample').map(({ value, shown }) =>
        object(new Map([[{ id: 1 }, value]]), (depth) => [
          depth >= MAX_DEPTH ? '[too deep]' : [depth + 1 >= MAX_DEPTH ? '[too deep]' : new Map([['id', 1]]), shown(depth + 1)],
        ]),
      ),
      tie('sample').map(({ value, shown }) => object({ toJSON: (key: unknown) => (key === '' ? value : 'no key') }, shown)),
      tie('sample').map(({ value, shown }) => {
        const itself = { value, toJSON: () => itself };
        return object(
          itself,
          (depth) =>
            new Map<string, unknown>([
              ['value', shown(depth)],
              ['toJSON', '[function toJSON]'],
            ]),
        );
      }),
      // A getter that throws affects its own property only.
      tie('sample').map(({ value, shown }) => {
        const guarded = Object.defineProperty({ value }, 'failed', { get: fail, enumerable: true });
        return object(
          Object.assign(guarded, { last: 1 }),
          (depth) =>
            new Map<string, unknown>([
              ['value', shown(depth)],
              ['failed', thrown('getter')],
              ['last', 1],
            ]),
        );
      }),
      // Parts of errors.
      fc.tuple(tie('sample'), tie('sample')).map(([cause, own]) => {
        const error = Object.assign(new RangeError('m', { cause: cause.value }), { type: own.value, stack: 's' });
        return object(
          error,
          (depth) =>
            new Map<string, unknown>([
              ['type', 'RangeError'],
              ['message', 'm'],
              ['stack', 's'],
              ['cause', cause.shown(depth)],
              ['type_', own.shown(depth)],
            ]),
        );
      }),
      // Deep.
      fc.tuple(tie('sample'), fc.integer({ min: 12, max: 17 })).map(([inner, levels]) => {
        let deep = inner;
        for (let i = 0; i < levels; i++) {
          const { value, shown } = deep;
          deep =
            i % 2 === 0
              ? object([value], (depth) => [shown(depth)])
              : object({ value }, (depth) => new Map([['value', shown(depth)]]));
        }
        return deep;
      }),
    ),
  };
});

describe('a value', () => {
  test('is written in its form, and what is inside of it in theirs', () => {
    fc.assert(
      fc.property(sample, ({ value, shown }) => {
        expect(written(value)).toEqual(shown(0));
      }),
      { numRuns: 600 },
    );
  });

  test('inside itself is named, and one that is met twice is not inside itself', () => {
    const twice = { a: 1 };
    expect(written([twice, { twice }])).toEqual([new Map([['a', 1]]), new Map([['twice', new Map([['a', 1]])]])]);
    const self: unknown[] = [];
    self.push(self, new Map([['self', self]]), { toJSON: () => self });
    expect(written([self, 1])).toEqual([['[circular]', new Map([['self', '[circular]']]), '[circular]'], 1]);
    // What throws is no longer open.
    const failing = Object.defineProperty([] as unknown[], 0, { get: fail, enumerable: true });
    expect(written([failing, failing])).toEqual([thrown('value'), thrown('value')]);
  });

  test('of which a proxy gives the elements is read once', () => {
    const reads: unknown[] = [];
    const items = Array.from({ length: 20 }, (_, i) => i);
    const proxy = new Proxy(items, {
      get(target, key) {
        reads.push(key);
        return Reflect.get(target, key);
      },
    });
    expect(written(proxy)).toEqual(items);
    const positions = reads.filter((key) => /^\d+$/.test(String(key)));
    expect(positions).toEqual(items.map(String));
  });

  test('that is a table is too deep where its rows are', () => {
    const table = Array.from({ length: 9 }, (_, i) => [i, i + 1]);
    const within = (levels: number) => {
      let deep: unknown = table;
      for (let i = 1; i < levels; i++) deep = [deep];
      return deep;
    };
    expect(written(within(MAX_DEPTH - 1))).toEqual(within(MAX_DEPTH - 1));
    expect((written(within(MAX_DEPTH)) as unknown[]).flat(MAX_DEPTH)).toEqual(table.map(() => '[too deep]'));
    const writer = new ValueWriter();
    const start = writer.begin(ROOM);
    expect(writer.inside(table, NO_REDACTION.root, MAX_DEPTH - 1, NO_STACKS)).toBe(false);
    expect(decodeValue(writer.bytes, start)).toEqual(table.map(() => '[too deep]'));
  });

  test('has no credential in its texts, whatever their form', () => {
    const masked = compileRedaction(['token']);
    const url = 'https://user:pass@host/?token=S';
    const hidden = 'https://[redacted]@host/?token=[redacted]';
    for (const value of [url, new URL(url), Buffer.from(url), Object(url), { toJSON: () => url }])
      expect(written(value, masked)).toBe(hidden);
    expect((written(new Error(url), masked) as Map<string, unknown>).get('message')).toBe(hidden);
  });

  test('of more than a thousand parts says how many are left out', () => {
    for (const length of [MOST - 1, MOST, MOST + 1, MOST + 7]) {
      const rest = length - MOST;
      const items = Array.from({ length }, (_, i) => ({ i }));
      const first = items.slice(0, MOST).map(({ i }) => new Map([['i', i]]));
      const elements = rest > 0 ? [...first, `[+${rest} elements]`] : first;
      expect(written(items)).toEqual(elements);
      expect(written(new Set(items))).toEqual(elements);
      expect(written(BigInt64Array.from(items, (_, i) => BigInt(i)))).toEqual(
        [...first.map((_, i) => BigInt(i)), ...elements.slice(MOST)].slice(0, elements.length),
      );
      const names = items.map((_, i) => [`k${i}`, i] as const);
      const entries = new Map<string, unknown>(names.slice(0, MOST));
      if (rest > 0) entries.set('…', `[+${rest} entries]`);
      expect(written(Object.fromEntries(names))).toEqual(entries);
      expect(written(new Map(names))).toEqual(entries);
      expect((written(new Map(items.map((item) => [item, 1]))) as unknown[]).slice(MOST)).toEqual(elements.slice(MOST));
      // An error's type, message and stack count, too.
      const error = written(Object.assign(new Error('m'), Object.fromEntries(names))) as Map<string, unknown>;
      expect(error.size).toBe(Math.min(MOST + 1, length + 3));
      expect(error.get('…')).toBe(`[+${length + 3 - MOST} entries]`);
    }
  });

  test('that is redacted is not read, under a name or at a position', () => {
    const redaction = compileRedaction(['secret', 'list.1', 'err.stack', 'deep.cause.message']);
    let reads = 0;
    const counting = (key: string) => Object.defineProperty({}, key, { get: () => ++reads, enumerable: true });
    const shown = (key: string, value: unknown) => {
      const writer = new ValueWriter(redaction);
      writer.begin(ROOM);
      writer.field(key, value);
      return plainly(decodeValue(writer.bytes, 0));
    };
    const hidden = '[redacted]';
    expect(shown('secret', { toJSON: () => ++reads })).toBe(hidden);
    expect(shown('a', [counting('secret'), new Map([['secret', 1]])])).toEqual([
      new Map([['secret', hidden]]),
      new Map([['secret', hidden]]),
    ]);
    for (const list of [[0, 1, 2], new Set([0, 1, 2]), Float64Array.of(0, 1, 2)])
      expect(shown('list', list)).toEqual([0, hidden, 2]);
    expect(shown('list', [{ toJSON: () => 'a' }, { toJSON: () => ++reads }])).toEqual(['a', hidden]);
    // What stands behind a value that threw is judged by its own place.
    expect(
      shown('a', [Object.defineProperty({ secret: 1 }, 'x', { get: fail, enumerable: true }), { list: 1 }, { secret: 2 }]),
    ).toEqual([
      new Map([
        ['secret', hidden],
        ['x', thrown('getter')],
      ]),
      new Map([['list', 1]]),
      new Map([['secret', hidden]]),
    ]);
    const failing = new Map<string, unknown>([
      ['list', { toJSON: fail }],
      ['secret', 1],
    ]);
    expect(shown('a', failing)).toEqual(
      new Map([
        ['list', thrown('value')],
        ['secret', hidden],
      ]),
    );
    const error = Object.assign(new Error('m'), { secret: 5, stack: 's' });
    expect(shown('err', error)).toEqual(
      new Map([
        ['type', 'Error'],
        ['message', 'm'],
        ['stack', hidden],
        ['secret', hidden],
      ]),
    );
    const outer = Object.assign(new Error('m', { cause: error }), { stack: 's' });
    // The first line of a stack is the message.
    expect((shown('deep', outer) as Map<string, unknown>).get('cause')).toEqual(
      new Map([
        ['type', 'Error'],
        ['message', hidden],
        ['stack', hidden],
        ['secret', hidden],
      ]),
    );
    expect(reads).toBe(0);
  });

  test('of a list of headers is judged by the name in front of it', () => {
    const writer = new ValueWriter(compileRedaction(['rawHeaders.authorization', 'headers.authorization']));
    writer.begin(ROOM);
    writer.field('rawHeaders', ['Accept', 'x', 'Authorization', 'S', 'authorization', 'T', 'x', 'authorization', 'U']);
    expect(decodeValue(writer.bytes, 0)).toEqual([
      'Accept',
      'x',
      'Authorization',
      '[redacted]',
      'authorization',
      '[redacted]',
      'x',
      'authorization',
      'U',
    ]);
  });
});

describe('a value of a record', () => {
  const redaction = compileRedaction(['secret']);

  test('is judged by its key, or by the place that it brings, and one that is encoded is copied', () => {
    const writer = new ValueWriter(redaction);
    const error = Object.assign(new Error('m'), { stack: 's' });
    const shown = (key: string, value: unknown) => {
      const start = writer.begin(ROOM);
      writer.field(key, value);
      return plainly(decodeValue(writer.bytes, start));
    };
    expect(shown('secret', 1)).toBe('[redacted]');
    expect(shown('secret', new Placed(1, redaction.root, []))).toBe(1);
    expect(shown('a', new Placed(1, redaction.root.under('secret'), []))).toBe('[redacted]');
    expect(shown('a', { secret: 1 })).toEqual(new Map([['secret', '[redacted]']]));
    expect(shown('a', new Placed(error, redaction.root, [error]))).toEqual(
      new Map([
        ['type', 'Error'],
        ['message', 'm'],
      ]),
    );
    expect(shown('a', error)).toEqual(
      new Map([
        ['type', 'Error'],
        ['message', 'm'],
        ['stack', 's'],
      ]),
    );
    const start = writer.begin(ROOM);
    writer.value(['a', 'b']);
    expect(shown('secret', new Encoded(start, writer.position))).toEqual(['a', 'b']);
  });

  test('inside of what another writer has open says whether it had to stop', () => {
    const writer = new ValueWriter(redaction);
    const at = (depth: number, value: unknown) => {
      const start = writer.begin(ROOM);
      const isWhole = writer.inside(value, redaction.root, depth, NO_STACKS);
      return [isWhole, plainly(decodeValue(writer.bytes, start))];
    };
    const self: unknown[] = [1];
    self.push(self);
    expect(at(MAX_DEPTH - 1, ['x'])).toEqual([true, ['x']]);
    expect(at(MAX_DEPTH, ['x'])).toEqual([false, '[too deep]']);
    expect(at(MAX_DEPTH - 1, [['x']])).toEqual([false, ['[too deep]']]);
    expect(at(MAX_DEPTH - 1, [1, 2, 3, 4, 5, 6, 7, 8, 9])).toEqual([true, [1, 2, 3, 4, 5, 6, 7, 8, 9]]);
    expect(at(0, self)).toEqual([false, [1, '[circular]']]);
    expect(at(MAX_DEPTH, 5)).toEqual([true, 5]);
    const error = Object.assign(new Error('m'), { stack: 's' });
    const start = writer.begin(ROOM);
    expect(writer.inside(error, redaction.root, 0, [error])).toBe(true);
    expect(decodeValue(writer.bytes, start)).toEqual({ type: 'Error', message: 'm' });
    // Neither depth nor stacks stay for the next one.
    let deep: unknown = 'x';
    for (let i = 0; i < MAX_DEPTH; i++) deep = [deep];
    expect(written(deep)).toEqual(deep);
    const behind = writer.begin(ROOM);
    writer.value([deep, error]);
    expect(JSON.stringify(decodeValue(writer.bytes, behind))).toBe(
      JSON.stringify([
        JSON.parse(JSON.stringify(deep).replace('["x"]', '"[too deep]"')),
        { type: 'Error', message: 'm', stack: 's' },
      ]),
    );
  });

  test('is left as it was by whatever is written while it is read', () => {
    const writer = new ValueWriter(redaction);
    fc.assert(
      fc.property(sample, fc.nat(3), fc.boolean(), ({ value, shown }, levels, isFailing) => {
        const inside = (level: number): void => {
          writer.enter();
          try {
            writer.begin(level % 2 === 0 ? ROOM : 10);
            writer.field('secret', 1);
            writer.value([{ toJSON: () => level < levels && inside(level + 1) }, value]);
            writer.open(9);
            if (isFailing) writer.value(Object.defineProperty({}, 'x', { get: fail, enumerable: true }));
          } finally {
            writer.leave();
          }
        };
        const start = writer.begin(ROOM);
        writer.field('outer', {
          before: value,
          get secret() {
            return fail();
          },
          get during() {
            inside(0);
            return value;
          },
          last: { secret: 1 },
        });
        expect(plainly(decodeValue(writer.bytes, start))).toEqual(
          new Map<string, unknown>([
            ['before', shown(1)],
            ['secret', '[redacted]'],
            ['during', shown(1)],
            ['last', new Map([['secret', '[redacted]']])],
          ]),
        );
      }),
      { numRuns: 200 },
    );
  });
});

test('a large object beyond the budget is left out with a mark', () => {
  const writer = new ValueWriter();
  writer.begin(0);
  writer.value(Array.from({ length: 3 }, () => ({ a: 1 })));
  expect(decodeValue(writer.bytes, 0)).toEqual(['[+3 elements]']);
  writer.position = 0;
  writer.begin(10);
  const members = Object.fromEntries(Array.from({ length: 900 }, (_, i) => [`key ${i}`, i % 2 === 0 ? { i } : [i]]));
  writer.value(members);
  const shown = decodeValue(writer.bytes, 0) as Record<string, unknown>;
  const kept = Object.keys(shown).length - 1;
  expect(kept).toBeGreaterThan(100);
  expect(shown['…']).toBe(`[+${900 - kept} entries]`);
  // Behind keys that take all of the grace, the last object is cut.
  writer.position = 0;
  writer.begin(0);
  writer.value(Object.fromEntries(Array.from({ length: 8 }, (_, i) => [String(i).padEnd(1_024, 'x'), i === 7 ? { a: 1 } : i])));
  expect(Object.values(decodeValue(writer.bytes, 0) as object)).toEqual([0, 1, 2, 3, 4, 5, 6, '[cut]']);
});
