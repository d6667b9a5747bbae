import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FrameSource } from '../../src/encoders/encoder.ts';
import { ESCAPE_BYTES, jsonText, writeJsonRun, writeJsonText } from '../../src/encoders/json/text.ts';
import { jsonValue } from '../../src/encoders/json/value.ts';

/** Bytes that may be touched beyond the text. */
const SLACK_BYTES = 8;

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
function writtenBytes(bytes: Uint8Array, filler: number): Uint8Array {
  const memory = new ArrayBuffer(8 + ((bytes.length + 7) & ~7));
  const ring = new Uint8Array(memory).fill(filler);
  ring.set(bytes, 8);
  const source = { words: new Int32Array(memory), bytes: ring } as unknown as FrameSource;
  const output = new Uint8Array(2 + bytes.length * ESCAPE_BYTES + SLACK_BYTES);
  return output.subarray(0, writeJsonText(new DataView(output.buffer), 0, source, 1, bytes.length));
}

/** The same for a text that begins at any byte, with so many bytes of `filler` behind it: none at the end of the memory. */
function runBytes(bytes: Uint8Array, filler: number, before: number, behind: number): Uint8Array {
  const memory = new Uint8Array(before + bytes.length + behind).fill(filler);
  memory.set(bytes, before);
  const output = new Uint8Array(2 + bytes.length * ESCAPE_BYTES + SLACK_BYTES);
  const view = new DataView(output.buffer);
  return output.subarray(0, writeJsonRun(view, 0, new DataView(memory.buffer), memory, before, bytes.length));
}

const written = (bytes: Uint8Array, filler: number) => Buffer.from(writtenBytes(bytes, filler)).toString();

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.nat({ max: 0x2100 }).map((code) => String.fromCodePoint(code)) }),
  // Longer ones go by words where they are plain.
  fc.string({ unit: fc.constantFrom('a', '9', ' ', '~', '\x7f', '\n', '"', '\\', 'é', '😀'), maxLength: 12 }).map((part) => {
    return `${'plain text of a stack, '.repeat(2)}${part} and more of it, ${part}`;
  }),
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
        for (const [before, behind] of [
          [filler & 3, 0],
          [0, filler & 7],
        ])
          expect(Buffer.from(runBytes(Buffer.from(sent), filler, before, behind)).toString()).toBe(expected(sent));
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
      const last = `ab${character}`;
      if (Buffer.from(runBytes(Buffer.from(last), 0xff, 1, 0)).toString() !== expected(last)) wrong.push(code);
    }
    expect(wrong).toEqual([]);
  });
});

test('ill-formed UTF-8 comes out well-formed, and what is well-formed around it stays', () => {
  const ill = fc.constantFrom(
    'c0 80',
    'c1 bf',
    'e0 9f bf',
    'ed a0 80',
    'f0 8f bf bf',
    'f4 90 80 80',
    'f5 80 80 80',
    'f8 88 80 80 80',
    'c3',
    'e2 82',
    'f0 9f 98',
    '80',
    'bf',
    'ff fe',
    'c3 28',
    'e2 28 a1',
  );
  const edges = fc.constantFrom(
    'c2 a0',
    'df bf',
    'e0 a0 80',
    'ed 9f bf',
    'ee 80 80',
    'ef bf bd',
    'f0 90 80 80',
    'f4 8f bf bf',
    '61',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(ill, edges), { maxLength: 5 }), fc.nat({ max: 255 }), (parts, filler) => {
      const bytes = Buffer.from(parts.join('').replaceAll(' ', ''), 'hex');
      const isWhole = isUtf8(bytes);
      for (const out of [writtenBytes(bytes, filler), runBytes(bytes, filler, 3, 0)]) {
        expect(isUtf8(out)).toBe(true);
        const parsed = JSON.parse(Buffer.from(out).toString());
        expect(parsed.replaceAll('\ufffd', '')).toBe(bytes.toString().replaceAll('\ufffd', ''));
        if (!isWhole) expect(parsed).toContain('\ufffd');
      }
    }),
    { numRuns: 2_000 },
  );
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
