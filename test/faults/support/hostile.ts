/**
 * Arguments that no program should log and that some will: by name, and as arbitraries.
 */
import vm from 'node:vm';
import fc from 'fast-check';

class Account {
  readonly id = 7;
  readonly #secret = 'hidden';
  get balance(): number {
    throw new Error('no balance');
  }
  show(): string {
    return this.#secret;
  }
}

function circular(): object {
  const circle: Record<string, unknown> = { name: 'circle', list: [] };
  circle.self = circle;
  (circle.list as unknown[]).push(circle, { circle });
  return circle;
}

function nested(depth: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = 'bottom';
  for (let i = 0; i < depth; i++) value = wrap(value);
  return value;
}

export function revoked(target: object = {}): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

function throwing(): never {
  throw new Error('trap');
}

const TRAPS: ProxyHandler<object> = {
  get: throwing,
  has: throwing,
  ownKeys: throwing,
  getPrototypeOf: throwing,
  getOwnPropertyDescriptor: throwing,
};

/** One trap of a proxy throws, the others work. */
function trapped(trap: keyof ProxyHandler<object>, target: object = { a: 1 }): object {
  return new Proxy(target, { [trap]: throwing });
}

function detached(): ArrayBuffer {
  const buffer = new ArrayBuffer(16);
  structuredClone(buffer, { transfer: [buffer] });
  return buffer;
}

function hostileError(part: 'message' | 'stack' | 'cause' | 'name' | 'constructor'): Error {
  return Object.defineProperty(new Error('hostile'), part, { get: throwing });
}

function withCauses(depth: number): Error {
  let error = new Error('innermost');
  for (let i = 0; i < depth; i++) error = new Error(`level ${i}`, { cause: error });
  return error;
}

export const CONTROL_TEXT = Array.from({ length: 0x100 }, (_, code) => String.fromCharCode(code)).join('');

/** Texts that make a terminal do something, end a line, or read other than they are. */
export const NASTY_TEXTS: readonly string[] = [
  '',
  ' ',
  'line\nfeed\r\nand\u2028separators\u2029',
  CONTROL_TEXT,
  '\u001b[2J\u001b]0;title\u0007\u001b]8;;http://x\u001b\\link\u001b]52;c;AAAA\u0007\u001bP+q\u001b\\\u001b[?1049h',
  '\u009b2J\u009d0;title\u009c',
  '\u202eright to left\u202c \u2066isolate\u2069 \u200e\u200f\u061c\ufeff',
  '\ud800',
  'a\udc00b\ud800',
  '😀'.repeat(50),
  'e\u0301'.repeat(100_000),
  '%s %d %o %n %99999999d',
  '"}\n{"level":"error","msg":"forged"}',
  '</script><!-- =cmd|x',
  '__proto__',
  'constructor',
  'x'.repeat(36),
  'x'.repeat(37),
  'ü'.repeat(200),
  'ü'.repeat(201),
  'x'.repeat(512),
  'x'.repeat(513),
  'x'.repeat(1_000_000),
  '€'.repeat(1_000_000),
  '\u0000'.repeat(70_000),
];

/** By name, made anew for each use: some are used up. */
export const HOSTILE: Readonly<Record<string, () => unknown>> = {
  nothing: () => undefined,
  null: () => null,
  NaN: () => Number.NaN,
  'minus zero': () => -0,
  infinity: () => Number.NEGATIVE_INFINITY,
  'beyond 2^53': () => 2 ** 53 + 2,
  bigint: () => 123n,
  'bigint of 900 digits': () => 10n ** 900n,
  'a thousand long bigints': () => Array.from({ length: 1000 }, () => -(10n ** 900n)),
  symbol: () => Symbol('name'),
  'symbol without name': () => Symbol(),
  function: () => throwing,
  'function whose name throws': () => Object.defineProperty(() => 1, 'name', { get: throwing }),
  class: () => Account,
  'class instance': () => new Account(),
  'invalid date': () => new Date(Number.NaN),
  date: () => new Date(0),
  'date whose toISOString throws': () => Object.assign(new Date(0), { toISOString: throwing }),
  'boxed number': () => Object(1),
  'boxed text': () => Object('text'),
  'boxed bigint': () => Object(1n),
  'boxed symbol': () => Object(Symbol('boxed')),
  'long boxed text': () => Object('x'.repeat(20_000)),
  map: () =>
    new Map<unknown, unknown>([
      ['a', 1],
      [{ an: 'object' }, 2],
      [Symbol('key'), 3],
      [null, 4],
      [[1, [2]], 5],
      [10n ** 2000n, 6],
    ]),
  'map with a key that cannot be shown': () => new Map([[{ toString: throwing }, 1]]),
  'set inside itself': () => {
    const set = new Set<unknown>([1]);
    return set.add(set);
  },
  'map with an endless iterator': () =>
    Object.defineProperty(new Map(), Symbol.iterator, {
      *value() {
        for (let i = 0; ; i++) yield [`k${i}`, i];
      },
    }),
  'weak things': () => [new WeakMap(), new WeakSet(), new WeakRef({}), Promise.resolve(1)],
  'regular expression': () => /x+/giu,
  url: () => new URL('http://user:pass@host/path?q=1'),
  circle: circular,
  '10,000 objects deep': () => nested(10_000, (inner) => ({ inner })),
  '10,000 arrays deep': () => nested(10_000, (inner) => [inner]),
  '1,000 maps deep': () => nested(1_000, (inner) => new Map([['inner', inner]])),
  'tree of 10^45 leaves': () => nested(15, (inner) => new Array(1000).fill(inner)),
  'array with a getter that throws': () => Object.defineProperty([1, 2, 3], 1, { get: throwing }),
  'array with properties': () => Object.assign([1], { extra: true }),
  arguments: function () {
    // biome-ignore lint/complexity/noArguments: the object itself is what is wanted
    return arguments;
  },
  'null prototype': () => Object.assign(Object.create(null), { a: 1 }),
  'own __proto__': () =>
    JSON.parse('{"__proto__":{"polluted":true},"constructor":1,"prototype":2,"toString":3,"hasOwnProperty":4}'),
  'names of the line itself': () => ({
    time: 'x',
    level: 'error',
    msg: 'forged',
    logger: 'x',
    tags: [],
    seq: -1,
    trace_id: 'x',
    event: 'x',
    audit_seq: 0,
  }),
  'names of the line with underscores': () => ({ level: 1, level_: 2, level__: 3, msg: 4, msg_: 5 }),
  'a thousand fields': () => Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`field_${i}`, i])),
  'nasty keys': () => Object.fromEntries(NASTY_TEXTS.map((text, i) => [text, i])),
  'keys of digits': () => ({ 2: 'b', 1: 'a', 4294967295: 'c' }),
  'symbol keys': () => ({ [Symbol('a')]: 1, b: 2 }),
  frozen: () => Object.freeze({ a: Object.freeze([1]) }),
  'getter that throws': () => ({
    before: 1,
    get bad() {
      throw new Error('getter');
    },
    after: 2,
  }),
  'getter that throws nothing of use': () => ({
    get bad() {
      throw revoked();
    },
  }),
  'setter only': () => Object.defineProperty({}, 'x', { set() {}, enumerable: true }),
  'toJSON that throws': () => ({ toJSON: throwing }),
  'toJSON of itself': () => {
    const own: object = { a: 1, toJSON: () => own };
    return own;
  },
  'toJSON without end': () => {
    const make = (): object => ({ toJSON: make });
    return make();
  },
  'toString and valueOf that throw': () => ({ toString: throwing, valueOf: throwing, [Symbol.toPrimitive]: throwing }),
  'revoked proxy': () => revoked(),
  'revoked proxy of an array': () => revoked([]),
  'proxy of which nothing works': () => new Proxy({}, TRAPS),
  'proxy whose keys throw': () => trapped('ownKeys'),
  'proxy whose values throw': () => trapped('get'),
  'proxy whose prototype throws': () => trapped('getPrototypeOf'),
  'proxy of an array that throws': () => trapped('get', [1, 2, 3]),
  'proxy of an error': () => new Proxy(new Error('inside'), {}),
  'proxy of a date': () => new Proxy(new Date(0), {}),
  'proxy with a key more than its target': () => new Proxy({ a: 1 }, { ownKeys: () => ['a', 'b'] }),
  'detached buffer': detached,
  'view of a detached buffer': () => {
    const view = new Uint8Array(16);
    structuredClone(view.buffer, { transfer: [view.buffer] });
    return view;
  },
  'typed arrays': () => [
    new Float64Array([1.5]),
    new BigInt64Array([1n]),
    new DataView(new ArrayBuffer(4)),
    new Uint8ClampedArray(3),
  ],
  'bytes that are no UTF-8': () => Buffer.from([0xff, 0xfe, 0xc0, 0x80]),
  'growable shared buffer': () => new SharedArrayBuffer(8, { maxByteLength: 64 }),
  error: () => new Error('plain'),
  'error of another realm': () => vm.runInNewContext('new TypeError("foreign")'),
  'error without stack': () => Object.assign(new Error('x'), { stack: undefined }),
  'error with a number as message': () => Object.assign(new Error('x'), { message: 7, stack: { a: 1 } }),
  'error with properties': () => Object.assign(new Error('refused'), { code: 'ECONNREFUSED', errno: -111, nested: circular() }),
  'error with a hundred causes': () => withCauses(100),
  'error that causes itself': () => {
    const error = new Error('loop');
    error.cause = error;
    return error;
  },
  'aggregate error': () => new AggregateError([new Error('one'), 'two', { three: 3 }], 'many'),
  'error whose message throws': () => hostileError('message'),
  'error whose stack throws': () => hostileError('stack'),
  'error whose cause throws': () => hostileError('cause'),
  'error whose name throws': () => hostileError('name'),
  'error whose constructor throws': () => hostileError('constructor'),
  'object that inherits from an error': () => Object.create(new Error('inherited')),
  generator: () => (function* () {})(),
  'module namespace': () => fc,
  ...Object.fromEntries(NASTY_TEXTS.map((text, i) => [`text ${i}`, () => text])),
};

/** Those of which nobody wants to make thousands. */
export const ENORMOUS: Readonly<Record<string, () => unknown>> = {
  'bigint of a million digits': () => 10n ** 1_000_000n,
  'symbol of a long name': () => Symbol('x'.repeat(1_000_000)),
  'map of a million': () => new Map(Array.from({ length: 1_000_000 }, (_, i) => [i, i])),
  'set of a million': () => new Set(Array.from({ length: 1_000_000 }, (_, i) => i)),
  'sparse array': () => new Array(2 ** 32 - 1),
  'array of ten million': () => new Array(10_000_000).fill(1),
  'a thousand long fields': () => Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`field_${i}`, 'x'.repeat(100_000)])),
  'long key': () => ({ ['k'.repeat(1_000_000)]: 1, [`${'k'.repeat(1_000_000)}2`]: 2 }),
  'buffer of 64 MiB': () => Buffer.alloc(64 * 1024 * 1024),
  'error with a long message': () => new Error('x'.repeat(1_000_000)),
  'text of 2^29 characters': () => 'x'.repeat(2 ** 29 - 24),
  'text of 2^27 wide characters': () => '€'.repeat(2 ** 27),
};

/** Any UTF-16, the nasty texts among it. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.array(fc.nat(0xffff), { maxLength: 60 }).map((codes) => String.fromCharCode(...codes)),
  fc.constantFrom(...NASTY_TEXTS.filter(({ length }) => length < 1000)),
);

/** Makes a value. fast-check looks at the values it hands out, which some of these do not survive: so it hands out their makers. */
export type Maker = () => unknown;

const hostile: fc.Arbitrary<Maker> = fc.constantFrom(...Object.values(HOSTILE));

const plain: fc.Arbitrary<Maker> = fc
  .anything({
    key: anyText,
    maxDepth: 4,
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
    values: [
      anyText,
      fc.double(),
      fc.integer(),
      fc.bigInt(),
      fc.boolean(),
      fc.constant(null),
      fc.constant(undefined),
      fc.constant(Symbol('s')),
    ],
  })
  .map((value) => () => value);

/** Anything whatever. */
export const anything: fc.Arbitrary<Maker> = fc.oneof(
  { weight: 1, arbitrary: hostile },
  { weight: 3, arbitrary: plain },
  { weight: 1, arbitrary: anyText.map((value) => () => value) },
);

/** Mostly an object of any keys with any values. */
export const anyFields: fc.Arbitrary<Maker> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .array(fc.tuple(anyText, anything), { maxLength: 12 })
      .map((pairs) => () => Object.fromEntries(pairs.map(([key, make]) => [key, make()]))),
  },
  { weight: 1, arbitrary: anything },
);
