import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import Long from 'long';
import protobuf from 'protobufjs';
import { describe, expect, test, vi } from 'vitest';
import type { BridgeTarget } from '../../src/contract/bridge-target.ts';
import { createLogging } from '../../src/index.ts';
import { createTestLogging } from '../../src/testing.ts';

const loggedAs = (value: unknown): unknown => {
  const logging = createTestLogging();
  logging.getLogger('a').info('m', { value } as never);
  return logging.records()[0].attributes.value;
};

describe('values of the platform have a readable form', () => {
  test.each<[string, () => unknown, unknown]>([
    ['Headers', () => new Headers({ Accept: 'x', Authorization: 'Bearer S' }), { accept: 'x', authorization: '[redacted]' }],
    ['URLSearchParams', () => new URLSearchParams('a=1&b=2&a=3&signature=S'), { a: ['1', '3'], b: '2', signature: '[redacted]' }],
    [
      'Request',
      () => new Request('https://u.example/x?token=S', { method: 'POST' }),
      { class: 'Request', method: 'POST', url: 'https://u.example/x?token=[redacted]' },
    ],
    [
      'Response',
      () => new Response('body', { status: 418, statusText: 'teapot' }),
      { class: 'Response', status: 418, statusText: 'teapot' },
    ],
    ['Event', () => new Event('open'), { class: 'Event', type: 'open' }],
    [
      'CustomEvent',
      () => new CustomEvent('fill', { detail: { qty: 1 } }),
      { class: 'CustomEvent', type: 'fill', detail: { qty: 1 } },
    ],
    [
      'MessageEvent',
      () => new MessageEvent('message', { data: '{"a":1}' }),
      { class: 'MessageEvent', type: 'message', data: '{"a":1}' },
    ],
    ['Blob', () => new Blob(['abc'], { type: 'text/plain' }), { class: 'Blob', size: 3, type: 'text/plain' }],
    ['AbortSignal', () => AbortSignal.abort('stop'), { class: 'AbortSignal', aborted: true }],
    ['URL', () => new URL('https://user:pass@host/x?signature=S'), 'https://[redacted]@host/x?signature=[redacted]'],
    ['a generator', () => (function* () {})(), '[object Generator]'],
    ['a promise', () => Promise.resolve(1), '[object Promise]'],
    [
      'an instance of a class',
      () =>
        new (class Order {
          qty = 1;
          #hidden = 2;
          get shown() {
            return this.#hidden;
          }
        })(),
      { qty: 1 },
    ],
  ])('%s', (_, make, expected) => {
    expect(loggedAs(make())).toEqual(expected);
  });

  test('FormData has its texts and its files', () => {
    const form = new FormData();
    form.append('qty', '1');
    form.append('file', new File(['abc'], 'a.txt', { type: 'text/plain' }));
    expect(loggedAs(form)).toMatchObject({ qty: '1', file: { class: 'File', name: 'a.txt', size: 3 } });
  });

  test('a CloseEvent has code and reason', () => {
    const made = loggedAs(new CloseEvent('close', { code: 1006, reason: 'abnormal', wasClean: false }));
    expect(made).toMatchObject({ class: 'CloseEvent', type: 'close', code: 1006, reason: 'abnormal', wasClean: false });
  });

  test('an ErrorEvent has its error', () => {
    class ErrorEvent extends Event {
      get error(): Error {
        return Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
      }
      get message(): string {
        return 'refused';
      }
    }
    expect(loggedAs(new ErrorEvent('error'))).toMatchObject({
      class: 'ErrorEvent',
      type: 'error',
      message: 'refused',
      error: { code: 'ECONNREFUSED' },
    });
  });
});

describe('the same value of another realm has the same form', () => {
  test.each([
    "new Map([['a', 1], ['b', { c: [2] }]])",
    'new Set([1, { a: 2 }])',
    '/x+/gi',
    'new Date(0)',
    'new Date(NaN)',
    'new Number(1.5)',
    "new String('text')",
    'new Boolean(false)',
    'Object(7n)',
    "Object(Symbol('s'))",
    'new Uint8Array([1, 2, 255]).buffer',
    'new Uint8Array([1, 2, 255])',
    'new Float64Array([1.5, 2])',
    'new DataView(new ArrayBuffer(3))',
    'Promise.resolve(1)',
    '({ a: 1, list: [1, 2] })',
    '[1, [2], { a: 3 }]',
    '(class Order { constructor() { this.qty = 1; } }, new (class Order { constructor() { this.qty = 1; } })())',
    'Object.assign(Object.create(null), { a: 1 })',
  ])('%s', (source) => {
    const own = loggedAs(new Function(`return ${source}`)());
    expect(own).not.toEqual({});
    expect(loggedAs(runInNewContext(source))).toEqual(own);
  });

  test('errors', () => {
    const foreign = runInNewContext("Object.assign(new RangeError('r', { cause: { code: 1 } }), { own: 2 })");
    expect(loggedAs([foreign])).toMatchObject([{ type: 'RangeError', message: 'r', cause: { code: 1 }, own: 2 }]);
  });
});

describe('keys of a Map', () => {
  test('that read the same keep both values', () => {
    expect(
      loggedAs(
        new Map<unknown, unknown>([
          [1, 'number'],
          ['1', 'text'],
          [1n, 'bigint'],
        ]),
      ),
    ).toEqual({ 1: 'number', '1 (2)': 'text', '1 (3)': 'bigint' });
  });

  test('that are objects stand beside their values', () => {
    expect(
      loggedAs(
        new Map([
          [{ id: 1 }, 'a'],
          [{ id: 2 }, 'b'],
        ]),
      ),
    ).toEqual([
      [{ id: 1 }, 'a'],
      [{ id: 2 }, 'b'],
    ]);
  });

  test('of any kind: no value is lost', () => {
    const key = fc.oneof(
      fc.integer({ min: 0, max: 3 }),
      fc.constantFrom('0', '1', '1 (2)', '2'),
      fc.constantFrom(0n, 1n),
      fc.constantFrom(true, null, undefined),
      fc.constantFrom({ id: 1 }, { id: 1 }, [1]),
    );
    fc.assert(
      fc.property(fc.array(key, { maxLength: 12 }), (keys) => {
        const map = new Map<unknown, unknown>();
        for (const key of keys) map.set(key, `v${map.size}`);
        const written = JSON.stringify(loggedAs(map), (_, each) => (typeof each === 'bigint' ? `${each}` : each));
        for (const value of map.values()) expect(written).toContain(`"${value}"`);
      }),
    );
  });
});

describe('64-bit integers of protobuf are numbers', () => {
  test('of the package long', () => {
    expect(
      loggedAs([
        Long.fromString('1764345600123'),
        Long.fromString('-5'),
        Long.fromString('9007199254740993'),
        Long.MAX_UNSIGNED_VALUE,
        Long.MIN_VALUE,
      ]),
    ).toEqual([1764345600123, -5, 9007199254740993n, 18446744073709551615n, -9223372036854775808n]);
  });

  test('in a decoded message', () => {
    const root = protobuf.parse('syntax = "proto3"; message Trade { int64 time = 1; uint64 id = 2; string symbol = 3; }').root;
    const Trade = root.lookupType('Trade');
    const decoded = Trade.decode(
      Trade.encode({ time: Long.fromString('1764345600123'), id: Long.fromNumber(7, true), symbol: 'A' }).finish(),
    );
    expect(loggedAs(decoded)).toMatchObject({ symbol: 'A' });
    expect(JSON.stringify(loggedAs({ decoded: { ...decoded } }))).not.toContain('unsigned');
  });

  test('any of them is its exact value', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        const logged = loggedAs(Long.fromString(String(value))) as number | bigint;
        expect(BigInt(logged)).toBe(value);
      }),
    );
  });
});

describe('Buffers that are text are readable, others are base64', () => {
  test.each<[string, Buffer, unknown]>([
    ['JSON of a WebSocket frame', Buffer.from('{"e":"trade","s":"BTCUSDT","€":1}'), '{"e":"trade","s":"BTCUSDT","€":1}'],
    [
      'a FIX message',
      Buffer.from('8=FIX.4.4\u000135=D\u000155=A\u000110=1\u0001'),
      '8=FIX.4.4\u000135=D\u000155=A\u000110=1\u0001',
    ],
    [
      'a FIX logon',
      Buffer.from('8=FIX.4.4\u000135=A\u0001554=S3CRET\u000110=1\u0001'),
      '8=FIX.4.4\u000135=A\u0001554=[redacted]\u000110=1\u0001',
    ],
    ['bytes that are no UTF-8', Buffer.from([0xff, 0xfe]), Uint8Array.of(0xff, 0xfe)],
    ['bytes with control characters', Buffer.from([0x41, 0x00, 0x42]), Uint8Array.of(0x41, 0x00, 0x42)],
    ['no bytes', Buffer.alloc(0), new Uint8Array(0)],
  ])('%s', (_, buffer, expected) => {
    expect(loggedAs(buffer)).toEqual(expected);
  });

  test('an array of bytes that is no Buffer stays bytes', () => {
    expect(loggedAs(new TextEncoder().encode('text'))).toEqual(new TextEncoder().encode('text'));
  });
});

test('__proto__ is an own property at the far end of a bridge', async () => {
  const bridged: Record<string, unknown>[] = [];
  const take = (...given: unknown[]) =>
    void bridged.push(given.find((each) => typeof each === 'object') as Record<string, unknown>);
  const logging = createLogging({
    environment: 'test',
    backends: { bridge: { target: { debug: take, info: take, warn: take, error: take } as BridgeTarget } },
  });
  logging.getLogger('a').info('m', JSON.parse('{"__proto__":{"x":1},"constructor":2,"deep":{"__proto__":{"y":3}}}'));
  await logging.shutdown();
  const [fields] = bridged;
  expect(Object.getPrototypeOf(fields)).not.toHaveProperty('x');
  expect(Object.getOwnPropertyDescriptor(fields, '__proto__')?.value).toEqual({ x: 1 });
  expect(Object.getOwnPropertyDescriptor(fields.deep, '__proto__')?.value).toEqual({ y: 3 });
});

test('a date in a record of a known shape is written once', () => {
  const logging = createTestLogging();
  const log = logging.getLogger('a');
  const write = () => log.info('filled', { at: new Date(1_700_000_000_000), n: 1, side: 'buy', price: 64_000.5 });
  for (let i = 0; i < 100; i++) write();
  const written = vi.spyOn(Date.prototype, 'toISOString');
  write();
  expect(written).toHaveBeenCalledTimes(1);
  written.mockRestore();
  expect(logging.records().at(-1)!.attributes.at).toBe('2023-11-14T22:13:20.000Z');
});
