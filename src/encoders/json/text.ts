/**
 * Text inside JSON, made harmless. Beside the escapes that JSON requires, every character is escaped that could move a terminal's cursor, end a line or change
 * the order of the text. So a line of output is one line everywhere, and shows the text that was logged.
 */
import type { FrameSource } from '../encoder.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LETTER_U = 0x75;

/** Most bytes that one byte of text becomes: `\u00XX`. */
export const ESCAPE_BYTES = 6;

/**
 * What JSON wants escaped, lone surrogates, DEL and C1 controls, line and paragraph separators, marks that set the direction of text, and the byte order mark,
 * which is invisible.
 */
const ESCAPED = /["\\\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu;

function isHarmful(codePoint: number): boolean {
  return (
    codePoint <= 0x9f ||
    codePoint === 0x61c ||
    codePoint === 0x200e ||
    codePoint === 0x200f ||
    (codePoint >= 0x2028 && codePoint <= 0x202e) ||
    (codePoint >= 0x2066 && codePoint <= 0x2069) ||
    codePoint === 0xfeff
  );
}

/** Printable ASCII without quotes and backslashes. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** The character after the backslash for an ASCII byte that must be escaped: `u` for the six-byte form, 0 for none. */
const ESCAPES = new Uint8Array(128).fill(LETTER_U, 0, 32);
ESCAPES[0x7f] = LETTER_U;
for (const [character, letter] of ['\bb', '\tt', '\nn', '\ff', '\rr', '""', '\\\\'])
  ESCAPES[character.charCodeAt(0)] = letter.charCodeAt(0);

/** `text` as a JSON string with its quotes. Not by `JSON.stringify`: a caller's thread encodes too, and an application may have replaced it there. */
export function jsonText(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : `"${text.replace(ESCAPED, escaped)}"`;
}

function escaped(character: string): string {
  const code = character.charCodeAt(0);
  const letter = code < ESCAPES.length ? ESCAPES[code] : LETTER_U;
  return letter === LETTER_U ? `\\u${code.toString(16).padStart(4, '0')}` : `\\${String.fromCharCode(letter)}`;
}

const HEX = Uint8Array.from(Buffer.from('0123456789abcdef'));

/**
 * Writes the UTF-8 text of `length` bytes at unit offset `unit` of a ring as a JSON string with its quotes; returns where it ends, and may touch eight bytes beyond. Text that is
 * plain ASCII is copied in words and tested on the way, four bytes at once:
 *
 * A byte is at least 0x80 if its top bit is set in x; 0x7f if the bit is set in x + 1; below 0x20 if it is set in x − 0x20; a quote if it is set
 * in (x ^ quote) − 1. Carries and borrows between bytes start only at bytes that the test finds anyway, so no byte is missed.
 */
export function writeJsonText(view: DataView, at: number, source: FrameSource, unit: number, length: number): number {
  const { words } = source;
  const start = at + 1;
  view.setUint8(at, QUOTE);
  let suspects = 0;
  let word = unit * 2;
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    const x = words[word++];
    view.setInt32(start + i, x, true);
    suspects |= x | (x + 0x01010101) | (x - 0x20202020) | ((x ^ 0x22222222) - 0x01010101) | ((x ^ 0x5c5c5c5c) - 0x01010101);
  }
  if (i < length) {
    const x = words[word];
    view.setInt32(start + i, x, true);
    // The bytes behind the text in its last word may have any value.
    const counts = (1 << ((length - i) << 3)) - 1;
    suspects |=
      (x | (x + 0x01010101) | (x - 0x20202020) | ((x ^ 0x22222222) - 0x01010101) | ((x ^ 0x5c5c5c5c) - 0x01010101)) & counts;
  }
  const end = (suspects & 0x80808080) === 0 ? start + length : writeEscaped(view, start, source.bytes, unit * 8, length);
  view.setUint8(end, QUOTE);
  return end + 1;
}

/** The same for text that stands anywhere, also at the end of the memory: `source` is a view of `bytes`. */
export function writeJsonRun(
  view: DataView,
  at: number,
  source: DataView,
  bytes: Uint8Array,
  from: number,
  length: number,
): number {
  const start = at + 1;
  view.setUint8(at, QUOTE);
  let suspects = 0;
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    const x = source.getInt32(from + i, true);
    view.setInt32(start + i, x, true);
    suspects |= x | (x + 0x01010101) | (x - 0x20202020) | ((x ^ 0x22222222) - 0x01010101) | ((x ^ 0x5c5c5c5c) - 0x01010101);
  }
  if (i < length) {
    const x = lastWord(source, from + i, length - i);
    view.setInt32(start + i, x, true);
    const counts = (1 << ((length - i) << 3)) - 1;
    suspects |=
      (x | (x + 0x01010101) | (x - 0x20202020) | ((x ^ 0x22222222) - 0x01010101) | ((x ^ 0x5c5c5c5c) - 0x01010101)) & counts;
  }
  const end = (suspects & 0x80808080) === 0 ? start + length : writeEscaped(view, start, bytes, from, length);
  view.setUint8(end, QUOTE);
  return end + 1;
}

/** A word of which only the first `bytes` bytes count. The others may be beyond the memory. */
function lastWord(source: DataView, at: number, bytes: number): number {
  if (at + 4 <= source.byteLength) return source.getInt32(at, true);
  let word = 0;
  for (let i = 0; i < bytes; i++) word |= source.getUint8(at + i) << (8 * i);
  return word;
}

/** From this length on, a text that is not plain ASCII is looked at word by word first: stacks of errors have their line feeds far apart. */
const LEAST_BY_WORDS = 64;

/** Byte by byte where text is not plain ASCII. Bytes that are not UTF-8 become U+FFFD. */
function writeEscaped(view: DataView, at: number, bytes: Uint8Array, from: number, length: number): number {
  const end = from + length;
  const words = length < LEAST_BY_WORDS ? undefined : new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = from; i < end; ) {
    if (words !== undefined && i + 4 <= end) {
      const x = words.getInt32(i, true);
      const suspects =
        x | (x + 0x01010101) | (x - 0x20202020) | ((x ^ 0x22222222) - 0x01010101) | ((x ^ 0x5c5c5c5c) - 0x01010101);
      if ((suspects & 0x80808080) === 0) {
        view.setInt32(at, x, true);
        at += 4;
        i += 4;
        continue;
      }
    }
    const byte = bytes[i];
    if (byte < 0x80) {
      i++;
      const letter = ESCAPES[byte];
      if (letter === 0) {
        view.setUint8(at++, byte);
      } else if (letter === LETTER_U) {
        at = writeUnicodeEscape(view, at, byte);
      } else {
        view.setUint8(at++, BACKSLASH);
        view.setUint8(at++, letter);
      }
      continue;
    }
    const sequence = sequenceLength(bytes, i, end);
    const codePoint = sequence === 2 || sequence === 3 ? codePointAt(bytes, i, sequence) : sequence === 0 ? 0xfffd : 0x10000;
    if (sequence === 0 || isHarmful(codePoint)) {
      at = writeUnicodeEscape(view, at, codePoint);
    } else {
      for (let k = 0; k < sequence; k++) view.setUint8(at++, bytes[i + k]);
    }
    i += sequence === 0 ? 1 : sequence;
  }
  return at;
}

/** Bytes of the well-formed UTF-8 sequence of a character beyond ASCII at `i`; 0 if there is none (Unicode 16, table 3-7). */
function sequenceLength(bytes: Uint8Array, i: number, end: number): number {
  const first = bytes[i];
  const length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (length === 0 || i + length > end) return 0;
  const second = bytes[i + 1];
  // Over-long forms, surrogates and what lies beyond U+10FFFF show in the second byte.
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < least || second > most) return 0;
  for (let k = 2; k < length; k++) if ((bytes[i + k] & 0xc0) !== 0x80) return 0;
  return length;
}

function codePointAt(bytes: Uint8Array, i: number, length: 2 | 3): number {
  return length === 2
    ? ((bytes[i] & 0x1f) << 6) | (bytes[i + 1] & 0x3f)
    : ((bytes[i] & 0x0f) << 12) | ((bytes[i + 1] & 0x3f) << 6) | (bytes[i + 2] & 0x3f);
}

function writeUnicodeEscape(view: DataView, at: number, code: number): number {
  view.setUint8(at, BACKSLASH);
  view.setUint8(at + 1, LETTER_U);
  view.setUint8(at + 2, HEX[code >> 12]);
  view.setUint8(at + 3, HEX[(code >> 8) & 15]);
  view.setUint8(at + 4, HEX[(code >> 4) & 15]);
  view.setUint8(at + 5, HEX[code & 15]);
  return at + 6;
}
