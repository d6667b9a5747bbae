/** What is told of an object by its class, and the form that it gets by that. Each sample has classes of its own: traits are kept for each class. */
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { traitsOf } from '../../src/codec/values/class-traits.ts';
import { formOf } from '../../src/codec/values/forms.ts';
import { eventMembers, longValue, pairsOf, platformMembers } from '../../src/codec/values/platform-values.ts';
import { classOf, type Members } from './classes.ts';

describe('the traits of a class', () => {
  const key = fc.constantFrom(
    ...['href', 'searchParams', 'type', 'target', 'entries', 'append', 'getAll', 'getSetCookie'],
    ...['pipe', 'listen', 'addRequest', 'dispatch', 'send', 'other'],
  );
  const members: fc.Arbitrary<Members & { readonly name: string }> = fc.record({
    name: fc.constantFrom('A', 'B', '', 'Order', 'Date', 'TypedArray'),
    methods: fc.uniqueArray(key, { maxLength: 3 }),
    attributes: fc.uniqueArray(key, { maxLength: 3 }).map((keys) => Object.fromEntries(keys.map((key) => [key, 1]))),
    accessors: fc.uniqueArray(key, { maxLength: 3 }).map((keys) => Object.fromEntries(keys.map((key) => [key, 1]))),
    data: fc.constantFrom({}, { other: 1 }, { pipe: 'text' }),
    tag: fc.option(fc.constantFrom<unknown>('Tag', 'Other', 5), { nil: undefined }),
    isLong: fc.constantFrom(false, false, false, true),
  });

  test('are those of all classes that it inherits from, the nearest first', () => {
    fc.assert(
      fc.property(fc.array(members, { minLength: 1, maxLength: 3 }), (chain) => {
        let made: new () => object = Object;
        for (const { name, ...each } of chain) made = classOf(name, each, made);
        const traits = traitsOf(new made());

        // Own members are written in this order, and a later one replaces an earlier one of its name.
        const own = chain.map(({ methods = [], attributes = {}, accessors = {}, data = {} }) => {
          const kinds = new Map<string, string>();
          for (const key of methods) kinds.set(key, 'method');
          for (const key of Object.keys(attributes)) kinds.set(key, 'attribute');
          for (const key of Object.keys(accessors)) kinds.set(key, 'accessor');
          for (const key of Object.keys(data)) kinds.set(key, 'data');
          return kinds;
        });
        const having = (...kinds: string[]) =>
          new Set(own.flatMap((each) => [...each].filter(([, kind]) => kinds.includes(kind)).map(([key]) => key)));
        const [methods, accessors] = [having('method'), having('attribute', 'accessor')];
        expect(new Set(traits.methods)).toEqual(new Set([...methods, 'constructor']));
        expect(traits.accessors).toEqual(accessors);
        expect(new Set(traits.attributes)).toEqual(having('attribute'));
        expect(traits.attributes).toHaveLength(having('attribute').size);
        const names = chain.map(({ name }) => name).filter((name) => name !== '');
        expect(traits.names).toEqual(new Set([...names, 'Object']));
        const tag = chain.map(({ tag }) => tag).findLast((tag) => typeof tag === 'string');
        const found = {
          name: names.at(-1) ?? 'Object',
          tag,
          mayBeLanguage: names.some((name) => name === 'Date' || name === 'TypedArray'),
          isUrl: accessors.has('href') && accessors.has('searchParams'),
          isEvent: accessors.has('type') && accessors.has('target'),
          hasPairs: methods.has('entries') && methods.has('append') && (methods.has('getAll') || methods.has('getSetCookie')),
          isLong: chain.some(({ isLong }) => isLong),
        };
        expect(traits).toMatchObject(found);
        const isMachinery = ['pipe', 'listen', 'addRequest', 'dispatch', 'send'].some((key) => methods.has(key));
        const { mayBeLanguage, isUrl, isEvent, hasPairs, isLong } = found;
        const isSpecial =
          mayBeLanguage ||
          isUrl ||
          isEvent ||
          hasPairs ||
          isLong ||
          isMachinery ||
          tag !== undefined ||
          traits.attributes.length > 0;
        expect(traits.isOrdinary).toBe(!isSpecial);
        expect(traitsOf(new made())).toBe(traits);
      }),
      { numRuns: 1_500 },
    );
  });

  test('are those of any class whose constructor is nothing, or has no text as its name; and such a class may be another realm’s', () => {
    const bare = Object.create(Object.create(null));
    expect(traitsOf(bare)).toMatchObject({ name: 'Object', mayBeLanguage: true, isOrdinary: false });
    expect(traitsOf(runInNewContext('new (class Order {})()'))).toMatchObject({ name: 'Order', mayBeLanguage: true });
    const renamed = classOf('A', {});
    Object.defineProperty(renamed, 'name', { value: 5 });
    expect(traitsOf(new renamed()).name).toBe('Object');
    const marked = classOf('A', {});
    Object.assign(marked.prototype, { __isLong__: 1 });
    expect(traitsOf(new marked()).isLong).toBe(false);
  });
});

describe('the form of an object', () => {
  test('is none where it has nothing but properties', () => {
    expect(formOf(new (classOf('Order', { methods: ['fill'], accessors: { qty: 1 } }))())).toBeUndefined();
    expect(formOf(Object.assign(Object.create(Object.create(null)), { a: 1 }))).toBeUndefined();
  });

  test.each<[string, () => object, unknown]>([
    ['a Map', () => new Map(), { kind: 'map' }],
    ['a Map of a class', () => new (class Book extends Map {})(), { kind: 'map' }],
    ['a Set', () => new Set(), { kind: 'set' }],
    ['a Date', () => new Date(0), { kind: 'own text', text: '1970-01-01T00:00:00.000Z' }],
    ['a Date of a class', () => new (class Day extends Date {})(0), { kind: 'own text', text: '1970-01-01T00:00:00.000Z' }],
    [
      'a class that has only the name of one of the language',
      () => new (classOf('Set', { tag: 'Tag' }))(),
      { kind: 'text', text: '[object Tag]' },
    ],
    ['a Date that is none', () => new Date(Number.NaN), { kind: 'own text', text: 'Invalid Date' }],
    [
      'a Date whose methods have been replaced',
      () => Object.assign(new Date(0), { getTime: () => Number.NaN, toISOString: () => 'replaced' }),
      { kind: 'own text', text: '1970-01-01T00:00:00.000Z' },
    ],
    ['an error', () => new (class RiskError extends Error {})(), { kind: 'error' }],
    ['an error by its prototype alone', () => Object.create(Error.prototype), { kind: 'error' }],
    ['an error of another realm', () => runInNewContext("new Error('x')"), { kind: 'error' }],
    ['a pattern', () => /x+/gi, { kind: 'text', text: '/x+/gi' }],
    ['a Buffer of text', () => Buffer.from('text'), { kind: 'text', text: 'text' }],
    ['a Buffer of other bytes', () => Buffer.from([0, 1]), { kind: 'bytes', bytes: Uint8Array.of(0, 1) }],
    ['bytes that could be text', () => Uint8Array.of(65, 66), { kind: 'bytes', bytes: Uint8Array.of(65, 66) }],
    [
      'a view into longer memory',
      () => new DataView(Uint8Array.of(1, 2, 3, 4).buffer, 1, 2),
      { kind: 'bytes', bytes: Uint8Array.of(2, 3) },
    ],
    ['memory', () => Uint8Array.of(1, 2).buffer, { kind: 'bytes', bytes: Uint8Array.of(1, 2) }],
    ['shared memory', () => new SharedArrayBuffer(2), { kind: 'bytes', bytes: new Uint8Array(2) }],
    ['numbers', () => Float32Array.of(1, 2), { kind: 'numbers', numbers: Float32Array.of(1, 2) }],
    ['a number in a box', () => Object.assign(new Number(5), { valueOf: () => 6 }), { kind: 'value', value: 5 }],
    ['a text in a box', () => Object.assign(new String('a'), { valueOf: () => 'b' }), { kind: 'value', value: 'a' }],
    ['a boolean in a box', () => Object.assign(new Boolean(false), { valueOf: () => true }), { kind: 'value', value: false }],
    ['a bigint in a box', () => Object.assign(Object(5n), { valueOf: () => 6n }), { kind: 'value', value: 5n }],
    ['a symbol in a box', () => Object(Symbol.iterator), { kind: 'value', value: Symbol.iterator }],
    [
      'a class that looks like a URL',
      () => {
        const made = classOf('Address', { accessors: { href: 'https://u', searchParams: {} } });
        made.prototype.toString = () => 'https://u';
        return new made();
      },
      { kind: 'text', text: 'https://u' },
    ],
    ['a class with a tag', () => new (classOf('A', { tag: 'Tag' }))(), { kind: 'text', text: '[object Tag]' }],
    ['a class with a tag, and properties', () => Object.assign(new (classOf('A', { tag: 'Tag' }))(), { a: 1 }), undefined],
    ['a class with a tag, and a toJSON', () => new (classOf('A', { tag: 'Tag', methods: ['toJSON'] }))(), undefined],
    [
      'an interface of a platform',
      () => new (classOf('Rate', { attributes: { limit: 5, name: '', reset: null, of: () => 1, unit: 's' } }))(),
      { kind: 'members', members: { class: 'Rate', limit: 5, unit: 's' } },
    ],
    ['an interface with a toJSON', () => new (classOf('Rate', { attributes: { limit: 5 }, methods: ['toJSON'] }))(), undefined],
    ['an interface with properties', () => Object.assign(new (classOf('Rate', { attributes: { a: 1 } }))(), { b: 1 }), undefined],
    ['a machine that is of no known kind', () => new (classOf('Queue', { methods: ['send'] }))(), undefined],
    [
      'a number of protobuf',
      () => Object.assign(new (classOf('Long', { isLong: true }))(), { low: -1, high: 0, unsigned: false }),
      { kind: 'value', value: 4_294_967_295 },
    ],
  ])('%s', (_, make, form) => {
    expect(formOf(make())).toEqual(form);
  });

  test('a list of names and values is an object, where a name that comes again holds a list', () => {
    const pairs = fc.array(fc.tuple(fc.constantFrom('a', 'b', '__proto__', 'toString'), fc.oneof(fc.nat(), fc.constant([1]))));
    fc.assert(
      fc.property(pairs, fc.constantFrom('getAll', 'getSetCookie'), (pairs, method) => {
        const made = classOf('Form', { methods: ['entries', 'append', method] });
        Object.assign(made.prototype, { [Symbol.iterator]: () => pairs[Symbol.iterator]() });
        const names = [...new Set(pairs.map(([name]) => name))];
        const wanted = names.map((name) => {
          const values = pairs.filter(([each]) => each === name).map(([, value]) => value);
          return [name, values.length === 1 ? values[0] : values];
        });
        const form = formOf(new made()) as { kind: string; members: object };
        expect([form.kind, Object.entries(form.members)]).toEqual(['members', wanted]);
        expect(Object.entries(pairsOf(pairs))).toEqual(wanted);
      }),
    );
  });
});

describe('an event', () => {
  const Ping = (attributes: object = {}) =>
    new (classOf('PingEvent', { accessors: { type: 'ping', target: null, ...attributes } }))();
  const membersOf = (event: object) => eventMembers(event, traitsOf(event));

  test('has its class, its type and what it says, nothing that is empty, and its own properties but for isTrusted', () => {
    expect(membersOf(Ping({ code: 1006, reason: '', data: null, wasClean: false, cancelable: true }))).toEqual({
      class: 'PingEvent',
      type: 'ping',
      code: 1006,
      wasClean: false,
    });
    expect(membersOf(Object.assign(Ping(), { isTrusted: true, message: 'm', latency: 5, type_: undefined }))).toEqual({
      class: 'PingEvent',
      type: 'ping',
      message: 'm',
      latency: 5,
    });
  });

  test('has the address of its target, where that is a text', () => {
    expect(membersOf(Ping({ target: { url: 'wss://u' } }))).toHaveProperty('url', 'wss://u');
    for (const target of [{ url: 5 }, { url: '' }, {}, null, undefined, 'text'])
      expect(membersOf(Ping({ target }))).not.toHaveProperty('url');
    expect(formOf(Ping({ target: { url: 'wss://u' } }))).toEqual({
      kind: 'members',
      members: { class: 'PingEvent', type: 'ping', url: 'wss://u' },
    });
  });
});

test('an object without attributes has no members of a platform', () => {
  expect(platformMembers({}, traitsOf({}))).toBeUndefined();
});

test('a number of two halves is a number as far as one is exact, and a bigint beyond', () => {
  const long = (value: bigint, unsigned: boolean) =>
    longValue({ low: Number(BigInt.asIntN(32, value)), high: Number(BigInt.asIntN(32, value >> 32n)), unsigned });
  const most = BigInt(Number.MAX_SAFE_INTEGER);
  for (const value of [0n, -1n, 5n, 2n ** 32n, most, -most]) expect(long(value, false)).toBe(Number(value));
  for (const value of [most + 1n, -most - 1n, 2n ** 63n - 1n, -(2n ** 63n)]) expect(long(value, false)).toBe(value);
  for (const value of [2n ** 64n - 1n, 2n ** 63n]) expect(long(value, true)).toBe(value);
  expect(long(most, true)).toBe(Number(most));
});
