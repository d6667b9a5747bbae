/**
 * Text for people, made harmless: a character that could move a terminal's cursor, end a line or change the order of the text becomes a visible escape.
 */
import { fixText } from './fix-text.ts';

/** C0 controls, DEL, C1 controls, line and paragraph separators, marks of direction, byte order mark, and halves of surrogate pairs. */
const HARMFUL = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu;

const SHORT_ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** `text` on one line. A backslash stays as it is: the text is for people, not for parsers. */
export function visibleText(text: string): string {
  return fixText(text).replace(HARMFUL, escapeOf);
}

function escapeOf(character: string): string {
  const code = character.charCodeAt(0);
  return SHORT_ESCAPES[character] ?? (code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`);
}
