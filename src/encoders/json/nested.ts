/**
 * Encoded values (codec/values/value.ts) → JSON, from bytes to bytes. The form is that of value.ts in this folder, which encodes decoded values.
 */

import { REDACTED_TEXT } from '../../codec/layout.ts';
import { NUMBERS_HEAD_BYTES, TEXTS_HEAD_BYTES } from '../../codec/values/tables.ts';
import {
  VALUE_ARRAY,
  VALUE_BIGINT,
  VALUE_BYTES,
  VALUE_FALSE,
  VALUE_MAP,
  VALUE_NUMBER,
  VALUE_NUMBERS,
  VALUE_REDACTED,
  VALUE_TEXT,
  VALUE_TEXTS,
  VALUE_TRUE,
} from '../../codec/values/value.ts';
import { missingText } from '../../codec/values/value-texts.ts';
import { writeDecimal, writeNumber } from '../digits.ts';
import { textSegment, writeSegment } from '../segment.ts';
import { ESCAPE_BYTES, jsonText, writeJsonRun } from './text.ts';
import { jsonNumber, jsonValue } from './value.ts';

const TRUE = textSegment('true');
const FALSE = textSegment('false');
const NULL = textSegment('null');
const REDACTED = textSegment(jsonText(REDACTED_TEXT));

const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_MAP = 0x7b;
const QUOTE = 0x22;
const MINUS = 0x2d;
/** Two characters, little-endian: `",`, `":`, `],`, `},`. */
const TEXT_END = 0x2c22;
const KEY_END = 0x3a22;
const LIST_END = 0x2c5d;
const MAP_END = 0x2c7d;

/** Bytes from the tag of a short text, or the length of a short key, to the end of the two words that are read of it. */
const TEXT_REACH = 13;

/** Longest text that is written as two words. */
const SHORT_TEXT = 8;

/** By the length of a short text: the bytes that count of its two words. */
const FIRST_WORD = Int32Array.from({ length: SHORT_TEXT + 1 }, (_, length) => topBits(length));
const SECOND_WORD = Int32Array.from({ length: SHORT_TEXT + 1 }, (_, length) => topBits(length - 4));

/** The top bit of each of the first bytes of a word. */
function topBits(bytes: number): number {
  return bytes <= 0 ? 0 : 0x80808080 >>> (8 * (4 - Math.min(bytes, 4)));
}

/** Bytes of a redacted value beyond the bound for each byte of a frame; see BYTES_PER_UNIT in lines.ts. All other values stay within that bound. */
const REDACTED_BEYOND = REDACTED.length + 1 - ESCAPE_BYTES;

/** The top bit of each byte that JSON or a terminal would take amiss; see `writeJsonText`. A function of this file: the loop below must not look it up. */
function suspectsOf(x: number): number {
  return x | (x + 0x01010101) | (x - 0x20202020) | ((x ^ 0x22222222) - 0x01010101) | ((x ^ 0x5c5c5c5c) - 0x01010101);
}

/** Encoded values of one ring → JSON. One for each encoder. */
export class NestedJson {
  /** Bytes that values took beyond {@link ESCAPE_BYTES} for each of their own. */
  beyond = 0;
  readonly #source: DataView;
  readonly #bytes: Uint8Array;
  /** Last position at which a short text may stand for its words to be read whole. */
  readonly #lastText: number;
  /** Values that are left of the array or map at hand, and, outermost first, of those around it; of a map, the complement of their number. */
  #left = 0;
  readonly #outer: number[] = [];
  #depth = 0;
  /** Of the next value, or of its key. */
  #position = 0;
  #spare = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#source = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#lastText = bytes.byteLength - TEXT_REACH;
  }

  /**
   * Writes the value that stands at `from` of the source to `start`; returns where it ends; negative: it takes more than `spare` bytes beyond those that every
   * value may take.
   */
  write(out: DataView, start: number, from: number, spare: number): number {
    this.#spare = spare;
    this.beyond = 0;
    this.#position = from;
    this.#left = 1;
    this.#depth = 0;
    for (let at = start; ; ) {
      at = this.#writeSimple(out, at);
      // A comma follows each value, the last one too.
      if (this.#left === 0) return at - 1;
      at = this.#writeOther(out, at);
      if (at < 0) return at;
    }
  }

  /**
   * Arrays and maps, short texts of plain ASCII, numbers of up to four decimals: until all is written, or another value comes, which is left to
   * {@link #writeOther}.
   *
   * One loop over all depths, which calls nothing: with each call the compiler would forget what it knows of the views, and load and check it again for each
   * access. A comma stands behind each value; the end of an array or map takes the place of the last one.
   */
  #writeSimple(out: DataView, start: number): number {
    const source = this.#source;
    const lastText = this.#lastText;
    const outer = this.#outer;
    let depth = this.#depth;
    let left = this.#left;
    let isMap = left < 0;
    if (isMap) left = ~left;
    // The loop counts in integers, and finds both views checked.
    let position = this.#position | 0;
    let at = start | 0;
    source.getUint8(0);
    out.getUint8(0);
    // In front of the value at hand and its key.
    let at0 = at;
    let position0 = position;
    for (;;) {
      if (left === 0) {
        if (depth === 0) break;
        out.setUint16(at - 1, isMap ? MAP_END : LIST_END, true);
        at++;
        left = outer[--depth];
        isMap = left < 0;
        if (isMap) left = ~left;
        continue;
      }
      at0 = at;
      position0 = position;
      if (position > lastText) break;
      if (isMap) {
        const length = source.getInt32(position, true);
        if (length > SHORT_TEXT) break;
        const x = source.getInt32(position + 4, true);
        const y = source.getInt32(position + 8, true);
        if (((suspectsOf(x) & FIRST_WORD[length]) | (suspectsOf(y) & SECOND_WORD[length])) !== 0) break;
        out.setUint8(at, QUOTE);
        out.setInt32(at + 1, x, true);
        out.setInt32(at + 5, y, true);
        at += length + 1;
        out.setUint16(at, KEY_END, true);
        at += 2;
        position += 4 + length;
        if (position > lastText) {
          at = at0;
          position = position0;
          break;
        }
      }
      const tag = source.getUint8(position);
      if (tag === VALUE_TEXT) {
        const length = source.getInt32(position + 1, true);
        if (length > SHORT_TEXT) break;
        const x = source.getInt32(position + 5, true);
        const y = source.getInt32(position + 9, true);
        if (((suspectsOf(x) & FIRST_WORD[length]) | (suspectsOf(y) & SECOND_WORD[length])) !== 0) break;
        out.setUint8(at, QUOTE);
        out.setInt32(at + 1, x, true);
        out.setInt32(at + 5, y, true);
        at += length + 1;
        out.setUint16(at, TEXT_END, true);
        at += 2;
        position += 5 + length;
      } else if (tag === VALUE_NUMBER) {
        let value = source.getFloat64(position + 1, true);
        if (value < 0) {
          out.setUint8(at++, MINUS);
          value = -value;
        }
        const whole = value | 0;
        let decimals = 0;
        if (value !== whole) {
          const scaled = Math.floor(value * 1e4 + 0.5);
          decimals = scaled - whole * 1e4;
          if (!(decimals >= 0 && decimals < 1e4 && scaled / 1e4 === value)) break;
        }
        at = writeDecimal(out, at, whole, decimals);
        out.setUint8(at++, COMMA);
        position += 9;
      } else if (tag === VALUE_ARRAY || tag === VALUE_MAP) {
        left--;
        outer[depth++] = isMap ? ~left : left;
        left = source.getInt32(position + 1, true);
        isMap = tag === VALUE_MAP;
        position += 5;
        out.setUint8(at++, isMap ? OPEN_MAP : OPEN_LIST);
        // In place of a comma.
        if (left === 0) at++;
        continue;
      } else break;
      left--;
    }
    this.#position = position0;
    this.#depth = depth;
    this.#left = isMap ? ~left : left;
    return left === 0 ? at : at0;
  }

  /** Any value, with its key, and a comma. Of an array or map only the start. */
  #writeOther(out: DataView, start: number): number {
    const source = this.#source;
    let position = this.#position;
    let at = start;
    if (this.#left < 0) {
      const length = source.getInt32(position, true);
      at = writeJsonRun(out, at, source, this.#bytes, position + 4, length);
      out.setUint8(at++, COLON);
      position += 4 + length;
      this.#left++;
    } else this.#left--;
    const tag = source.getUint8(position);
    if (tag === VALUE_ARRAY || tag === VALUE_MAP) {
      const count = source.getInt32(position + 1, true);
      this.#position = position + 5;
      this.#outer[this.#depth++] = this.#left;
      this.#left = tag === VALUE_MAP ? ~count : count;
      out.setUint8(at++, tag === VALUE_MAP ? OPEN_MAP : OPEN_LIST);
      return count === 0 ? at + 1 : at;
    }
    this.#position = position + 1;
    at = this.#writeLeaf(out, at, position, tag);
    if (at < 0) return at;
    out.setUint8(at, COMMA);
    return at + 1;
  }

  #writeLeaf(out: DataView, at: number, position: number, tag: number): number {
    const source = this.#source;
    const bytes = this.#bytes;
    switch (tag) {
      case VALUE_NUMBER: {
        this.#position = position + 9;
        const value = source.getFloat64(position + 1, true);
        return value - value === 0 ? writeNumber(out, at, value) : writeSegment(out, at, textSegment(jsonNumber(value)));
      }
      case VALUE_TEXT: {
        const length = source.getInt32(position + 1, true);
        this.#position = position + 5 + length;
        return writeJsonRun(out, at, source, bytes, position + 5, length);
      }
      case VALUE_TRUE:
        return writeSegment(out, at, TRUE);
      case VALUE_FALSE:
        return writeSegment(out, at, FALSE);
      case VALUE_REDACTED:
        this.beyond += REDACTED_BEYOND;
        return this.beyond > this.#spare ? -1 : writeSegment(out, at, REDACTED);
      case VALUE_NUMBERS:
        return this.#writeNumbers(out, at, position);
      case VALUE_TEXTS:
        return this.#writeTexts(out, at, position);
      case VALUE_BIGINT:
        return writeAscii(out, at, jsonValue(BigInt(Buffer.from(this.#content(position)).toString('latin1'))));
      case VALUE_BYTES:
        return writeAscii(out, at, jsonValue(this.#content(position)));
      default:
        return writeSegment(out, at, NULL);
    }
  }

  /** Numbers, or rows of them, in one loop: a number of up to four decimals takes no call that the compiler does not inline. */
  #writeNumbers(out: DataView, start: number, from: number): number {
    const source = this.#source;
    const count = source.getInt32(from + 1, true);
    const width = source.getUint8(from + 5);
    const missing = source.getInt32(from + 6, true);
    let position = from + NUMBERS_HEAD_BYTES;
    const end = position + count * (width === 0 ? 1 : width) * 8;
    let at = start | 0;
    out.setUint8(at++, OPEN_LIST);
    // Numbers until the row at hand ends; of numbers without rows, never.
    let left = 0;
    for (; position < end; position += 8) {
      if (left === 0 && width > 0) {
        out.setUint8(at++, OPEN_LIST);
        left = width;
      }
      const given = source.getFloat64(position, true);
      let value = given;
      if (value < 0) {
        out.setUint8(at++, MINUS);
        value = -value;
      }
      const whole = value | 0;
      let decimals = 0;
      let isShort = value === whole;
      if (!isShort) {
        const scaled = Math.floor(value * 1e4 + 0.5);
        decimals = scaled - whole * 1e4;
        isShort = decimals >= 0 && decimals < 1e4 && scaled / 1e4 === value;
      }
      if (isShort) at = writeDecimal(out, at, whole, decimals);
      else if (given - given === 0) at = writeNumber(out, at, value);
      else at = writeSegment(out, given < 0 ? at - 1 : at, textSegment(jsonNumber(given)));
      out.setUint8(at++, COMMA);
      if (--left === 0) {
        out.setUint16(at - 1, LIST_END, true);
        at++;
      }
    }
    this.#position = position;
    return closeTable(out, at, count, missing);
  }

  /** Short texts, or rows of them, in one loop. */
  #writeTexts(out: DataView, start: number, from: number): number {
    const source = this.#source;
    const lastText = this.#lastText;
    const count = source.getInt32(from + 1, true);
    const width = source.getUint8(from + 5);
    const missing = source.getInt32(from + 6, true);
    let position = from + TEXTS_HEAD_BYTES;
    const end = position + source.getInt32(from + NUMBERS_HEAD_BYTES, true);
    let at = start | 0;
    out.setUint8(at++, OPEN_LIST);
    let left = 0;
    while (position < end) {
      if (left === 0 && width > 0) {
        out.setUint8(at++, OPEN_LIST);
        left = width;
      }
      const length = source.getUint8(position++);
      let isPlain = length <= SHORT_TEXT && position <= lastText;
      if (isPlain) {
        const x = source.getInt32(position, true);
        const y = source.getInt32(position + 4, true);
        isPlain = ((suspectsOf(x) & FIRST_WORD[length]) | (suspectsOf(y) & SECOND_WORD[length])) === 0;
        if (isPlain) {
          out.setUint8(at, QUOTE);
          out.setInt32(at + 1, x, true);
          out.setInt32(at + 5, y, true);
          at += length + 1;
          out.setUint16(at, TEXT_END, true);
          at += 2;
        }
      }
      if (!isPlain) {
        at = writeJsonRun(out, at, source, this.#bytes, position, length);
        out.setUint8(at++, COMMA);
      }
      position += length;
      if (--left === 0) {
        out.setUint16(at - 1, LIST_END, true);
        at++;
      }
    }
    this.#position = position;
    return closeTable(out, at, count, missing);
  }

  /** Bytes of the value at `position`, which begin with their length. */
  #content(position: number): Uint8Array {
    const from = position + 5;
    this.#position = from + this.#source.getInt32(position + 1, true);
    return this.#bytes.subarray(from, this.#position);
  }
}

/** The text that says how many elements are missing, and the bracket, in place of the last comma. */
function closeTable(out: DataView, start: number, count: number, missing: number): number {
  let at = start;
  if (missing > 0) {
    at = writeAscii(out, at, jsonText(missingText(missing, 'elements')));
    out.setUint8(at++, COMMA);
  }
  if (count > 0 || missing > 0) at--;
  out.setUint8(at, CLOSE_LIST);
  return at + 1;
}

function writeAscii(out: DataView, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) out.setUint8(at + i, text.charCodeAt(i));
  return at + text.length;
}
