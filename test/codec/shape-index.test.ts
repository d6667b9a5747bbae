/** The shapes of a ring against a plain list of what was found. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Definitions } from '../../src/codec/dictionary/definitions.ts';
import { NOT_MINE, REFUSED, WRITTEN } from '../../src/codec/encode/outcome.ts';
import type { Shape } from '../../src/codec/encode/shape.ts';
import { ShapeIndex } from '../../src/codec/encode/shape-index.ts';

const SHAPES_PER_MESSAGE = 8;
const LONGEST = 512;

/** An index of which the definitions are a list, as a half of the dictionary is. */
function indexOf({ room = Number.POSITIVE_INFINITY, canGenerate = (): boolean => true } = {}) {
  const defined: { message: string | null; keys: readonly string[] }[] = [];
  const generated: { shape: Shape; isList: boolean }[] = [];
  const state = { room, canGenerate };
  const definitions = {
    shape: (message: string | null, keys: readonly string[]) =>
      defined.length < state.room ? defined.push({ message, keys }) - 1 : -1,
  } as unknown as Definitions;
  const index = new ShapeIndex({
    definitions,
    redactsKey: (key) => key === 'secret',
    generate: (shape, isList) => {
      generated.push({ shape, isList });
      if (!state.canGenerate()) return false;
      if (isList) shape.writeList = () => WRITTEN;
      // A writer takes what has its keys.
      else
        shape.write = (fields) => (JSON.stringify(Object.keys(fields ?? {})) === JSON.stringify(shape.keys) ? WRITTEN : NOT_MINE);
      return true;
    },
  });
  /** The dictionary turns. */
  const turn = (room = Number.POSITIVE_INFINITY) => {
    defined.length = 0;
    state.room = room;
    index.keepHot();
  };
  /** A record in the general way. */
  const note = (shape: Shape, values: readonly unknown[], times: number, isList = false) => {
    for (let i = 0; i < times; i++) index.noteCall(shape, values, isList);
  };
  return { index, defined, generated, state, turn, note };
}

describe('a shape', () => {
  const key = fc.constantFrom('a', 'b', 'secret', 'x\u0001y', 'x', 'y');
  const call = fc.record({
    message: fc.constantFrom('placed', 'filled', '', 'm'.repeat(LONGEST), 'm'.repeat(LONGEST + 1)),
    keys: fc.uniqueArray(key, { maxLength: 3 }),
    inline: fc.boolean(),
  });

  test('is found by its message and its keys: the same one each time, up to eight of a message, else by its keys alone', () => {
    fc.assert(
      fc.property(fc.array(call, { maxLength: 60 }), fc.oneof(fc.constant(1_000), fc.nat(12)), (calls, room) => {
        const { index, defined } = indexOf({ room });
        const known = new Map<string, Shape>();
        const counts = new Map<string, number>();
        // Two lists of keys may read the same: the first one has the place.
        const lists = new Map<string, string>();
        for (const { message, keys, inline } of calls) {
          const before = defined.length;
          const shape = index.find(message, keys, index.messages.get(message), inline);
          const own = JSON.stringify([message, keys]);
          const byKeys = JSON.stringify([null, keys]);
          const count = counts.get(message) ?? 0;
          let left = room - before;
          const define = (id: string) => {
            if (left <= 0) return false;
            left--;
            known.set(id, shape!);
            return true;
          };
          let wanted: string | undefined;
          if (!inline && known.has(own)) wanted = own;
          else if (!inline && count < SHAPES_PER_MESSAGE && message.length <= LONGEST && define(own)) {
            counts.set(message, count + 1);
            wanted = own;
          } else if (lists.has(keys.join('\u0001'))) wanted = lists.get(keys.join('\u0001')) === byKeys ? byKeys : undefined;
          else if (define(byKeys)) {
            lists.set(keys.join('\u0001'), byKeys);
            wanted = byKeys;
          }
          expect(shape).toBe(wanted === undefined ? undefined : known.get(wanted));
          expect(defined.length).toBe(room - left);
          if (shape === undefined) continue;
          expect(shape.keys).toEqual(keys);
          expect(shape.message).toBe(wanted === own ? message : null);
          expect(defined[shape.id]).toEqual({ message: shape.message, keys });
          expect(shape.fields.map(({ redacted }) => redacted)).toEqual(keys.map((each) => each === 'secret'));
        }
        expect(index.messages.size).toBe(counts.size);
      }),
      { numRuns: 500 },
    );
  });

  test('beyond eight of a message has the keys alone', () => {
    const { index, defined } = indexOf();
    const found = Array.from({ length: 10 }, (_, i) => index.find('m', [`k${i}`], index.messages.get('m'), false)!);
    expect(found.map(({ message }) => message)).toEqual(found.map((_, i) => (i < SHAPES_PER_MESSAGE ? 'm' : null)));
    for (const [i, shape] of found.entries()) expect(index.find('m', [`k${i}`], index.messages.get('m'), false)).toBe(shape);
    expect(defined).toHaveLength(10);
  });

  test('is looked for when its message is met again, and never when that is long', () => {
    const { index, turn } = indexOf();
    expect([index.isNew('placed'), index.isNew('placed'), index.isNew('placed')]).toEqual([true, false, false]);
    const longest = 'm'.repeat(LONGEST);
    expect([index.isNew(longest), index.isNew(longest)]).toEqual([true, false]);
    expect([index.isNew(`${longest}m`), index.isNew(`${longest}m`)]).toEqual([true, true]);
    turn();
    expect([index.isNew('placed'), index.isNew('placed')]).toEqual([true, false]);
  });

  test('gets a writer after 32 calls in the general way, once, for the kinds of its values', () => {
    const { index, generated, note } = indexOf();
    const shape = index.find('m', ['n', 'id', 'long', 'flag', 'none', 'book'], undefined, false)!;
    const values = [1, 'x'.repeat(36), 'x'.repeat(37), true, undefined, { a: 1 }];
    note(shape, values, 31);
    expect([generated.length, shape.hot, shape.generations]).toEqual([0, false, 0]);
    note(shape, values, 1);
    expect(shape.fields.map(({ kind }) => kind)).toEqual(['number', 'text-id', 'long', 'any', 'any', 'value']);
    note(shape, values, 100);
    expect(generated).toEqual([{ shape, isList: false }]);
    expect([shape.hot, shape.generations]).toEqual([true, 1]);
    const list = index.find('of an error', ['n'], undefined, false)!;
    note(list, [1], 32, true);
    expect(generated[1]).toEqual({ shape: list, isList: true });
  });

  test('gets none with more than eight slots, of which the message may be one, nor when there are 512', () => {
    const { index, generated, note } = indexOf();
    const keys = (count: number) => Array.from({ length: count }, (_, i) => `k${i}`);
    const heat = (shape: Shape) =>
      note(
        shape,
        shape.keys.map(() => 1),
        32,
      );
    for (const [message, count, isHot] of [
      ['m', 8, true],
      ['n', 9, false],
      [null, 7, true],
      [null, 8, false],
    ] as const) {
      const shape = index.find(message ?? 'inline', keys(count), undefined, message === null)!;
      heat(shape);
      expect(shape.hot).toBe(isHot);
    }
    for (let i = 0; i < 509; i++) heat(index.find(`message ${i}`, ['a'], undefined, false)!);
    const last = index.find('the last one', ['a'], undefined, false)!;
    heat(last);
    const oneMore = index.find('one more', ['a'], undefined, false)!;
    heat(oneMore);
    expect([generated.length, last.hot, oneMore.hot]).toEqual([512, true, false]);
  });

  test('gets none where code must not be generated, which is tried once', () => {
    const { index, generated, note } = indexOf({ canGenerate: () => false });
    for (const message of ['a', 'b', 'c']) note(index.find(message, ['k'], undefined, false)!, [1], 50);
    expect(generated).toHaveLength(1);
    const { index: other, state, note: noteOther, generated: tried } = indexOf();
    const shape = other.find('m', ['k'], undefined, false)!;
    noteOther(shape, [1], 32);
    expect([other.generate(shape, false), shape.generations]).toEqual([true, 2]);
    state.canGenerate = () => false;
    expect([other.generate(shape, false), shape.generations]).toEqual([false, 2]);
    noteOther(other.find('n', ['k'], undefined, false)!, [1], 32);
    expect(tried).toHaveLength(3);
  });
});

describe('a message that is met for the first time', () => {
  const heated = (count: number) => {
    const made = indexOf();
    const shapes = Array.from({ length: count }, (_, i) => {
      const shape = made.index.find('new', [`k${i}`], undefined, true)!;
      made.note(shape, [1], 32);
      return shape;
    });
    return { ...made, shapes };
  };

  test('is written by one of eight hot shapes of its fields’ keys, the last used of which is tried first', () => {
    const { index, shapes, generated } = heated(10);
    expect(shapes.map(({ hot }) => hot)).toEqual(shapes.map((_, i) => i < 8));
    expect(generated).toHaveLength(8);
    const tried: string[] = [];
    for (const shape of shapes.slice(0, 8)) {
      const { write } = shape;
      shape.write = (...args) => {
        tried.push(shape.keys[0]!);
        return write(...args);
      };
    }
    let order = ['k7', 'k6', 'k5', 'k4', 'k3', 'k2', 'k1', 'k0'];
    for (const key of ['k7', 'k3', 'k0', 'k0', 'k9', 'k5', 'k3', 'k7']) {
      tried.length = 0;
      const outcome = index.writeInline('new', { [key]: 1 }, 0);
      const at = order.indexOf(key);
      expect(outcome).toBe(at < 0 ? NOT_MINE : WRITTEN);
      expect(tried).toEqual(at < 0 ? order : order.slice(0, at + 1));
      if (at >= 0) order = [key, ...order.filter((each) => each !== key)];
    }
  });

  test('that the ring has refused is not tried by the others', () => {
    const { index, shapes } = heated(2);
    shapes[1]!.write = () => REFUSED;
    expect(index.writeInline('new', { k0: 1 }, 0)).toBe(REFUSED);
  });

  test('of a list of values has a writer of its own, which is not among those', () => {
    const { index, note } = indexOf();
    const shape = index.find('new', ['a'], undefined, true)!;
    note(shape, [1], 32, true);
    expect(shape.hot).toBe(true);
    expect(index.writeInline('new', { a: 1 }, 0)).toBe(NOT_MINE);
  });
});

test('when the dictionary turns, hot shapes are defined anew as far as there is room, and others are forgotten', () => {
  const setOf = fc.record({
    message: fc.constantFrom('a', 'b', null),
    keys: fc.uniqueArray(fc.constantFrom('k', 'l', 'm'), { minLength: 1 }),
    isHot: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.uniqueArray(setOf, { selector: ({ message, keys }) => JSON.stringify([message, keys]), maxLength: 12 }),
      fc.oneof(fc.constant(100), fc.nat(8)),
      (list, room) => {
        const { index, defined, state, turn, note } = indexOf();
        const made = list.map(({ message, keys, isHot }) => {
          const shape = index.find(message ?? 'new', keys, index.messages.get(message ?? 'new'), message === null)!;
          if (isHot)
            note(
              shape,
              keys.map(() => 'text'),
              32,
            );
          Object.assign(shape.fields[0]!, { text: 'text', olderText: 'older', defined: 5 });
          index.last.message = 'a';
          return shape;
        });
        turn(room);
        expect(index.last.message).not.toBe('a');
        const hot = made.filter((shape) => shape.hot);
        const kept = hot.filter((shape) => shape.id >= 0);
        expect(kept).toHaveLength(Math.min(room, hot.length));
        for (const shape of kept) {
          expect(defined[shape.id]).toEqual({ message: shape.message, keys: shape.keys });
          expect(shape.fields[0]).toMatchObject({ defined: 0 });
          expect(['text', 'older']).not.toContain(shape.fields[0]!.text);
          expect(['text', 'older']).not.toContain(shape.fields[0]!.olderText);
        }
        const chains = new Map(['a', 'b'].map((message) => [message, kept.filter((shape) => shape.message === message)]));
        for (const [message, shapes] of chains) {
          const found: Shape[] = [];
          for (let shape = index.messages.get(message); shape !== undefined; shape = shape.next) found.push(shape);
          expect(new Set(found)).toEqual(new Set(shapes));
          expect(found).toHaveLength(shapes.length);
          expect(index.messages.get(message) !== undefined).toBe(shapes.length > 0);
        }
        const before = defined.length;
        for (const shape of kept) {
          if (shape.message === null) {
            expect(index.writeInline('new', Object.fromEntries(shape.keys.map((key) => [key, 1])), 0)).toBe(WRITTEN);
            expect(index.find('new', shape.keys, undefined, true)).toBe(shape);
          } else expect(index.find(shape.message, shape.keys, index.messages.get(shape.message), false)).toBe(shape);
        }
        expect(defined.length).toBe(before);
        for (const { message, keys } of made.filter((each) => !kept.includes(each))) {
          state.room = Number.POSITIVE_INFINITY;
          const again = index.find(message ?? 'new', keys, index.messages.get(message ?? 'new'), message === null)!;
          expect(made).not.toContain(again);
          expect(defined[again.id]).toEqual({ message, keys });
        }
        for (const shape of made.filter((each) => !kept.includes(each) && each.message === null))
          expect(index.writeInline('new', Object.fromEntries(shape.keys.map((key) => [key, 1])), 0)).toBe(NOT_MINE);
      },
    ),
    { numRuns: 300 },
  );
});

test('a turn makes room for as many hot shapes as it has forgotten', () => {
  const { index, state, turn, note } = indexOf();
  const heat = (message: string, keys: readonly string[], inline: boolean) => {
    const shape = index.find(message, keys, index.messages.get(message), inline)!;
    note(
      shape,
      keys.map(() => 1),
      32,
    );
    return shape.hot;
  };
  for (let i = 0; i < 504; i++) heat(`message ${i}`, ['a'], false);
  for (let i = 0; i < 8; i++) heat('new', [`k${i}`], true);
  expect([heat('one more', ['a'], false), heat('new', ['other'], true)]).toEqual([false, false]);
  turn(10);
  state.room = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 502; i++) expect(heat(`then ${i}`, ['a'], false)).toBe(true);
  expect(heat('one more', ['a'], false)).toBe(false);
  // Eight of them with the message inline, before and after.
  const chained = indexOf();
  const inline = (key: string) => {
    const shape = chained.index.find('new', [key], undefined, true)!;
    chained.note(shape, [1], 32);
    return shape.hot;
  };
  const keys = Array.from({ length: 9 }, (_, i) => `k${i}`);
  expect(keys.map(inline)).toEqual(keys.map((_, i) => i < 8));
  chained.turn();
  expect(inline('other')).toBe(false);
  chained.turn(5);
  chained.state.room = Number.POSITIVE_INFINITY;
  expect(['a', 'b', 'c', 'd'].map(inline)).toEqual([true, true, true, false]);
});
