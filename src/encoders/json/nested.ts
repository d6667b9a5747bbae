/**
 * Encoded values (codec/values/value.ts) → JSON, from bytes to bytes. The form is that of value.ts in this folder, which encodes decoded values.
 */

import { REDACTED_TEXT } from '../../codec/layout.ts';
import {
  VALUE_ARRAY,
  VALUE_BIGINT,
  VALUE_BYTES,
  VALUE_FALSE,
  VALUE_MAP,
  VALUE_NUMBER,
  VALUE_REDACTED,
  VALUE_TEXT,
  VALUE_TRUE,
} from '../../codec/values/value.ts';
import { writeNumber } from '../digits.ts';
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
const CLOSE_MAP = 0x7d;

/** Bytes of a redacted value beyond the bound for each byte of a frame; see BYTES_PER_UNIT in lines.ts. All other values stay within that bound. */
const REDACTED_BEYOND = REDACTED.length + 1 - ESCAPE_BYTES;

/** A cursor over encoded values, and its output. One for each encoder; made for one ring. */
export class NestedJson {
  /** Position behind the value that was written last. */
  position = 0;
  /** Bytes that values took beyond {@link ESCAPE_BYTES} for each of their own. */
  beyond = 0;
  readonly #source: DataView;
  readonly #bytes: Uint8Array;
  #out: DataView;
  #spare = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#source = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#out = this.#source;
  }

  /**
   * Writes the value that stands at `from` of the source to `at`; returns where it ends; negative: it takes more than `spare` bytes beyond those that every
   * value may take.
   */
  write(out: DataView, at: number, from: number, spare: number): number {
    this.#out = out;
    this.#spare = spare;
    this.beyond = 0;
    this.position = from;
    return this.#value(at);
  }

  #value(at: number): number {
    const source = this.#source;
    const out = this.#out;
    const { position } = this;
    switch (source.getUint8(position)) {
      case VALUE_NUMBER: {
        this.position = position + 9;
        const value = source.getFloat64(position + 1, true);
        return value - value === 0 ? writeNumber(out, at, value) : writeSegment(out, at, textSegment(jsonNumber(value)));
      }
      case VALUE_TEXT: {
        const length = source.getInt32(position + 1, true);
        this.position = position + 5 + length;
        return writeJsonRun(out, at, source, this.#bytes, position + 5, length);
      }
      case VALUE_ARRAY:
        return this.#array(at);
      case VALUE_MAP:
        return this.#map(at);
      case VALUE_TRUE:
        this.position = position + 1;
        return writeSegment(out, at, TRUE);
      case VALUE_FALSE:
        this.position = position + 1;
        return writeSegment(out, at, FALSE);
      case VALUE_REDACTED:
        this.position = position + 1;
        this.beyond += REDACTED_BEYOND;
        return this.beyond > this.#spare ? -1 : writeSegment(out, at, REDACTED);
      case VALUE_BIGINT:
        return this.#ascii(at, jsonValue(BigInt(this.#latin1())));
      case VALUE_BYTES: {
        const length = source.getInt32(position + 1, true);
        this.position = position + 5 + length;
        return this.#ascii(at, jsonValue(this.#bytes.subarray(position + 5, position + 5 + length)));
      }
      default:
        this.position = position + 1;
        return writeSegment(out, at, NULL);
    }
  }

  #array(start: number): number {
    const count = this.#count();
    const out = this.#out;
    out.setUint8(start, OPEN_LIST);
    let at = start + 1;
    for (let i = 0; i < count; i++) {
      if (i > 0) out.setUint8(at++, COMMA);
      at = this.#value(at);
      if (at < 0) return at;
    }
    out.setUint8(at, CLOSE_LIST);
    return at + 1;
  }

  #map(start: number): number {
    const count = this.#count();
    const source = this.#source;
    const out = this.#out;
    out.setUint8(start, OPEN_MAP);
    let at = start + 1;
    for (let i = 0; i < count; i++) {
      if (i > 0) out.setUint8(at++, COMMA);
      const { position } = this;
      const length = source.getInt32(position, true);
      this.position = position + 4 + length;
      at = writeJsonRun(out, at, source, this.#bytes, position + 4, length);
      out.setUint8(at, COLON);
      at = this.#value(at + 1);
      if (at < 0) return at;
    }
    out.setUint8(at, CLOSE_MAP);
    return at + 1;
  }

  /** Of the array or map whose tag stands here. */
  #count(): number {
    this.position += 5;
    return this.#source.getInt32(this.position - 4, true);
  }

  /** Digits of a bigint. */
  #latin1(): string {
    const start = this.position + 5;
    this.position = start + this.#source.getInt32(this.position + 1, true);
    return Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset + start, this.position - start).toString('latin1');
  }

  #ascii(at: number, text: string): number {
    for (let i = 0; i < text.length; i++) this.#out.setUint8(at + i, text.charCodeAt(i));
    return at + text.length;
  }
}
