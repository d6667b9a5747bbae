/**
 * Copies of texts, for those that are kept. In V8 a part of a text (`slice`, `split`, a match) refers to the whole, so that a message cut from a response would
 * keep a megabyte alive for as long as its definition stands.
 */

/** Shorter texts never refer to others (V8's `SlicedString::kMinLength`). */
const SHORT_UNITS = 13;
const MOST_UNITS = 512;

/** Node's own internal names for these, without the argument checks of `write` and `toString`; stable since Node 4. */
interface Scratch {
  latin1Write(text: string, offset: number): number;
  latin1Slice(start: number, end: number): string;
  ucs2Write(text: string, offset: number): number;
  ucs2Slice(start: number, end: number): string;
}

const scratch = Buffer.allocUnsafeSlow(MOST_UNITS * 2) as unknown as Scratch;

/** The same text, sharing no memory with any other. For texts of at most 512 UTF-16 units; longer ones are given back as they are. */
export function ownText(text: string): string {
  const { length } = text;
  if (length < SHORT_UNITS || length > MOST_UNITS) return text;
  scratch.latin1Write(text, 0);
  const copy = scratch.latin1Slice(0, length);
  if (copy === text) return copy;
  scratch.ucs2Write(text, 0);
  return scratch.ucs2Slice(0, length * 2);
}
