/** A text from outside, for a place of one line: `health()`, a warning, a table. A terminal would obey its control characters. */

/** Blanks and line breaks, and what is not seen. */
const UNSEEN = /[\s\p{C}]+/gu;

/** At most so many characters, and a mark of more. */
export function oneLine(text: string, mostCharacters: number): string {
  const line = text.replace(UNSEEN, ' ').trim();
  return line.length > mostCharacters ? `${line.slice(0, mostCharacters)}…` : line;
}
