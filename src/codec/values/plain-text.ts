/**
 * Texts, numbers and keys in the memory of plain-memory.ts.
 */
import { type AsciiWriter, makeAsciiWriter, NOT_ASCII, SUSPECT } from '../../common/ascii.ts';
import { mayHoldSecrets } from '../../common/mask-secrets.ts';
import { specialise } from '../../common/specialise.ts';
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

/** Of this memory. */
export const writeAscii: AsciiWriter = specialise(makeAsciiWriter, { view: plainView });

/** A short text of ASCII, with its tag. {@link NOT_SHORT} for other texts, and for those that may hold a credential. */
export function writeShortText(text: string, at: number): number {
  const { length } = text;
  if (length > SHORT_UNITS) return NOT_SHORT;
  const start = at + 5;
  const found = writeAscii(text, start);
  if (found === NOT_ASCII || (found === SUSPECT && mayHoldSecrets(text))) return NOT_SHORT;
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
