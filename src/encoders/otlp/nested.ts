/**
 * Encoded values (codec/values/value.ts) → OpenTelemetry's AnyValue, from bytes to bytes. The form is that of value.ts in this folder, which encodes decoded
 * values.
 *
 * A message of protobuf begins with its length. Lengths of leaves are known before. Those of arrays and maps are guessed from the number of elements; if the
 * guess was wrong, the bytes behind the length are moved.
 */
import { REDACTED_TEXT } from '../../codec/layout.ts';
import { NUMBERS_HEAD_BYTES, TEXTS_HEAD_BYTES } from '../../codec/values/tables.ts';
import * as encoded from '../../codec/values/value.ts';
import { missingText } from '../../codec/values/value-texts.ts';
import { textSegment, writeSegment } from '../segment.ts';
import {
  ATTRIBUTE_KEY,
  ATTRIBUTE_VALUE,
  LIST_ELEMENT,
  VALUE_ARRAY,
  VALUE_BOOL,
  VALUE_BYTES,
  VALUE_DOUBLE,
  VALUE_INT,
  VALUE_MAP,
  VALUE_STRING,
} from './tags.ts';
import { isInt64, varintBytes, writeVarint } from './varint.ts';

const REDACTED = textSegment(REDACTED_TEXT);

/** Most bytes of a value without elements, beside its text: tag and length of AnyValue, tag, and an integer of ten bytes or a length. */
const LEAF_BYTES = 16;

/** Bytes that each element of an array, and each pair of a map, takes, as a guess: how many bytes the length of all of them will take. */
const ELEMENT_BYTES = 10;
const PAIR_BYTES = 20;

/** Bytes that are written at most for a cell of a table and the head of its row, or for the text that says how many elements are missing. */
const CELL_BYTES = 64;

/** Longest text that is copied as two units, and most bytes that the simplest of pairs touches with it. */
const SHORT_TEXT = 16;
const SIMPLE_BYTES = 64;

/** Bytes from the tag of a short text to the end of the two units that are read of it. */
const TEXT_REACH = 5 + 16;

/** Texts copied eight bytes at a time, up to this length. */
const COPIED_BY_HAND = 64;

/** Encoded values of one ring → AnyValue. */
export class NestedOtlp {
  readonly #source: DataView;
  readonly #bytes: Uint8Array;
  /** Last position at which a short text may stand for its units to be read whole. */
  readonly #lastText: number;
  #out: DataView;
  #outBytes: Uint8Array;
  /** Nothing is written from here on. */
  #limit = 0;
  /** Of the next value, or of its key. */
  #position = 0;
  /** Values that are left of the array or map at hand, and, outermost first, of those around it; of a map, the complement of their number. */
  #left = 0;
  readonly #outer: number[] = [];
  #depth = 0;
  /** By depth: where the lengths of an array or map stand, where its elements start, and where the pair starts whose value it is; 0: it is none. */
  readonly #starts: number[] = [0];
  readonly #firsts: number[] = [0];
  readonly #pairs: number[] = [0];

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#source = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#lastText = bytes.byteLength - TEXT_REACH;
    this.#out = this.#source;
    this.#outBytes = bytes;
  }

  /** Writes the value that stands at `from` of the source to `start`, as the field `tag`; returns where it ends; negative: not within `limit`. */
  write(out: DataView, start: number, tag: number, from: number, limit: number): number {
    if (out !== this.#out) {
      this.#out = out;
      this.#outBytes = new Uint8Array(out.buffer, out.byteOffset, out.byteLength);
    }
    if (start + LEAF_BYTES > limit) return -1;
    this.#limit = limit;
    this.#position = from;
    this.#left = 1;
    this.#depth = 0;
    let at = start;
    for (;;) {
      at = this.#writeSimple(out, at);
      if (this.#left !== 0 && this.#left !== ~0) at = this.#writeOther(out, at);
      else if (this.#depth > 0) at = this.#close(out, at);
      else break;
      if (at < 0) return at;
    }
    out.setUint8(start, tag);
    return at;
  }

  /**
   * Arrays and maps, short texts, numbers that are no large integers: until all is written, or something else comes, which is left to {@link #writeOther}
   * and {@link #close}.
   *
   * One loop over all depths, which calls nothing: with each call the compiler would forget what it knows of the views, and load and check it again for each
   * access.
   */
  #writeSimple(out: DataView, from: number): number {
    const source = this.#source;
    const lastText = this.#lastText;
    const outer = this.#outer;
    const starts = this.#starts;
    const firsts = this.#firsts;
    const pairs = this.#pairs;
    const lastAt = this.#limit - SIMPLE_BYTES;
    let depth = this.#depth;
    let left = this.#left;
    let isMap = left < 0;
    if (isMap) left = ~left;
    // The loop counts in integers. It finds both views checked.
    let position = this.#position | 0;
    let at = from | 0;
    source.getUint8(0);
    out.getUint8(0);
    for (;;) {
      if (left === 0) {
        if (depth === 0) break;
        const start = starts[depth];
        const first = firsts[depth];
        const pair = pairs[depth];
        const length = at - first;
        if (pair > 0 && at - pair > 127) break;
        if (first - start === 3 && length < 126) {
          out.setUint16(start, (length + 2) | ((isMap ? VALUE_MAP : VALUE_ARRAY) << 8), true);
          out.setUint8(start + 2, length);
        } else if (first - start === 5 && length > 127 && length < 16_381) {
          out.setUint16(start, twoByteVarint(length + 3), true);
          out.setUint8(start + 2, isMap ? VALUE_MAP : VALUE_ARRAY);
          out.setUint16(start + 3, twoByteVarint(length), true);
        } else break;
        if (pair > 0) out.setUint8(pair - 1, at - pair);
        left = outer[--depth];
        isMap = left < 0;
        if (isMap) left = ~left;
        continue;
      }
      if (position > lastText || at > lastAt) break;
      // In front of the value at hand and its key.
      const at0 = at;
      const position0 = position;
      if (isMap) {
        const length = source.getInt32(position, true);
        if (length > SHORT_TEXT) break;
        out.setUint8(at, LIST_ELEMENT);
        out.setUint16(at + 2, ATTRIBUTE_KEY | (length << 8), true);
        out.setBigInt64(at + 4, source.getBigInt64(position + 4, true), true);
        out.setBigInt64(at + 12, source.getBigInt64(position + 12, true), true);
        at += 4 + length;
        position += 4 + length;
        out.setUint8(at, ATTRIBUTE_VALUE);
      } else out.setUint8(at, LIST_ELEMENT);
      const tag = position > lastText ? encoded.VALUE_NULL : source.getUint8(position);
      if (tag === encoded.VALUE_TEXT && source.getInt32(position + 1, true) <= SHORT_TEXT) {
        const length = source.getInt32(position + 1, true);
        out.setUint16(at + 1, (length + 2) | (VALUE_STRING << 8), true);
        out.setUint8(at + 3, length);
        out.setBigInt64(at + 4, source.getBigInt64(position + 5, true), true);
        out.setBigInt64(at + 12, source.getBigInt64(position + 13, true), true);
        at += 4 + length;
        position += 5 + length;
      } else if (tag === encoded.VALUE_NUMBER) {
        const value = source.getFloat64(position + 1, true);
        if (Math.floor(value) !== value) {
          out.setUint16(at + 1, 9 | (VALUE_DOUBLE << 8), true);
          out.setFloat64(at + 3, value, true);
          at += 11;
        } else if (value >= 0 && value < 2 ** 31) {
          let rest = value | 0;
          let end = at + 3;
          for (; rest > 0x7f; rest >>>= 7) out.setUint8(end++, rest | 0x80);
          out.setUint8(end++, rest);
          out.setUint16(at + 1, (end - at - 2) | (VALUE_INT << 8), true);
          at = end;
        } else {
          at = at0;
          position = position0;
          break;
        }
        position += 9;
      } else if (tag === encoded.VALUE_ARRAY || tag === encoded.VALUE_MAP) {
        left--;
        outer[depth++] = isMap ? ~left : left;
        pairs[depth] = isMap ? at0 + 2 : 0;
        left = source.getInt32(position + 1, true);
        isMap = tag === encoded.VALUE_MAP;
        const guess = left * (isMap ? PAIR_BYTES : ELEMENT_BYTES);
        starts[depth] = at + 1;
        // Both lengths take as many bytes, nearly always.
        at += guess < 128 ? 4 : guess < 2 ** 13 ? 6 : 8;
        firsts[depth] = at;
        position += 5;
        continue;
      } else {
        at = at0;
        position = position0;
        break;
      }
      left--;
      if (isMap) out.setUint8(at0 + 1, at - at0 - 2);
    }
    this.#position = position;
    this.#depth = depth;
    this.#left = isMap ? ~left : left;
    return at;
  }

  /** Any value, with its key. Of an array or map only the start. */
  #writeOther(out: DataView, start: number): number {
    if (start + LEAF_BYTES > this.#limit) return -1;
    out.setUint8(start, LIST_ELEMENT);
    if (this.#left > 0) {
      this.#left--;
      return this.#writeValue(out, start, 0);
    }
    this.#left++;
    const key = this.#position + 4;
    const keyBytes = this.#source.getInt32(key - 4, true);
    if (start + 2 * LEAF_BYTES + keyBytes + 8 > this.#limit) return -1;
    this.#position = key + keyBytes;
    // Most pairs are short.
    const pair = start + 2;
    out.setUint8(pair, ATTRIBUTE_KEY);
    const at = this.#copy(writeVarint(out, pair + 1, keyBytes), key, keyBytes);
    out.setUint8(at, ATTRIBUTE_VALUE);
    return this.#writeValue(out, at, pair);
  }

  /** A value whose tag stands at `at`. `pair`: where the pair starts whose value it is, or 0. */
  #writeValue(out: DataView, at: number, pair: number): number {
    const tag = this.#source.getUint8(this.#position);
    if (tag === encoded.VALUE_NUMBERS || tag === encoded.VALUE_TEXTS) return this.#writeTable(out, at, pair, tag);
    if (tag !== encoded.VALUE_ARRAY && tag !== encoded.VALUE_MAP) {
      const end = this.#writeLeaf(out, at, tag);
      return pair === 0 || end < 0 ? end : this.#closePair(out, pair, end);
    }
    const isMap = tag === encoded.VALUE_MAP;
    const count = this.#source.getInt32(this.#position + 1, true);
    this.#position += 5;
    this.#outer[this.#depth++] = this.#left;
    this.#left = isMap ? ~count : count;
    this.#starts[this.#depth] = at + 1;
    this.#pairs[this.#depth] = pair;
    this.#firsts[this.#depth] = at + 4;
    return at + 4;
  }

  /** Numbers or short texts, or rows of them. */
  #writeTable(out: DataView, start: number, pair: number, tag: number): number {
    const source = this.#source;
    const from = this.#position;
    const count = source.getInt32(from + 1, true);
    const width = source.getUint8(from + 5);
    const missing = source.getInt32(from + 6, true);
    const guess = count * (width === 0 ? ELEMENT_BYTES : 4 + width * ELEMENT_BYTES);
    this.#outer[this.#depth++] = this.#left;
    this.#left = 0;
    this.#starts[this.#depth] = start + 1;
    this.#pairs[this.#depth] = pair;
    const first = start + (guess < 128 ? 4 : guess < 2 ** 13 ? 6 : 8);
    this.#firsts[this.#depth] = first;
    let at = tag === encoded.VALUE_NUMBERS ? this.#writeNumbers(out, first, count, width) : this.#writeTexts(out, first, width);
    if (at < 0) return at;
    if (missing > 0) {
      if (at + CELL_BYTES > this.#limit) return -1;
      const text = missingText(missing, 'elements');
      out.setUint8(at, LIST_ELEMENT);
      out.setUint16(at + 1, (text.length + 2) | (VALUE_STRING << 8), true);
      out.setUint8(at + 3, text.length);
      at += 4;
      for (let i = 0; i < text.length; i++) out.setUint8(at++, text.charCodeAt(i));
    }
    return this.#close(out, at);
  }

  #writeNumbers(out: DataView, start: number, count: number, width: number): number {
    const source = this.#source;
    let position = this.#position + NUMBERS_HEAD_BYTES;
    const end = position + count * (width === 0 ? 1 : width) * 8;
    const lastAt = this.#limit - CELL_BYTES;
    let at = start;
    // Where the row at hand starts, and the cells until it ends; of cells without rows, never.
    let row = 0;
    let left = 0;
    for (; position < end; position += 8) {
      if (at > lastAt) return -1;
      if (left === 0 && width > 0) {
        row = at;
        at += 4;
        left = width;
      }
      out.setUint8(at, LIST_ELEMENT);
      const value = source.getFloat64(position, true);
      if (Math.floor(value) !== value) {
        out.setUint16(at + 1, 9 | (VALUE_DOUBLE << 8), true);
        out.setFloat64(at + 3, value, true);
        at += 11;
      } else if (value >= 0 && value < 2 ** 31) {
        let rest = value | 0;
        let next = at + 3;
        for (; rest > 0x7f; rest >>>= 7) out.setUint8(next++, rest | 0x80);
        out.setUint8(next++, rest);
        out.setUint16(at + 1, (next - at - 2) | (VALUE_INT << 8), true);
        at = next;
      } else at = this.#writeNumber(out, at, value);
      // A row of numbers is shorter than 126 bytes.
      if (--left === 0) closeShortRow(out, row, at);
    }
    this.#position = position;
    return at;
  }

  #writeTexts(out: DataView, start: number, width: number): number {
    const source = this.#source;
    let position = this.#position + TEXTS_HEAD_BYTES;
    const end = position + source.getInt32(position - 4, true);
    const lastText = this.#lastText;
    const lastAt = this.#limit - CELL_BYTES;
    let at = start;
    let row = 0;
    let left = 0;
    while (position < end) {
      if (at > lastAt) return -1;
      if (left === 0 && width > 0) {
        row = at;
        at += 4;
        left = width;
      }
      const length = source.getUint8(position++);
      out.setInt32(at, LIST_ELEMENT | ((length + 2) << 8) | (VALUE_STRING << 16) | (length << 24), true);
      if (length <= SHORT_TEXT && position <= lastText) {
        out.setInt32(at + 4, source.getInt32(position, true), true);
        out.setInt32(at + 8, source.getInt32(position + 4, true), true);
        if (length > SHORT_TEXT / 2) {
          out.setInt32(at + 12, source.getInt32(position + 8, true), true);
          out.setInt32(at + 16, source.getInt32(position + 12, true), true);
        }
        at += 4 + length;
      } else at = this.#copy(at + 4, position, length);
      position += length;
      if (--left !== 0) continue;
      if (at - row < 130) closeShortRow(out, row, at);
      else {
        at = this.#closeLongRow(out, row, at);
        if (at < 0) return at;
      }
    }
    this.#position = position;
    return at;
  }

  /** The lengths of a row take more than one byte. */
  #closeLongRow(out: DataView, row: number, end: number): number {
    const length = end - row - 4;
    const inner = varintBytes(length);
    const outer = varintBytes(1 + inner + length);
    const first = row + 2 + outer + inner;
    if (first + length > this.#limit) return -1;
    this.#outBytes.copyWithin(first, row + 4, end);
    out.setUint8(row, LIST_ELEMENT);
    const at = writeVarint(out, row + 1, 1 + inner + length);
    out.setUint8(at, VALUE_ARRAY);
    writeVarint(out, at + 1, length);
    return first + length;
  }

  /** A number as the value whose tag stands at `at`. */
  #writeNumber(out: DataView, at: number, value: number): number {
    if (isInt64(value)) {
      out.setUint8(at + 1, 1 + varintBytes(value));
      out.setUint8(at + 2, VALUE_INT);
      return writeVarint(out, at + 3, value);
    }
    out.setUint16(at + 1, 9 | (VALUE_DOUBLE << 8), true);
    out.setFloat64(at + 3, value, true);
    return at + 11;
  }

  /** Fills in the lengths of the array or map at hand, and of the pair whose value it is. Elements are moved when the lengths need more bytes, or fewer. */
  #close(out: DataView, end: number): number {
    const depth = this.#depth--;
    const start = this.#starts[depth];
    const first = this.#firsts[depth];
    const pair = this.#pairs[depth];
    const length = end - first;
    const inner = varintBytes(length);
    const content = start + varintBytes(1 + inner + length) + 1 + inner;
    if (content !== first) {
      if (content + length > this.#limit) return -1;
      this.#outBytes.copyWithin(content, first, end);
    }
    const middle = writeVarint(out, start, 1 + inner + length);
    out.setUint8(middle, this.#left < 0 ? VALUE_MAP : VALUE_ARRAY);
    writeVarint(out, middle + 1, length);
    this.#left = this.#outer[depth - 1];
    return pair === 0 ? content + length : this.#closePair(out, pair, content + length);
  }

  #closePair(out: DataView, start: number, end: number): number {
    const length = end - start;
    const extra = varintBytes(length) - 1;
    if (extra > 0) {
      if (end + extra > this.#limit) return -1;
      this.#outBytes.copyWithin(start + extra, start, end);
    }
    writeVarint(out, start - 1, length);
    return end + extra;
  }

  #writeLeaf(out: DataView, at: number, tag: number): number {
    const source = this.#source;
    const position = this.#position;
    switch (tag) {
      case encoded.VALUE_NUMBER:
        this.#position = position + 9;
        return this.#writeNumber(out, at, source.getFloat64(position + 1, true));
      case encoded.VALUE_TEXT: {
        const length = source.getInt32(position + 1, true);
        this.#position = position + 5 + length;
        return this.#run(at + 1, VALUE_STRING, position + 5, length);
      }
      case encoded.VALUE_TRUE:
      case encoded.VALUE_FALSE:
        this.#position = position + 1;
        out.setUint16(at + 1, 2 | (VALUE_BOOL << 8), true);
        out.setUint8(at + 3, tag === encoded.VALUE_TRUE ? 1 : 0);
        return at + 4;
      case encoded.VALUE_REDACTED:
        this.#position = position + 1;
        if (at + LEAF_BYTES + REDACTED.length + REDACTED.units.length * 8 > this.#limit) return -1;
        out.setUint8(at + 1, 2 + REDACTED.length);
        out.setUint16(at + 2, VALUE_STRING | (REDACTED.length << 8), true);
        return writeSegment(out, at + 4, REDACTED);
      case encoded.VALUE_BYTES: {
        const length = source.getInt32(position + 1, true);
        this.#position = position + 5 + length;
        return this.#run(at + 1, VALUE_BYTES, position + 5, length);
      }
      case encoded.VALUE_BIGINT: {
        const length = source.getInt32(position + 1, true);
        this.#position = position + 5 + length;
        const value = BigInt(Buffer.from(this.#bytes.subarray(position + 5, this.#position)).toString('latin1'));
        if (BigInt.asIntN(64, value) !== value) return this.#run(at + 1, VALUE_STRING, position + 5, length);
        return this.#int64(at + 1, value);
      }
      default:
        this.#position = position + 1;
        out.setUint8(at + 1, 0);
        return at + 2;
    }
  }

  /** Length of AnyValue, tag, length and bytes of a text or of bytes. */
  #run(at: number, tag: number, from: number, length: number): number {
    if (at + LEAF_BYTES + length + 8 > this.#limit) return -1;
    const out = this.#out;
    const start = writeVarint(out, at, 1 + varintBytes(length) + length);
    out.setUint8(start, tag);
    return this.#copy(writeVarint(out, start + 1, length), from, length);
  }

  /** Eight bytes at a time, past the end if necessary: the bytes that come next overwrite them. */
  #copy(at: number, from: number, length: number): number {
    if (length > COPIED_BY_HAND) this.#outBytes.set(this.#bytes.subarray(from, from + length), at);
    else {
      const source = this.#source;
      const out = this.#out;
      let i = 0;
      for (; i + 8 <= length; i += 8) out.setBigInt64(at + i, source.getBigInt64(from + i, true), true);
      for (; i + 4 <= length; i += 4) out.setInt32(at + i, source.getInt32(from + i, true), true);
      for (; i < length; i++) out.setUint8(at + i, source.getUint8(from + i));
    }
    return at + length;
  }

  #int64(at: number, value: bigint): number {
    const out = this.#out;
    let end = at + 2;
    let rest = BigInt.asUintN(64, value);
    for (; rest > 0x7fn; rest >>= 7n) out.setUint8(end++, Number(rest & 0x7fn) | 0x80);
    out.setUint8(end++, Number(rest));
    out.setUint16(at, (end - at - 1) | (VALUE_INT << 8), true);
    return end;
  }
}

/** The head of a row of less than 126 bytes. */
function closeShortRow(out: DataView, row: number, end: number): void {
  const length = end - row - 4;
  out.setInt32(row, LIST_ELEMENT | ((length + 2) << 8) | (VALUE_ARRAY << 16) | (length << 24), true);
}

/** Of an integer from 128 to 2^14 − 1, little-endian. */
function twoByteVarint(value: number): number {
  return (value & 0x7f) | 0x80 | ((value >> 7) << 8);
}
