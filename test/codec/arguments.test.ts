/** The arguments of a call as keys and values, each rule of docs/values.md by itself. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  expandErrors,
  fieldsOf,
  holdsFields,
  keysOf,
  messageOf,
  readFields,
  readGuarded,
  textOf,
} from '../../src/codec/encode/arguments.ts';
import { bodyAndAttributes, callShapeOf } from '../../src/codec/encode/call-shape.ts';
import { Placed } from '../../src/codec/values/prepared.ts';
import { compileRedaction, NO_REDACTION } from '../../src/redaction/redaction.ts';

function fail(): never {
  throw new Error('no');
}
const hostile = new Proxy({}, { getPrototypeOf: fail, ownKeys: fail, get: fail });
const revoked = Proxy.revocable({}, {});
revoked.revoke();
class Order {
  readonly id = 7;
}
class Jsonable {
  readonly hidden = 1;
  readonly #json: unknown;
  constructor(json: unknown) {
    this.#json = json;
  }
  toJSON(key: unknown): unknown {
    return key === '' ? this.#json : fail();
  }
}

test('any value as a text is one, and none that takes long is written out', () => {
  const texts: [unknown, string][] = [
    ['text', 'text'],
    [5, '5'],
    [null, 'null'],
    [undefined, 'undefined'],
    [12n, '12'],
    [10n ** 1_024n, '[bigint of more than 1024 digits]'],
    [() => 1, '[function]'],
    [Symbol('s'), 'Symbol(s)'],
    [new RangeError('x'), 'RangeError: x'],
    [{}, '[object Object]'],
    [[1, 'a', null], '1,a,'],
    [[], ''],
    [Uint8Array.of(1, 2), '1,2'],
    [[[1]], '[array of 1]'],
    [[{}, 2], '[array of 2]'],
    [[() => 1], '[array of 1]'],
    [['x'.repeat(100)], 'x'.repeat(100)],
    [['x'.repeat(101)], '[array of 1]'],
    [new Array(100).fill(1), new Array(100).fill(1).join()],
    [new Array(101).fill(1), '[array of 101]'],
    [new Uint8Array(101), '[array of 101]'],
    [new Proxy([], { get: fail }), '[array]'],
    [revoked.proxy, '[unprintable]'],
    [hostile, '[unprintable]'],
  ];
  for (const [value, text] of texts) expect(textOf(value)).toBe(text);
});

test('the message of an error is its own; where that is an object, the class of the error', () => {
  const withMessage = (message: unknown) => Object.assign(new RangeError('x'), { message });
  expect(messageOf('text')).toBe('text');
  expect(messageOf(5)).toBe('5');
  expect(messageOf(withMessage('m'))).toBe('m');
  expect(messageOf(withMessage(null))).toBe('null');
  expect(messageOf(withMessage(() => 1))).toBe('[function]');
  for (const object of [{}, [], new Date(0)]) expect(messageOf(withMessage(object))).toBe('RangeError');
  expect(messageOf(Object.defineProperty(new Error('x'), 'message', { get: fail }))).toBe('[getter threw: Error: no]');
});

describe('fields', () => {
  const order = new Order();
  const error = new Error('x');
  const named = { a: 1 };
  const cases: [string, unknown, object | undefined][] = [
    ['nothing', undefined, undefined],
    ['null', null, undefined],
    ['a plain object', named, named],
    ['one without prototype', Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    ['an instance of a class', order, order],
    ['an error', error, { error }],
    ['a number', 5, { value: 5 }],
    ['a text', 'text', { value: 'text' }],
    ['a function', fail, { value: fail }],
    ['what a toJSON gives', new Jsonable(named), named],
    ['a list that a toJSON gives', new Jsonable([1]), { value: [1] }],
    ['a text that a toJSON gives', new Jsonable('text'), { value: 'text' }],
    ['nothing that a toJSON gives', new Jsonable(null), { value: null }],
  ];
  test.each(cases)('%s', (_, given, wanted) => {
    expect(fieldsOf(given)).toEqual(wanted);
    if (given === wanted) expect(fieldsOf(given)).toBe(wanted);
  });

  test.each<[string, object]>([
    ['a list', [1]],
    ['a Map', new Map([['a', 1]])],
    ['a date', new Date(0)],
    ['a date with properties', Object.assign(new Date(0), { a: 1 })],
    ['an address', new URL('http://host')],
    ['an instance without properties', new (class Empty {})()],
    ['a toJSON that throws', { ...new Order(), __proto__: { toJSON: fail } }],
    ['a proxy that throws', hostile],
    ['a revoked proxy', revoked.proxy],
  ])('that are none: %s is the value of one', (_, given) => {
    const fields = fieldsOf(given) as { value: unknown };
    expect(Object.keys(fields)).toEqual(['value']);
    expect(fields.value).toBe(given);
  });

  test('are properties, of what has no form of its own', () => {
    const held = [{}, Object.create(null), order, { toJSON: () => 1 }];
    const others = [[], new Map(), new Date(0), error, new Jsonable(1), hostile, revoked.proxy];
    expect([...held, ...others].map(holdsFields)).toEqual([...held.map(() => true), ...others.map(() => false)]);
  });

  test('are read once each, and what throws is said', () => {
    let reads = 0;
    const counting = Object.defineProperty({ a: 1 }, 'b', { get: () => ++reads, enumerable: true });
    expect(readFields(counting, { base: 0 })).toEqual({ base: 0, a: 1, b: 1 });
    expect(readFields({ a: 2 }, { a: 1, b: 1 })).toEqual({ a: 2, b: 1 });
    expect(readFields(undefined, { base: 0 })).toEqual({ base: 0 });
    expect(readFields(undefined)).toEqual({});
    expect(readFields(5)).toEqual({ value: 5 });
    const throwing = Object.defineProperty({ a: 1, b: 2 }, 'a', { get: fail, enumerable: true });
    expect(readFields(throwing, { a: 0, base: 0 })).toEqual({ a: '[getter threw: Error: no]', b: 2, base: 0 });
    expect(readGuarded(throwing, ['b', 'a', 'c'])).toEqual([2, '[getter threw: Error: no]', undefined]);
    expect(keysOf(throwing)).toEqual(['a', 'b']);
    expect(keysOf(undefined)).toEqual([]);
    expect(keysOf(hostile)).toEqual(['[keys threw: Error: no]']);
  });
});

describe('arguments in any order', () => {
  const argument = fc.oneof(
    fc.constantFrom<unknown>(undefined, null, 'text', 'other', 5, 0, '', true, fail),
    fc.constantFrom<unknown>(
      new Error('x'),
      new RangeError('y'),
      [1],
      [],
      new Date(0),
      {},
      { a: 1 },
      { a: 2, b: 3 },
      { value: 1 },
      { error: 1 },
    ),
  );

  test('are a message, and fields of which none is lost', () => {
    fc.assert(
      fc.property(fc.array(argument, { maxLength: 5 }), (args) => {
        const isError = (each: unknown) => each instanceof Error;
        let at = args.findIndex((each) => typeof each === 'string');
        if (at < 0) at = args.findIndex(isError);
        if (at < 0 && (args[0] === null || typeof args[0] !== 'object')) at = 0;
        const { message, fields } = callShapeOf(args);
        const first = args[at];
        const wanted =
          at < 0
            ? ''
            : typeof first === 'string' || isError(first)
              ? first
              : typeof first === 'function'
                ? '[function]'
                : String(first);
        expect(message).toBe(wanted);

        const others = args.filter((each, i) => i !== at && each !== undefined && each !== null);
        if (others.length <= 1) {
          expect(fields).toBe(others[0]);
          return;
        }
        const lists = new Map<string, unknown[]>();
        for (const each of others) {
          const isFields = typeof each === 'object' && each!.constructor === Object;
          const entries = isFields ? Object.entries(each as object) : [[isError(each) ? 'error' : 'value', each] as const];
          for (const [key, value] of entries) lists.set(key, [...(lists.get(key) ?? []), value]);
        }
        const joined = [...lists].map(([key, list]) => [key, list.length === 1 ? list[0] : list]);
        expect(Object.entries(fields as object)).toEqual(joined);
      }),
      { numRuns: 1_000 },
    );
  });

  test('of a record without a shape are a body, attributes, and the error that it is about', () => {
    const error = new RangeError('x');
    expect(bodyAndAttributes('m', { a: 1 })).toEqual({ body: 'm', attributes: { a: 1 } });
    expect(bodyAndAttributes('m', () => ({ a: 1 }))).toEqual({ body: 'm', attributes: { a: 1 } });
    expect(bodyAndAttributes('m', undefined)).toEqual({ body: 'm', attributes: {} });
    expect(bodyAndAttributes('m', error)).toEqual({ body: 'm', attributes: { error } });
    expect(bodyAndAttributes(error, { a: 1 })).toEqual({ body: 'x', attributes: { a: 1 }, error });
    expect(bodyAndAttributes({ a: 1 }, 'm')).toEqual({ body: 'm', attributes: { a: 1 } });
  });
});

describe('the error of a record', () => {
  const failed = (more: object = {}): Error & { detail?: unknown } =>
    Object.assign(new RangeError('m'), { stack: 'RangeError: m\n at', ...more });
  const plain = (keyed: { keys: string[]; values: unknown[] } | undefined) =>
    keyed && Object.fromEntries(keyed.keys.map((key, i) => [key, keyed.values[i]]));
  const own = { 'exception.type': 'RangeError', 'exception.message': 'm', 'exception.stacktrace': 'RangeError: m\n at' };
  const { root } = NO_REDACTION;

  test('is the one that is its message, or else the first field that is one, and stands in its place', () => {
    expect(expandErrors(['a', 'b'], [1, 'text'], root)).toBeUndefined();
    expect(expandErrors([], [], root)).toBeUndefined();
    const [first, second] = [failed(), failed({ code: 5 })];
    const list = expandErrors(['a', 'err', 'b', 'other'], [1, first, 2, second], root)!;
    expect(list.keys).toEqual(['a', ...Object.keys(own), 'b', 'other']);
    expect(plain(list)).toEqual({ a: 1, ...own, b: 2, other: second });
    const message = expandErrors(['a', 'other'], [1, first], root, second)!;
    expect(message.keys).toEqual(['a', 'other', ...Object.keys(own), 'exception.code']);
    expect(plain(message)).toEqual({ a: 1, other: first, ...own, 'exception.code': 5 });
    expect(plain(expandErrors([], [], root, first))).toEqual(own);
    expect(plain(expandErrors(['last'], [first], root))).toEqual(own);
  });

  test('has the stacks of its causes, the texts of those that are none, and its other properties with what has been said', () => {
    const inner = failed({ stack: 'inner' });
    const middle = failed({ stack: 'middle', cause: inner });
    const stacks = (error: Error) => plain(expandErrors(['e'], [error], root))!['exception.stacktrace'];
    expect(stacks(failed({ stack: 'outer', cause: middle }))).toBe('outer\nCaused by: middle\nCaused by: inner');
    expect(stacks(failed({ stack: 'outer', cause: inner }))).toBe('outer\nCaused by: inner');
    expect(stacks(failed({ stack: 'other', cause: inner }))).toBe('other\nCaused by: inner');
    expect(stacks(failed({ stack: 'other', cause: middle }))).toBe('other\nCaused by: middle\nCaused by: inner');
    expect(stacks(failed({ stack: 'outer', cause: 'text' }))).toBe('outer\nCaused by: text');
    expect(stacks(failed({ stack: 'outer', cause: { code: 5 } }))).toBe('outer');
    expect(stacks(failed({ stack: { code: 5 } }))).toBe('[object Object]');
    expect(stacks(Object.defineProperty(failed(), 'stack', { get: fail }))).toBe('[getter threw: Error: no]');
    const long = stacks(failed({ stack: 'x'.repeat(70_000) })) as string;
    expect(long.length).toBeLessThan(65_536);
    expect(long).toMatch(/…\[\+\d+ characters\]$/);

    const outer = failed({ cause: middle, code: 5, detail: { a: 1 }, message: { b: 2 } });
    const parts = plain(expandErrors(['e'], [outer], root))!;
    expect(parts['exception.code']).toBe(5);
    for (const [key, value] of [
      ['cause', middle],
      ['detail', outer.detail],
      ['message', outer.message],
    ] as const) {
      const placed = parts[`exception.${key}`] as Placed;
      expect(placed).toBeInstanceOf(Placed);
      expect(placed.value).toBe(value);
      expect(placed.stacksSaid).toEqual([outer, middle, inner]);
    }
    expect(plain(expandErrors(['e'], [failed({ message: 5 })], root))!['exception.message']).toBe('5');
    expect(expandErrors(['e'], [failed({ stacktrace: 5, type: 6 })], root)!.keys).toEqual([
      ...Object.keys(own),
      'exception.stacktrace_',
      'exception.type_',
    ]);
    const guarded = Object.defineProperty(failed(), 'code', { get: fail, enumerable: true });
    expect(plain(expandErrors(['e'], [guarded], root))!['exception.code']).toBe('[getter threw: Error: no]');
  });

  test('is redacted by the names that its caller gave it, and by those under which its parts are written', () => {
    const hidden = '[redacted]';
    const cases: [string, string | undefined, object][] = [
      ['err.code', 'err', { 'exception.code': hidden }],
      ['err.code', 'other', { 'exception.code': 5 }],
      ['err.code', 'error', { 'exception.code': hidden }],
      ['err.code', undefined, { 'exception.code': hidden }],
      ['error.code', undefined, { 'exception.code': hidden }],
      ['exception.code', 'other', { 'exception.code': hidden }],
      ['other.code', 'err', { 'exception.code': 5 }],
      ['other.message', 'other', { 'exception.message': hidden, 'exception.stacktrace': hidden }],
      ['other.stack', 'other', { 'exception.message': 'm', 'exception.stacktrace': hidden }],
      ['other.cause', 'other', { 'exception.stacktrace': 'outer', 'exception.cause': hidden }],
      ['other.cause.message', 'other', { 'exception.stacktrace': 'outer' }],
      ['other.cause.stack', 'other', { 'exception.stacktrace': 'outer' }],
      ['other.cause.cause', 'other', { 'exception.stacktrace': 'outer\nCaused by: middle' }],
      ['other.cause.code', 'other', { 'exception.stacktrace': 'outer\nCaused by: middle\nCaused by: inner' }],
    ];
    for (const [entry, name, wanted] of cases) {
      const error = failed({ stack: 'outer', code: 5, cause: failed({ stack: 'middle', cause: failed({ stack: 'inner' }) }) });
      const place = compileRedaction([entry]).root;
      for (let round = 0; round < 2; round++) {
        const list = name === undefined ? expandErrors([], [], place, error) : expandErrors([name], [error], place);
        expect(plain(list), `${entry} of ${name}`).toMatchObject(wanted);
      }
    }
  });

  test('is judged by its name, however many names there are', () => {
    const place = compileRedaction(['e7.code']).root;
    for (let round = 0; round < 2; round++)
      for (let i = 0; i < 300; i++)
        expect(plain(expandErrors([`e${i}`], [failed({ code: 5 })], place))!['exception.code']).toBe(i === 7 ? '[redacted]' : 5);
  });
});
