/** The smallest parts of encoded values, each against what it promises. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { REDACTED_TEXT } from '../../src/codec/layout.ts';
import { headerItem } from '../../src/codec/values/header-list.ts';
import { mapNames } from '../../src/codec/values/map-names.ts';
import { ownText } from '../../src/codec/values/own-text.ts';
import { copyPlain, plainBytes, plainUnits, plainView } from '../../src/codec/values/plain-memory.ts';
import { NOT_SHORT, writeLongText, writeNumber, writeShortText } from '../../src/codec/values/plain-text.ts';
import { decodeValue, ValueReader } from '../../src/codec/values/value.ts';
import { ValueWriter } from '../../src/codec/values/value-writer.ts';
import { waterLevel } from '../../src/codec/values/water-level.ts';
import { mayHoldSecrets } from '../../src/common/mask-secrets.ts';
import { compileRedaction } from '../../src/redaction/redaction.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary-ascii', maxLength: 45 }),
  fc.string({ unit: fc.constantFrom('a', ':', '=', ' ', '"', '/', '>', '?', '9', '@', 'z', '\x7f'), maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 12 }),
);

describe('texts of nested values', () => {
  test('a short text of ASCII that can hold no credential is copied at once; no other is', () => {
    fc.assert(
      fc.property(text, fc.nat(64), (sent, at) => {
        const end = writeShortText(sent, at);
        const isShort = sent.length <= 40 && /^[\0-\x7f]*$/.test(sent) && !mayHoldSecrets(sent);
        expect(end).toBe(isShort ? at + 5 + sent.length : NOT_SHORT);
        if (isShort) expect(decodeValue(plainBytes, at)).toBe(sent);
      }),
      { numRuns: 3_000 },
    );
  });

  test('any text and any number come back from the place where they were written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 90 }), fc.double(), fc.nat(64), (sent, number, at) => {
        const end = writeNumber(number, writeLongText(sent, at));
        const reader = new ValueReader(plainBytes, at);
        expect(reader.read()).toBe(sent);
        expect(reader.read()).toBe(number);
        expect(reader.position).toBe(end);
      }),
    );
  });

  test('as many units are copied to a ring as the bytes take, by hand or by the runtime', () => {
    for (let i = 0; i < 200; i++) plainUnits[i] = BigInt(i) * 0x0101_0101_0101n + 1n;
    fc.assert(
      fc.property(fc.nat(60), fc.nat(90 * 8), fc.nat(30), (from, bytes, to) => {
        const nanos = new BigInt64Array(200);
        expect(copyPlain(from, bytes, { nanos, bytes: Buffer.from(nanos.buffer) }, to)).toBe(to + Math.ceil(bytes / 8));
        for (let i = 0; i < nanos.length; i++)
          expect(nanos[i]).toBe(i >= to && i < to + Math.ceil(bytes / 8) ? plainView.getBigInt64((from + i - to) * 8, true) : 0n);
      }),
    );
  });

  test('a copy of a text is that text, of any length and in any characters', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary', maxLength: 600 }), fc.string({ maxLength: 30 }), fc.constant('ÿ'.repeat(512))),
        (sent) => {
          expect(ownText(sent)).toBe(sent);
        },
      ),
    );
    for (const length of [12, 13, 511, 512, 513]) {
      for (const unit of ['a', 'ÿ', 'Ā', '\ud800']) expect(ownText(unit.repeat(length))).toBe(unit.repeat(length));
    }
  });
});

test('a table whose end has been lost, or whose count is damaged, is refused and not made up', () => {
  const writer = new ValueWriter();
  for (const table of [
    Array.from({ length: 20 }, (_, i) => i / 3),
    Array.from({ length: 9 }, (_, i) => ['text', `${i}`]),
    Float64Array.of(1, 2, 3),
  ]) {
    writer.position = 0;
    writer.begin(10_000);
    writer.value(table);
    const bytes = Uint8Array.from(writer.bytes.subarray(0, writer.position));
    expect(decodeValue(bytes, 0)).toEqual(Array.from(table as unknown[]));
    const refused = expect.objectContaining({ code: 'HFT_CODEC', message: expect.stringContaining('beyond its memory') });
    for (let length = 20; length < bytes.length; length += 7)
      expect(() => decodeValue(bytes.slice(0, length), 0)).toThrow(refused);
    new DataView(bytes.buffer).setUint32(1, 2 ** 31, true);
    expect(() => decodeValue(bytes, 0)).toThrow(refused);
  }
});

test('the water level uses the budget up to a byte a size, and cuts none that fits', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50), { maxLength: 12 }), fc.integer({ min: -5, max: 400 }), (sizes, available) => {
      const level = waterLevel(sizes, available);
      const taken = (at: number) => sizes.reduce((sum, size) => sum + Math.min(size, at), 0);
      const room = Math.max(0, available);
      if (taken(Number.POSITIVE_INFINITY) <= room) expect(level).toBe(Number.POSITIVE_INFINITY);
      else {
        expect(Number.isInteger(level)).toBe(true);
        expect(taken(level)).toBeLessThanOrEqual(room);
        expect(taken(level + 1)).toBeGreaterThan(room);
      }
    }),
  );
});

describe('the keys of a Map as names', () => {
  const plainKey = fc.oneof(
    fc.constantFrom<unknown>('1', 1, 1n, '1 (2)', true, 'true', null, undefined, Number.NaN),
    fc.string(),
  );

  test('are all different, and texts stand for themselves', () => {
    fc.assert(
      fc.property(fc.uniqueArray(plainKey, { comparator: 'SameValueZero', maxLength: 9 }), (keys) => {
        const names = mapNames(keys.map((key) => [key, 0]))!;
        expect(names).toHaveLength(keys.length);
        expect(new Set(names).size).toBe(keys.length);
        keys.forEach((key, i) => {
          const others = [...keys.slice(0, i), ...names.slice(0, i)].map(String);
          if (typeof key === 'string' && !others.includes(key)) expect(names[i]).toBe(key);
        });
      }),
      { numRuns: 1_000 },
    );
  });

  test('say of what is no text what it is', () => {
    function onTick() {}
    const keys = [1n, onTick, () => 1, Symbol('s'), 1, '1', null];
    expect(mapNames(keys.map((key) => [key, 0]))).toEqual([
      '1',
      '[function onTick]',
      '[function anonymous]',
      'Symbol(s)',
      '1 (2)',
      '1 (3)',
      'null',
    ]);
    expect(mapNames([])).toEqual([]);
  });

  test('cannot stand for objects', () => {
    expect(mapNames([[{}, 0]])).toBeUndefined();
    expect(
      mapNames([
        [1, 0],
        [[], 0],
      ]),
    ).toBeUndefined();
  });
});

test('of a list of headers the value of a credential is replaced, beside its name in every form, and nothing else', () => {
  const place = compileRedaction(['authorization']).root;
  const secret = 'hunter2';
  const replaced: [unknown, unknown, unknown][] = [
    [secret, 'authorization', REDACTED_TEXT],
    [Buffer.from(secret), 'authorization', REDACTED_TEXT],
    [['authorization', secret], 'accept', ['authorization', REDACTED_TEXT]],
    [{ name: 'authorization', value: secret, of: 1 }, '', { name: 'authorization', value: REDACTED_TEXT, of: 1 }],
    [{ key: 'authorization', value: secret }, '', { key: 'authorization', value: REDACTED_TEXT }],
  ];
  for (const [item, before, expected] of replaced) expect(headerItem(item, before, place)).toEqual(expected);
  const left: [unknown, unknown][] = [
    ['text/html', 'accept'],
    ['text/html', undefined],
    [Buffer.from('a'), 'accept'],
    [['accept', 'a'], 'authorization'],
    [{ name: 'accept', value: 'a' }, 'authorization'],
    [{ name: 'authorization' }, 'authorization'],
    [{ name: 5, key: null, value: 'a' }, 'authorization'],
    [null, 'authorization'],
    [5, 'authorization'],
  ];
  for (const [item, before] of left) expect(headerItem(item, before, place)).toBe(item);
});
