/**
 * Long texts of a record: measured before its frame is claimed, copied into the ring afterwards.
 */

/** Node's own internal names for `write` without its argument checks; stable since Node 4. */
interface Writable {
  latin1Write(text: string, offset: number, length: number): number;
  utf8Write(text: string, offset: number, length: number): number;
}

/** The long text that was measured last: the stack of an error that comes again is the same text each time (redaction/redaction.ts keeps it). */
let measured = '';
let measuredBytes = 0;
/** Shorter texts are measured as fast as compared. */
const LEAST_KEPT_UNITS = 256;
const MOST_KEPT_UNITS = 8_192;

/** In place of the bytes of a text that is too long: more than any frame takes. */
const TOO_LONG = 2 ** 30;

/** Bytes of a text in UTF-8. A text with more UTF-16 units than `most` is not counted to its end: it gets more bytes than any frame takes. */
export function byteLengthOf(text: string, most: number): number {
  const { length } = text;
  if (length > most) return TOO_LONG;
  if (length < LEAST_KEPT_UNITS || length > MOST_KEPT_UNITS) return Buffer.byteLength(text);
  if (text !== measured) {
    measuredBytes = Buffer.byteLength(text);
    measured = text;
  }
  return measuredBytes;
}

/** Copies a text of `length` bytes in UTF-8 to byte `at`. */
export function copyLongText(text: string, length: number, bytes: Buffer, at: number): void {
  const target = bytes as unknown as Writable;
  // A text of ASCII is copied in half the time where the runtime need not look for other characters, and for the end of its room.
  if (length === text.length) target.latin1Write(text, at, length);
  else target.utf8Write(text, at, length);
}
