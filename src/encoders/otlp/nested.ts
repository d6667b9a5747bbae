/**
 * Encoded values (codec/values/value.ts) → OpenTelemetry's AnyValue, from bytes to bytes. The form is that of value.ts in this folder, which encodes decoded
 * values.
 *
 * A message of protobuf begins with its length. Lengths of leaves are known before. Those of arrays and maps are guessed from the number of elements; if the
 * guess was wrong, the bytes behind the length are moved.
 */
import { REDACTED_TEXT } from '../../codec/layout.ts';
import * as encoded from '../../codec/values/value.ts';
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

/** Bytes that each element of an array or map takes, as a guess: 16 of them make a message of more than 127 bytes, whose length takes two. */
const ELEMENT_BYTES = 8;
const LEAST_TWO = 128 / ELEMENT_BYTES;

/** Texts copied eight bytes at a time, up to this length. */
const COPIED_BY_HAND = 64;

/** A cursor over encoded values of one ring. */
export class NestedOtlp {
  /** Position behind the value that was written last. */
  position = 0;
  readonly #source: DataView;
  readonly #bytes: Uint8Array;
  #out: DataView;
  #outBytes: Uint8Array;
  #limit = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#source = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#out = this.#source;
    this.#outBytes = bytes;
  }

  /** Writes the value that stands at `from` of the source to `at`, as the field `tag`; returns where it ends; negative: not within `limit`. */
  write(out: DataView, at: number, tag: number, from: number, limit: number): number {
    if (out !== this.#out) {
      this.#out = out;
      this.#outBytes = new Uint8Array(out.buffer, out.byteOffset, out.byteLength);
    }
    this.#limit = limit;
    this.position = from;
    return this.#value(at, tag);
  }

  #value(at: number, tag: number): number {
    if (at + LEAF_BYTES > this.#limit) return -1;
    const source = this.#source;
    const out = this.#out;
    const { position } = this;
    out.setUint8(at, tag);
    switch (source.getUint8(position)) {
      case encoded.VALUE_NUMBER: {
        this.position = position + 9;
        const value = source.getFloat64(position + 1, true);
        if (isInt64(value)) {
          out.setUint8(at + 1, 1 + varintBytes(value));
          out.setUint8(at + 2, VALUE_INT);
          return writeVarint(out, at + 3, value);
        }
        out.setUint16(at + 1, 9 | (VALUE_DOUBLE << 8), true);
        out.setFloat64(at + 3, value, true);
        return at + 11;
      }
      case encoded.VALUE_TEXT: {
        const length = source.getInt32(position + 1, true);
        this.position = position + 5 + length;
        return this.#run(at + 1, VALUE_STRING, position + 5, length);
      }
      case encoded.VALUE_ARRAY:
      case encoded.VALUE_MAP:
        return this.#elements(at + 1, source.getUint8(position) === encoded.VALUE_MAP);
      case encoded.VALUE_TRUE:
      case encoded.VALUE_FALSE:
        this.position = position + 1;
        out.setUint16(at + 1, 2 | (VALUE_BOOL << 8), true);
        out.setUint8(at + 3, source.getUint8(position) === encoded.VALUE_TRUE ? 1 : 0);
        return at + 4;
      case encoded.VALUE_REDACTED:
        this.position = position + 1;
        if (at + LEAF_BYTES + REDACTED.length + REDACTED.units.length * 8 > this.#limit) return -1;
        out.setUint8(at + 1, 2 + REDACTED.length);
        out.setUint16(at + 2, VALUE_STRING | (REDACTED.length << 8), true);
        return writeSegment(out, at + 4, REDACTED);
      case encoded.VALUE_BYTES: {
        const length = source.getInt32(position + 1, true);
        this.position = position + 5 + length;
        return this.#run(at + 1, VALUE_BYTES, position + 5, length);
      }
      case encoded.VALUE_BIGINT: {
        const length = source.getInt32(position + 1, true);
        this.position = position + 5 + length;
        const value = BigInt(Buffer.from(this.#bytes.subarray(position + 5, this.position)).toString('latin1'));
        if (BigInt.asIntN(64, value) !== value) return this.#run(at + 1, VALUE_STRING, position + 5, length);
        return this.#int64(at + 1, value);
      }
      default:
        this.position = position + 1;
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

  /** Lengths of AnyValue and of the list in it, and its elements. */
  #elements(start: number, isMap: boolean): number {
    const source = this.#source;
    const out = this.#out;
    let { position } = this;
    const count = source.getInt32(position + 1, true);
    position += 5;
    this.position = position;
    // Both lengths take as many bytes, nearly always.
    const guess = count < LEAST_TWO ? 1 : count * ELEMENT_BYTES < 2 ** 13 ? 2 : 3;
    const first = start + guess + 1 + guess;
    let at = first;
    for (let i = 0; i < count; i++) {
      at = isMap ? this.#pair(at) : this.#value(at, LIST_ELEMENT);
      if (at < 0) return at;
    }
    const length = at - first;
    const inner = varintBytes(length);
    const outer = varintBytes(1 + inner + length);
    const content = start + outer + 1 + inner;
    if (content !== first) {
      if (content + length > this.#limit) return -1;
      this.#outBytes.copyWithin(content, first, at);
    }
    const middle = writeVarint(out, start, 1 + inner + length);
    out.setUint8(middle, isMap ? VALUE_MAP : VALUE_ARRAY);
    writeVarint(out, middle + 1, length);
    return content + length;
  }

  /** A key with its value, as an element of a map. */
  #pair(start: number): number {
    const source = this.#source;
    const out = this.#out;
    const { position } = this;
    const keyBytes = source.getInt32(position, true);
    const key = position + 4;
    if (start + LEAF_BYTES + keyBytes + 8 > this.#limit) return -1;
    this.position = key + keyBytes;
    out.setUint8(start, LIST_ELEMENT);
    // Nearly all are short.
    const first = start + 2;
    out.setUint8(first, ATTRIBUTE_KEY);
    let at = this.#copy(writeVarint(out, first + 1, keyBytes), key, keyBytes);
    at = this.#value(at, ATTRIBUTE_VALUE);
    if (at < 0) return at;
    const length = at - first;
    const extra = varintBytes(length) - 1;
    if (extra > 0) {
      if (at + extra > this.#limit) return -1;
      this.#outBytes.copyWithin(first + extra, first, at);
    }
    writeVarint(out, start + 1, length);
    return at + extra;
  }
}
