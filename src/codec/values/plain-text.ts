/**
 * Texts, numbers and keys in the memory of plain-memory.ts. Short ASCII texts are copied four characters to a store, without a call into the runtime (8
 * characters: 8 ns in place of 40).
 */
import { mayHoldSecrets } from '../../common/mask-secrets.ts';
import { plainBytes, plainView } from './plain-memory.ts';
import { VALUE_NUMBER, VALUE_TEXT } from './value.ts';
import { SHORT_UNITS } from './value-bytes.ts';

/** Node's own internal name for `write(…, 'utf8')` without its argument checks, stable since Node 4. */
const utf8 = plainBytes as unknown as { utf8Write(text: string, offset: number, length: number): number };

/** In place of a position: the text is for {@link writeLongText}. */
export const NOT_SHORT = -1;

export function writeNumber(value: number, at: number): number {
  plainView.setUint8(at, VALUE_NUMBER);
  plainView.setFloat64(at + 1, value, true);
  return at + 9;
}

/**
 * A short text of ASCII, with its tag. {@link NOT_SHORT} for other texts, and for those that may hold a credential: a credential is found by `:` and `=`, which
 * are tested four characters at a time (a byte of 0x3a to 0x3f gets its bit 0x40 by adding 6, and has not had it before).
 */
export function writeShortText(text: string, at: number): number {
  const { length } = text;
  if (length > SHORT_UNITS) return NOT_SHORT;
  const start = at + 5;
  let seen = 0;
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
    plainView.setInt32(start + i, word, true);
  }
  if (i < length) {
    let word = 0;
    for (let shift = 0, k = i; k < length; k++, shift += 8) {
      const code = text.charCodeAt(k);
      seen |= code;
      word |= code << shift;
    }
    suspects |= (word + 0x06060606) & ~word;
    plainView.setInt32(start + i, word, true);
  }
  if (seen > 0x7f || ((suspects & 0x40404040) !== 0 && mayHoldSecrets(text))) return NOT_SHORT;
  plainView.setUint8(at, VALUE_TEXT);
  plainView.setInt32(at + 1, length, true);
  return start + length;
}

/** Any text, with its tag. There must be room for three bytes for each of its UTF-16 units. */
export function writeLongText(text: string, at: number): number {
  plainView.setUint8(at, VALUE_TEXT);
  return writeRun(text, at + 1);
}

/** Length and UTF-8 bytes: a key, or a text behind its tag. */
export function writeRun(text: string, at: number): number {
  const bytes = utf8.utf8Write(text, at + 4, text.length * 3);
  plainView.setInt32(at, bytes, true);
  return at + 4 + bytes;
}
