import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FrameSource } from '../../src/encoders/encoder.ts';
import { ESCAPE_BYTES, JSON_TEXT_SLACK, jsonText, writeJsonText } from '../../src/encoders/json/text.ts';
import { jsonValue } from '../../src/encoders/json/value.ts';

/** What is escaped beside JSON's own, by code point. */
const HARMFUL = [
  [0x7f, 0x9f],
  [0x61c, 0x61c],
  [0x200e, 0x200f],
  [0x2028, 0x202e],
  [0x2066, 0x2069],
  [0xfeff, 0xfeff],
] as const;

function expected(text: string): string {
  return `"${Array.from(text.toWellFormed(), (character) => {
    const code = character.codePointAt(0)!;
    const harmful = HARMFUL.some(([first, last]) => code >= first && code <= last);
    return harmful ? `\\u${code.toString(16).padStart(4, '0')}` : JSON.stringify(character).slice(1, -1);
  }).join('')}"`;
}

/** The text in a ring's memory, with `filler` where nothing is defined, written into memory of exactly the promised size. */
function written(bytes: Uint8Array, filler: number): string {
  const memory = new ArrayBuffer(8 + ((bytes.length + 7) & ~7));
  const ring = new Uint8Array(memory).fill(filler);
  ring.set(bytes, 8);
  const source = { words: new Int32Array(memory), bytes: ring } as unknown as FrameSource;
  const output = new Uint8Array(2 + bytes.length * ESCAPE_BYTES + JSON_TEXT_SLACK);
  const end = writeJsonText(new DataView(output.buffer), 0, source, 1, bytes.length);
  return Buffer.from(output.subarray(0, end)).toString();
}

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.nat({ max: 0x2100 }).map((code) => String.fromCodePoint(code)) }),
  // Long ones, in which most words are plain: stacks of errors.
  fc
    .array(
      fc.tuple(fc.nat(40), fc.oneof(fc.constantFrom('\n    at ', '"', '\\', 'é'), fc.string({ unit: 'binary', maxLength: 3 }))),
      {
        minLength: 3,
        maxLength: 12,
      },
    )
    .map((parts) => parts.map(([plain, odd]) => 'file.js:12'.repeat(5).slice(0, plain) + odd).join('')),
);

describe('text from the ring and text of definitions are escaped alike', () => {
  test('any text, whatever stands behind it', () => {
    fc.assert(
      fc.property(text, fc.nat({ max: 255 }), (sent, filler) => {
        expect(written(Buffer.from(sent), filler)).toBe(expected(sent));
        expect(jsonText(sent.toWellFormed())).toBe(expected(sent));
      }),
      { numRuns: 3000 },
    );
  });

  test('every character of the basic plane, alone and beside plain ones', () => {
    const wrong: number[] = [];
    for (let code = 0; code < 0x10000; code++) {
      const character = String.fromCharCode(code);
      for (const sent of [
        character,
        `ab${character}`,
        `abc${character}d`,
        `abcd${character}efgh`,
        `${'z'.repeat(61 + (code % 4))}${character}yyyyy`,
      ]) {
        if (written(Buffer.from(sent), 0xff) !== expected(sent)) wrong.push(code);
      }
    }
    expect(wrong).toEqual([]);
  });
});

test('ill-formed UTF-8 comes out well-formed', () => {
  const cases = [
    'c0 80',
    'e0 9f bf',
    'ed a0 80',
    'f0 8f bf bf',
    'f4 90 80 80',
    'f5 80 80 80',
    'c3',
    'e2 82',
    'f0 9f 98',
    '80',
    'bf',
    'ff fe',
    'c3 28',
    'e2 28 a1',
  ];
  const short = cases.map((hex) => Buffer.from(hex.replaceAll(' ', ''), 'hex'));
  const long = short.map((bytes) => Buffer.concat([Buffer.alloc(63, 'x'), bytes]));
  for (const bytes of [...short, ...long]) {
    const parsed = JSON.parse(written(bytes, 0x80));
    expect(parsed.replaceAll('\ufffd', '')).toBe(bytes.toString().replaceAll('\ufffd', ''));
    expect(parsed).toContain('\ufffd');
  }
});

test('a BigInt is a number as far as every reader holds it exactly, and a text beyond', () => {
  const largest = BigInt(Number.MAX_SAFE_INTEGER);
  const edge = fc.bigInt({ min: -2n, max: 2n }).chain((near) => fc.constantFrom(near, largest + near, -largest + near));
  fc.assert(
    fc.property(fc.oneof(edge, fc.bigInt()), (value) => {
      expect(jsonValue(value)).toBe(Number.isSafeInteger(Number(value)) ? `${value}` : `"${value}"`);
    }),
    { numRuns: 1_000 },
  );
});
