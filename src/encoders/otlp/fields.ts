/**
 * Attributes of an OTLP log record, written straight into the output. An attribute is
 *
 * ```
 * tag  length  | key (a segment, see keySegment)  | length of the value  | tag of its kind, and the value
 * ```
 */
import { type Segment, writeSegment } from '../segment.ts';
import { RECORD_ATTRIBUTE, VALUE_BOOL, VALUE_STRING } from './tags.ts';
import { varintBytes, writeVarint } from './varint.ts';

/** Most bytes of an attribute beside its key and its text: tag, three lengths of up to three bytes and two tags, or an integer of ten bytes. */
export const ATTRIBUTE_BYTES = 24;

/** Longest attribute whose lengths all take one byte, as nearly all do. */
const SHORT_BYTES = 0x7f;

export function writeBooleanAttribute(view: DataView, start: number, key: Segment, value: boolean): number {
  const at = writeHead(view, start, key, 2, VALUE_BOOL);
  view.setUint8(at, value ? 1 : 0);
  return at + 1;
}

/** Null and undefined: a value without a kind. */
export function writeEmptyAttribute(view: DataView, start: number, key: Segment): number {
  return writeHead(view, start, key, 0, 0) - 1;
}

/** Everything of a text attribute up to its bytes, which are to follow. */
export function writeTextAttributeHead(view: DataView, start: number, key: Segment, textBytes: number): number {
  const bytes = key.length + 3 + textBytes;
  if (bytes > SHORT_BYTES) {
    const at = writeLongHead(view, start, key, 1 + varintBytes(textBytes) + textBytes, VALUE_STRING);
    return writeVarint(view, at, textBytes);
  }
  view.setUint16(start, RECORD_ATTRIBUTE | (bytes << 8), true);
  const at = writeSegment(view, start + 2, key);
  view.setInt32(at, (textBytes + 2) | (VALUE_STRING << 8) | (textBytes << 16), true);
  return at + 3;
}

/** Everything up to the value's own tag, for a value that takes `valueBytes` with it. */
export function writeHead(view: DataView, start: number, key: Segment, valueBytes: number, tag: number): number {
  const bytes = key.length + 1 + valueBytes;
  if (bytes > SHORT_BYTES) return writeLongHead(view, start, key, valueBytes, tag);
  view.setUint16(start, RECORD_ATTRIBUTE | (bytes << 8), true);
  const at = writeSegment(view, start + 2, key);
  view.setUint16(at, valueBytes | (tag << 8), true);
  return at + 2;
}

function writeLongHead(view: DataView, start: number, key: Segment, valueBytes: number, tag: number): number {
  view.setUint8(start, RECORD_ATTRIBUTE);
  let at = writeVarint(view, start + 1, key.length + varintBytes(valueBytes) + valueBytes);
  at = writeVarint(view, writeSegment(view, at, key), valueBytes);
  view.setUint8(at, tag);
  return at + 1;
}

/** Tag and length of a text. */
export function writeTextHead(view: DataView, at: number, tag: number, textBytes: number): number {
  view.setUint8(at, tag);
  return writeVarint(view, at + 1, textBytes);
}
