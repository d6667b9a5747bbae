/**
 * Text for people's eyes, made harmless: what could move a terminal's cursor, end a line or reorder what is read becomes an escape one can see.
 */
import { fixText } from './fix-text.ts';

/** C0 controls, DEL, C1 controls, line and paragraph separators, marks of direction, byte order mark, and halves of surrogate pairs. */
const HARMFUL = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu;

const SHORT_ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** `text` on one line. A backslash stays as it is: this is to be looked at, not parsed. */
export function visibleText(text: string): string {
  return fixText(text).replace(HARMFUL, escapeOf);
}

function escapeOf(character: string): string {
  const code = character.charCodeAt(0);
  return SHORT_ESCAPES[character] ?? (code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`);
}
