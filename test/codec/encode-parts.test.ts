/** The smallest parts of the encoder, each against what it promises. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CallsInside } from '../../src/codec/encode/calls-inside.ts';
import { MessageCandidates } from '../../src/codec/encode/candidates.ts';
import { MAX_INLINE_TEXT_UNITS, MAX_INLINE_UNITS, makeInlineTextWriter } from '../../src/codec/encode/inline-text.ts';
import { KnownMessages, MAX_DEFINED_MESSAGE_UNITS } from '../../src/codec/encode/known-messages.ts';
import { byteLengthOf, copyLongText } from '../../src/codec/encode/long-text.ts';
import { hashOf } from '../../src/codec/encode/message-hash.ts';
import { NOT_MINE, WRITTEN } from '../../src/codec/encode/outcome.ts';
import { FieldState, Shape, tryWriter } from '../../src/codec/encode/shape.ts';
import { holdsOnlyFields, valuesOf } from '../../src/codec/encode/shape-values.ts';
import { ValueWriter } from '../../src/codec/values/value-writer.ts';

function fail(): never {
  throw new Error('no');
}

describe('a message', () => {
  const message = fc.oneof(
    fc.constantFrom('', 'a', 'b', 'order 17 was placed', 'order 27 was placed', 'ordar 17 was placed'),
    fc.string({ maxLength: 4 }),
    fc.string({ maxLength: 60 }),
  );

  test('counts as met before when it comes again at once, and never when it is new', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 40 }), fc.array(message, { maxLength: 10 }), (before, after) => {
        const candidates = new MessageCandidates();
        let seen = new Set<string>();
        const met = (each: string) => {
          const isMet = candidates.metBefore(each, hashOf(each));
          if (!seen.has(each)) expect(isMet).toBe(false);
          if (seen.size === 0) expect(candidates.metBefore(each, hashOf(each))).toBe(true);
          seen.add(each);
        };
        for (const each of before) met(each);
        candidates.clear();
        seen = new Set();
        for (const each of after) met(each);
      }),
    );
  });

  test('that is frequent is neither driven out by unique ones, nor kept out by others for ever', () => {
    const candidates = new MessageCandidates();
    const metBefore = (message: string) => candidates.metBefore(message, hashOf(message));
    const frequent = Array.from({ length: 40 }, (_, i) => `${'abcdefgh'[i % 8]}: an order was ${'tuvwx'[i >> 3]}`);
    const found = new Map(frequent.map((each) => [each, 0]));
    const ROUNDS = 400;
    for (let round = 0; round < ROUNDS; round++) {
      for (const each of frequent) if (metBefore(each)) found.set(each, found.get(each)! + 1);
      for (let i = 0; i < 40; i++) metBefore(`request ${round * 40 + i} took ${i} ms`);
    }
    for (const count of found.values()) expect(count).toBeGreaterThan(ROUNDS / 3);

    // More than there are places: all of them have their turn.
    const many = fc.sample(fc.string({ minLength: 6, maxLength: 20 }), { numRuns: 1_500, seed: 1 });
    const met = new Set<string>();
    for (let round = 0; round < 100; round++) for (const each of many) if (metBefore(each)) met.add(each);
    expect(met.size).toBe(new Set(many).size);
  });
});

describe('the shape of a message', () => {
  const shapeOf = (message: string) => new Shape(0, message, []);
  // Of one length, and alike where the hash looks: they share it.
  const alike = fc.tuple(fc.nat(9), fc.nat(9)).map(([a, b]) => `o${a}der 17 w${b}s placed`);
  const text = fc.oneof(alike, fc.string({ maxLength: 3 }), fc.constantFrom('', 'x'.repeat(MAX_DEFINED_MESSAGE_UNITS)));
  const other = fc.oneof(fc.constant('x'.repeat(MAX_DEFINED_MESSAGE_UNITS + 1)), fc.anything());
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ get: text }) },
    { weight: 1, arbitrary: fc.record({ get: other }) },
    { weight: 3, arbitrary: fc.record({ set: text }) },
    { weight: 1, arbitrary: fc.record({ keep: fc.func(fc.boolean()) }) },
    // As many messages that are not found as it takes to look at the marks, or to leave them.
    { weight: 1, arbitrary: fc.record({ unknown: fc.nat(20) }) },
  );

  test('is the one that was set last, in any order of messages that are known and not: as a map has it', () => {
    expect(hashOf('o1der 17 w2s placed')).toBe(hashOf('o3der 17 w4s placed'));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const known = new KnownMessages();
        const model = new Map<unknown, Shape>();
        for (const each of steps) {
          if ('get' in each) expect(known.get(each.get)).toBe(model.get(each.get));
          else if ('set' in each) {
            const shape = shapeOf(each.set);
            known.set(each.set, shape);
            model.set(each.set, shape);
          } else if ('keep' in each) {
            known.keep((shape) => (each.keep(shape.message) ? shape : undefined));
            for (const [message, shape] of model) if (!each.keep(shape.message)) model.delete(message);
          } else for (let i = 0; i < each.unknown; i++) expect(known.get(`unknown ${i}`)).toBe(undefined);
          expect(known.size).toBe(model.size);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('has its hash when it was not found, also where others were looked for since or never', () => {
    const known = new KnownMessages();
    known.set('known', shapeOf('known'));
    for (const message of ['known', 'first', 'second', 'known', 'third', 'x'.repeat(MAX_DEFINED_MESSAGE_UNITS)]) {
      if (known.get(message) === undefined) expect(known.takeHash(message)).toBe(hashOf(message));
      expect(known.takeHash('never looked for')).toBe(hashOf('never looked for'));
    }
  });
});

describe('a text in a frame', () => {
  test('that is short is its UTF-8, its length stands in its slot, and no byte beyond a word is touched', () => {
    const unit = fc.constantFrom('a', 'z', '\x7f', '\x80', 'é', '日', '\ud800');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary-ascii', maxLength: MAX_INLINE_UNITS }),
          fc.string({ unit, maxLength: MAX_INLINE_UNITS, size: 'max' }),
        ),
        fc.integer({ min: 2, max: 5 }),
        (text, unit) => {
          const memory = new ArrayBuffer(8 * 40);
          const bytes = Buffer.from(memory).fill(0xee);
          const words = new Int32Array(memory);
          const end = makeInlineTextWriter(words, bytes)(text, unit, 1);
          const wanted = Buffer.from(text.toWellFormed());
          expect(words[2]).toBe(wanted.length);
          expect(bytes.subarray(unit * 8, unit * 8 + wanted.length).equals(wanted)).toBe(true);
          expect(end).toBe(unit + Math.ceil(wanted.length / 8));
          expect(end - unit).toBeLessThanOrEqual(MAX_INLINE_TEXT_UNITS);
          // The claim of a frame has one unit more than its texts.
          expect(bytes.subarray((end + 1) * 8).every((byte) => byte === 0xee)).toBe(true);
          expect([...bytes.subarray(0, 8), ...bytes.subarray(12, unit * 8)].every((byte) => byte === 0xee)).toBe(true);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('that is long has the bytes that were counted, whatever was counted before, unless it has more characters than it may', () => {
    const text = fc.tuple(
      fc.constantFrom('x', 'é', '日', '\ud800'),
      fc.constantFrom(0, 1, 255, 256, 257, 8_192, 8_193),
      fc.boolean(),
    );
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), fc.constantFrom(256, 8_192, 100_000), (list, most) => {
        for (const [unit, count, isOther] of list) {
          const text = unit.repeat(count) + (isOther ? 'o' : '');
          const wanted = Buffer.from(text);
          const length = byteLengthOf(text, most);
          if (text.length > most) {
            // More than any frame takes.
            expect(length).toBe(2 ** 30);
            continue;
          }
          expect(length).toBe(wanted.length);
          const bytes = Buffer.alloc(wanted.length + 8, 0xee);
          copyLongText(text, length, bytes, 4);
          expect(bytes.subarray(4, 4 + length).equals(wanted)).toBe(true);
          expect([...bytes.subarray(0, 4), ...bytes.subarray(4 + length)]).toEqual(new Array(8).fill(0xee));
        }
      }),
    );
  });
});

describe('a shape', () => {
  const key = fc.constantFrom('a', 'b', 'c', '__proto__', '5');
  const keys = fc.uniqueArray(key, { maxLength: 4 });
  const shapeOf = (keys: readonly string[], redacted: readonly string[] = []) =>
    new Shape(
      0,
      'm',
      keys.map((each) => new FieldState(each, redacted.includes(each))),
    );

  test('has its keys in their order, and no others', () => {
    fc.assert(
      fc.property(keys, keys, (own, others) => {
        expect(shapeOf(own).keys).toEqual(own);
        expect(shapeOf(own).hasKeys(others)).toBe(JSON.stringify(own) === JSON.stringify(others));
        expect(shapeOf(own).hasKeys([...own])).toBe(true);
      }),
    );
  });

  test('gives the values of fields that are its own, each read once, redacted ones not at all', () => {
    fc.assert(
      fc.property(
        keys,
        fc.uniqueArray(fc.tuple(key, fc.constantFrom('value', 'getter', 'throws', 'removes', 'hidden')), {
          selector: ([key]) => key,
          maxLength: 4,
        }),
        fc.subarray(['a', 'b', '__proto__']),
        fc.constantFrom('plain', 'null', 'class', 'inherits'),
        fc.boolean(),
        (own, entries, redacted, kind, matches) => {
          class Fields {}
          const prototypes = { plain: Object.prototype, null: null, class: Fields.prototype, inherits: { inherited: 1 } };
          const fields = Object.create(prototypes[kind]);
          const reads = new Map<string, number>();
          for (const [key, what] of entries) {
            const read = () => {
              reads.set(key, (reads.get(key) ?? 0) + 1);
              if (what === 'throws') fail();
              if (what === 'removes') for (const [other] of entries) if (other !== key) delete fields[other];
              return `${key} read`;
            };
            const property = what === 'value' || what === 'hidden' ? { value: key } : { get: read };
            Object.defineProperty(fields, key, { ...property, enumerable: what !== 'hidden', configurable: true });
          }
          const shown = Object.keys(fields);
          const shape = shapeOf(matches ? shown : own, redacted);
          const isSame = shape.keys.length > 0 && kind !== 'inherits' && JSON.stringify(shown) === JSON.stringify(shape.keys);
          const values = valuesOf(shape, fields);
          if (!isSame) {
            expect(values).toBeUndefined();
            expect(reads.size).toBe(0);
            return;
          }
          let areRemoved = false;
          const wanted = shape.keys.map((key) => {
            const what = entries.find(([each]) => each === key)![1];
            const isGone = areRemoved;
            if (redacted.includes(key)) return undefined;
            if (what === 'removes' && !isGone) areRemoved = true;
            // What a getter has removed is not there any more; an object then has what its prototype has.
            if (isGone) return fields[key];
            return what === 'value' ? key : what === 'throws' ? '[getter threw: Error: no]' : `${key} read`;
          });
          expect(values).toEqual(wanted);
          expect([...reads.values()].every((count) => count === 1)).toBe(true);
          for (const key of redacted) expect(reads.has(key)).toBe(false);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('without keys has the values of nothing, and of nothing else', () => {
    expect(valuesOf(shapeOf([]), undefined)).toEqual([]);
    for (const other of [null, {}, new Error('x'), 5, 'text', [], () => {}]) expect(valuesOf(shapeOf([]), other)).toBeUndefined();
    expect(valuesOf(shapeOf(['a']), undefined)).toBeUndefined();
    const revoked = Proxy.revocable({ a: 1 }, {});
    revoked.revoke();
    const others = [
      null,
      5,
      'a',
      Object.assign(() => {}, { a: 1 }),
      Object.assign([], { a: 1 }),
      Object.assign(new Error('x'), { a: 1 }),
      Object.assign(new Map(), { a: 1 }),
      Object.assign(new Date(0), { a: 1 }),
      revoked.proxy,
      new Proxy({ a: 1 }, { ownKeys: fail }),
    ];
    for (const other of others) expect(valuesOf(shapeOf(['a']), other)).toBeUndefined();
    expect(valuesOf(shapeOf(['a']), new Proxy({ a: 1 }, {}))).toEqual([1]);
  });

  test('whose writer has come to the end of the stack is written in the general way from then on', () => {
    const failing = (error: unknown) => {
      const shape = shapeOf(['a']);
      shape.write = () => {
        throw error;
      };
      shape.writeList = () => WRITTEN;
      expect(shape.hot).toBe(true);
      expect(tryWriter(shape, {}, 0, 'm')).toBe(NOT_MINE);
      return shape;
    };
    const ended = failing(new RangeError('Maximum call stack size exceeded'));
    expect([ended.hot, ended.generations]).toEqual([false, Number.POSITIVE_INFINITY]);
    expect([ended.write({}, 0, 'm'), ended.writeList([], 0, 'm')]).toEqual([NOT_MINE, NOT_MINE]);
    const hostile = new Proxy({}, { getPrototypeOf: fail });
    for (const other of [new Error('x'), hostile, undefined]) expect(failing(other)).toMatchObject({ hot: true, generations: 0 });
    const fresh = shapeOf(['a']);
    expect([fresh.hot, tryWriter(fresh, {}, 0, 'm')]).toEqual([false, NOT_MINE]);
    fresh.writeList = () => WRITTEN;
    expect(fresh.hot).toBe(true);
  });

  test('is of objects whose properties are fields, which no error, list, Map or proxy that throws is', () => {
    class Order {}
    const held = [{}, Object.create(null), new Order(), new Proxy({}, {})];
    const others = [[], new Error('x'), new Map(), new Date(0), { toJSON: () => 1 }, new Proxy({}, { getPrototypeOf: fail })];
    expect(held.map(holdsOnlyFields)).toEqual(held.map(() => true));
    // A plain object with a `toJSON` is looked at by who writes it.
    expect(others.map(holdsOnlyFields)).toEqual([false, false, false, false, true, false]);
  });
});

test('of calls inside a call sixteen are read, all depths together, and the next call has as many again', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 60, size: 'max' }), fc.integer({ min: 1, max: 2 }), (goesIn, times) => {
      const values = new ValueWriter();
      const calls = new CallsInside(values);
      for (let i = 0; i < times; i++) expectOne(goesIn, values, calls);
    }),
  );

  function expectOne(goesIn: readonly boolean[], values: ValueWriter, calls: CallsInside): void {
    expect(calls.enter()).toBe(true);
    values.tag(0);
    let depth = 1;
    let inside = 0;
    for (const each of goesIn) {
      if (each) {
        expect(calls.enter()).toBe(++inside <= 16);
        values.tag(0);
        depth++;
      } else if (depth > 1) {
        calls.leave();
        depth--;
      }
      // What stands here is that of the calls that are still open.
      expect(values.position).toBe(depth);
    }
    while (depth-- > 0) calls.leave();
    expect(values.position).toBe(0);
  }
});
