/** Texts for values that cannot be written as they are, each against what it promises. */
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bigintText,
  cutText,
  describeThrown,
  exceptionType,
  isError,
  isPlain,
  isReadable,
  keptUnits,
  MARK_BYTES,
  missingText,
  symbolText,
} from '../../src/codec/values/value-texts.ts';

/** Throws whatever is asked of it. */
const hostile = new Proxy(new Error('x'), {
  get: () => {
    throw new Error('no');
  },
  getPrototypeOf: () => {
    throw new Error('no');
  },
});

describe('a text that is cut', () => {
  const text = fc.oneof(
    fc.string({ unit: fc.constantFrom('a', 'ü', '߿', 'ࠀ', '日', '\uffff', '😀', '\ud800', '\n'), maxLength: 120, size: 'max' }),
    fc.string({
      unit: fc.constantFrom('a', ' ', '\x7f', '\x80', '߿', 'ࠀ', '\uffff', '𐀀', '\n', '\u0001', '\u001f'),
      maxLength: 60,
      size: 'max',
    }),
  );

  /** What a text may take: each control character is six characters of JSON. Without any, JSON's lines and tabs are as long as other characters. */
  function costs(text: string): number[] {
    const isEscaped = [...text].some((character) => character < ' ' && !'\t\n\r'.includes(character));
    return [...text].map((character) => (isEscaped && character < ' ' ? 6 : Buffer.byteLength(character)));
  }

  test('keeps all of it where it fits, else as many whole characters as leave room for the mark', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 0, max: 380 }), fc.option(fc.integer({ min: -1, max: 1 })), (text, most, beside) => {
        const sizes = costs(text);
        const sum = sizes.reduce((total, size) => total + size, 0);
        // As many as the text takes, one less and one more, and any number.
        const bytes = beside === null ? most : sum + beside;
        let want = text.length;
        if (sum > bytes && text.length * 3 > bytes) {
          want = 0;
          let used = 0;
          for (const [i, character] of [...text].entries()) {
            used += sizes[i]!;
            if (used > bytes - MARK_BYTES) break;
            want += character.length;
          }
        }
        expect(keptUnits(text, bytes)).toBe(want);
        const missing = text.length - want;
        expect(cutText(text, bytes)).toBe(missing === 0 ? text : `${text.slice(0, want)}…[+${missing} characters]`);
      }),
      { numRuns: 3_000 },
    );
  });

  test('is not read when it is longer than 2^24 characters', () => {
    const longest = 'x'.repeat(2 ** 24);
    expect(keptUnits(longest, 100)).toBe(100 - MARK_BYTES);
    expect(keptUnits(`${longest}x`, 100)).toBe(0);
    expect(keptUnits(`${longest}x`, 3 * 2 ** 24 + 3)).toBe(2 ** 24 + 1);
  });

  test('what is left out is counted', () => {
    expect(missingText(3, 'elements')).toBe('[+3 elements]');
    expect(missingText(1, 'entries')).toBe('[+1 entries]');
  });
});

test('a bigint is its digits, up to 1,024 of them', () => {
  const end = 10n ** 1_024n;
  for (const value of [0n, -5n, end - 1n, 1n - end]) expect(bigintText(value)).toBe(String(value));
  for (const value of [end, -end, end * end]) expect(bigintText(value)).toBe('[bigint of more than 1024 digits]');
});

test('a symbol is its description', () => {
  expect([symbolText(Symbol('s')), symbolText(Symbol())]).toEqual(['Symbol(s)', 'Symbol()']);
});

test('bytes are text when they are UTF-8 without control characters, but for tab, line ends and the SOH of FIX, up to 2^20 of them', () => {
  const isText = (bytes: Uint8Array) => {
    const text = Buffer.from(bytes).toString('utf8');
    return bytes.length > 0 && Buffer.from(text).equals(bytes) && !/[\0\x02-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(text);
  };
  const unit = fc.constantFrom('a', '\t', '\n', '\r', '\u0001', '\u0000', '\u001f', '\u007f', 'é', '\u009f', '日', '😀');
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit, maxLength: 40 }).map((text) => new Uint8Array(Buffer.from(text))),
        fc.string({ maxLength: 40 }).map((text) => new Uint8Array(Buffer.from(text))),
        fc.uint8Array({ maxLength: 3 }),
      ),
      fc.nat(40),
      fc.option(fc.nat(255)),
      (bytes, at, other) => {
        if (other !== null && bytes.length > 0) bytes[at % bytes.length] = other;
        // A view into longer memory: what lies around it does not count.
        const memory = new Uint8Array(bytes.length + 4).fill(0);
        memory.set(bytes, 2);
        expect(isReadable(memory.subarray(2, 2 + bytes.length))).toBe(isText(bytes));
      },
    ),
    { numRuns: 3_000 },
  );
  expect(isReadable(Buffer.alloc(2 ** 20, 'a'))).toBe(true);
  expect(isReadable(Buffer.alloc(2 ** 20 + 1, 'a'))).toBe(false);
});

test('a plain object is one that no class has made', () => {
  class Order {}
  const objects = [{}, Object.create(null), JSON.parse('{}'), new Order(), [], new Map(), Object.create({})];
  expect(objects.map(isPlain)).toEqual([true, true, true, false, false, false, false]);
});

test('an error is what inherits from one, of any realm', () => {
  class RiskError extends Error {}
  const errors = [new Error('x'), new RiskError('x'), Object.create(Error.prototype), runInNewContext("new TypeError('x')")];
  expect(errors.map(isError)).toEqual(errors.map(() => true));
  const others = [null, undefined, 5, 'Error: x', {}, [], new Date(0), { name: 'Error', message: 'x', stack: 'y' }, () => {}];
  expect(others.map(isError)).toEqual(others.map(() => false));
  expect(isError(Object.setPrototypeOf(() => {}, Error.prototype))).toBe(false);
  expect(isError(hostile)).toBe(false);
});

test('the type of an error is its name, or else the name of its class', () => {
  class RiskError extends Error {}
  class Unnamed extends Error {}
  Object.defineProperty(Unnamed, 'name', { value: '' });
  class Counted extends Error {}
  Object.defineProperty(Counted, 'name', { value: 5 });
  const named = (name: unknown, error: Error = new RiskError('x')) => Object.assign(error, { name });
  const cases: [Error, string][] = [
    [new RangeError('x'), 'RangeError'],
    [new RiskError('x'), 'RiskError'],
    [named('Named'), 'Named'],
    [named('Error'), 'RiskError'],
    [named(''), 'RiskError'],
    [named(5), 'RiskError'],
    [named('', new Unnamed('x')), 'Error'],
    [named('', new Counted('x')), 'Error'],
    [Object.assign(new Error('x'), { constructor: undefined }), 'Error'],
    [hostile, 'Error'],
  ];
  for (const [error, type] of cases) expect(exceptionType(error)).toBe(type);
});

test('what was thrown is one line, whatever it is', () => {
  const unprintable = {
    toString(): string {
      throw new Error('no');
    },
  };
  const cases: [unknown, string][] = [
    [new RangeError('x'), 'RangeError: x'],
    [Object.assign(new Error('x'), { toString: () => 'of its own' }), 'Error: x'],
    ['text', 'text'],
    [5, '5'],
    [undefined, 'undefined'],
    [Symbol('s'), 'Symbol(s)'],
    [unprintable, '[unprintable]'],
    [Object.create(null), '[unprintable]'],
    [hostile, '[unprintable]'],
  ];
  for (const [thrown, text] of cases) expect(describeThrown(thrown)).toBe(text);
});
