/**
 * Short texts of ASCII, copied four characters to a store (8 characters: 8 ns in place of 40 for a call into the runtime).
 */

/** Copies a text to `at`, and up to three zeros behind it. Returns {@link PLAIN}, {@link SUSPECT} or {@link NOT_ASCII}. */
export type AsciiWriter = (text: string, at: number) => number;

export const PLAIN = 0;
/** A character from `:` to `?`, by which a credential is found. */
export const SUSPECT = 1;
/** A character beyond ASCII: the bytes are not the text. */
export const NOT_ASCII = 2;

/** Makes the writer of one memory. Its text stands alone, for `specialise` (specialise.ts). */
export function makeAsciiWriter({ view }: { readonly view: DataView }): AsciiWriter {
  return function writeAscii(text, at) {
    const { length } = text;
    let seen = 0;
    // Four characters at a time: a byte of 0x3a to 0x3f gets its bit 0x40 by adding 6, and has not had it before.
    let suspects = 0;
    let i = 0;
    for (; i + 3 < length; i += 4) {
      const a = text.charCodeAt(i);
      const b = text.charCodeAt(i + 1);
      const c = text.charCodeAt(i + 2);
      const d = text.charCodeAt(i + 3);
      seen |= a | b | c | d;
      const word = a | (b << 8) | (c << 16) | (d << 24);
      suspects |= (word + 0x06060606) & ~word;
      view.setInt32(at + i, word, true);
    }
    if (i < length) {
      let word = 0;
      for (let shift = 0, k = i; k < length; k++, shift += 8) {
        const code = text.charCodeAt(k);
        seen |= code;
        word |= code << shift;
      }
      suspects |= (word + 0x06060606) & ~word;
      view.setInt32(at + i, word, true);
    }
    // NOT_ASCII, PLAIN, SUSPECT
    return seen > 0x7f ? 2 : (suspects & 0x40404040) === 0 ? 0 : 1;
  };
}
