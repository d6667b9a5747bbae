/**
 * Short text → UTF-8 bytes inside a frame. Four characters to a store beat every built-in below some 24 characters, because the built-ins
 * pay for crossing into C++ (measured: 11 characters 10 ns against 40).
 */

/** Longest text, in UTF-16 units, that generated writers copy. Longer ones are rare enough for the general writer. */
export const MAX_INLINE_UNITS = 36;

/** Most units of eight bytes that such a text takes: three bytes for each UTF-16 unit. */
export const MAX_INLINE_TEXT_UNITS = Math.ceil((MAX_INLINE_UNITS * 3) / 8);

const COPIED_BY_HAND = 24;

/** `buffer.write(text, offset, length, 'utf8')` without its argument checks: Node's own internal name for it, stable since Node 4. */
interface Utf8Writable {
  utf8Write(text: string, offset: number, length: number): number;
}

export type InlineTextWriter = (text: string, unit: number, slot: number) => number;

/**
 * Makes the function that copies `text` to unit offset `unit` and its byte length into `slot`, and returns the next free unit. Made for one
 * ring, so that the memory it writes to is a constant of its code.
 */
export function makeInlineTextWriter(words: Int32Array, bytes: Buffer): InlineTextWriter {
  const utf8 = bytes as unknown as Utf8Writable;
  return (text, unit, slot) => {
    const { length } = text;
    if (length <= COPIED_BY_HAND) {
      let seen = 0;
      let i = 0;
      let word = unit * 2;
      for (; i + 3 < length; i += 4) {
        const a = text.charCodeAt(i);
        const b = text.charCodeAt(i + 1);
        const c = text.charCodeAt(i + 2);
        const d = text.charCodeAt(i + 3);
        seen |= a | b | c | d;
        words[word++] = a | (b << 8) | (c << 16) | (d << 24);
      }
      let rest = 0;
      for (let shift = 0; i < length; i++, shift += 8) {
        const code = text.charCodeAt(i);
        seen |= code;
        rest |= code << shift;
      }
      words[word] = rest; // at most the slack word of the claim, when the length is a multiple of four
      if (seen < 0x80) {
        words[slot * 2] = length;
        return unit + ((length + 7) >> 3);
      }
    }
    const written = utf8.utf8Write(text, unit * 8, length * 3);
    words[slot * 2] = written;
    return unit + ((written + 7) >> 3);
  };
}
