/**
 * Attributes of an OTLP log record, written straight into the output. An attribute is
 *
 * ```
 * tag  length  | key (a segment, see keySegment)  | length of the value  | tag of its kind, and the value
 * ```
 */
import { RECORD_ATTRIBUTE, VALUE_BOOL, VALUE_DOUBLE, VALUE_INT, VALUE_STRING } from './otlp-tags.ts';
import { type Segment, writeSegment } from './segment.ts';
import { isInt64, varintBytes, writeVarint } from './varint.ts';

/** Most bytes of an attribute beside its key and its text: tag, three lengths of up to three bytes and two tags, or an integer of ten bytes. */
export const ATTRIBUTE_BYTES = 24;

/** Longest attribute whose lengths all take one byte. Nearly all do; the functions below write them with few stores and leave others to `writeHead`. */
const SHORT_BYTES = 0x7f;

/** Everything before the value's own tag, for a value of `valueBytes`. */
function writeHead(view: DataView, start: number, key: Segment, valueBytes: number): number {
  view.setUint8(start, RECORD_ATTRIBUTE);
  const at = writeVarint(view, start + 1, key.length + varintBytes(valueBytes) + valueBytes);
  return writeVarint(view, writeSegment(view, at, key), valueBytes);
}

/** Writes `keyBytes`-and-value length behind the tag, then the key. */
function writeShortHead(view: DataView, start: number, key: Segment, bytes: number): number {
  view.setUint16(start, RECORD_ATTRIBUTE | (bytes << 8), true);
  return writeSegment(view, start + 2, key);
}

export function writeNumberAttribute(view: DataView, start: number, key: Segment, value: number): number {
  if (isInt64(value)) return writeIntegerAttribute(view, start, key, value);
  const bytes = key.length + 10;
  let at: number;
  if (bytes <= SHORT_BYTES) {
    at = writeShortHead(view, start, key, bytes);
    view.setUint8(at++, 9);
  } else {
    at = writeHead(view, start, key, 9);
  }
  view.setUint8(at, VALUE_DOUBLE);
  view.setFloat64(at + 1, value, true);
  return at + 9;
}

function writeIntegerAttribute(view: DataView, start: number, key: Segment, value: number): number {
  const valueBytes = 1 + varintBytes(value);
  const bytes = key.length + 1 + valueBytes;
  let at: number;
  if (bytes <= SHORT_BYTES) {
    at = writeShortHead(view, start, key, bytes);
    view.setUint8(at++, valueBytes);
  } else {
    at = writeHead(view, start, key, valueBytes);
  }
  view.setUint8(at, VALUE_INT);
  return writeVarint(view, at + 1, value);
}

export function writeBooleanAttribute(view: DataView, start: number, key: Segment, value: boolean): number {
  const at = writeHead(view, start, key, 2);
  view.setUint16(at, value ? VALUE_BOOL | 0x100 : VALUE_BOOL, true);
  return at + 2;
}

/** Null and undefined: a value without a kind. */
export function writeEmptyAttribute(view: DataView, start: number, key: Segment): number {
  return writeHead(view, start, key, 0);
}

/** Everything of a text attribute up to its bytes, which are to follow. */
export function writeTextAttributeHead(view: DataView, start: number, key: Segment, textBytes: number): number {
  const bytes = key.length + 3 + textBytes;
  if (bytes > SHORT_BYTES) {
    const at = writeHead(view, start, key, 1 + varintBytes(textBytes) + textBytes);
    return writeTextHead(view, at, VALUE_STRING, textBytes);
  }
  const at = writeShortHead(view, start, key, bytes);
  view.setInt32(at, (textBytes + 2) | (VALUE_STRING << 8) | (textBytes << 16), true);
  return at + 3;
}

/** `value` is an attribute's field `value`, tag and length included: its tag is the last byte of the key segment, too. */
export function writeEncodedAttribute(view: DataView, start: number, key: Segment, value: Segment): number {
  view.setUint8(start, RECORD_ATTRIBUTE);
  const at = writeSegment(view, writeVarint(view, start + 1, key.length - 1 + value.length), key);
  return writeSegment(view, at - 1, value);
}

/** Tag and length of a text. */
export function writeTextHead(view: DataView, at: number, tag: number, textBytes: number): number {
  view.setUint8(at, tag);
  return writeVarint(view, at + 1, textBytes);
}
