/**
 * A text from outside (the answer of a server, a line of a file, what was thrown) for a place that has one line: `health()`, a warning, a table. Its control
 * characters could move the cursor of a terminal, or write to its clipboard.
 */

/** Line breaks and blanks, and what is not seen: control characters, marks of direction, halves of pairs. */
const UNSEEN = /[\s\p{C}]+/gu;

/** At most so many characters, and a mark of more. */
export function oneLine(text: string, mostCharacters: number): string {
  const line = text.replace(UNSEEN, ' ').trim();
  return line.length > mostCharacters ? `${line.slice(0, mostCharacters)}…` : line;
}
