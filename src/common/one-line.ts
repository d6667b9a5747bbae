/** A text from outside, for a place of one line: `health()`, a warning, a table. A terminal would obey its control characters. */

/**
 * Control and format characters (so also those that turn the direction of a line), ends of lines and half characters. Not the two joiners, which emoji, Persian
 * and Indian scripts are written with, and not characters that are newer than this Node.
 */
const UNSEEN = /[[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]--[\u200c\u200d]]/v;
/** With the blanks around it: the indentation of a line that becomes part of one. */
const GAP = /[[\s\p{Cc}\p{Cf}\p{Cs}]--[\u200c\u200d]]+/gv;

/** At most so many characters (UTF-16 units), and a mark of more. Blanks that separate words stay: a path may have two. */
export function oneLine(text: string, mostCharacters: number): string {
  const line = text.replace(GAP, (gap) => (UNSEEN.test(gap) ? ' ' : gap)).trim();
  return line.length > mostCharacters ? `${cutTo(line, mostCharacters)}…` : line;
}

/** The first `units` of a text, one less where that would split a character in two. */
export function cutTo(text: string, units: number): string {
  return text.slice(0, units).replace(/[\ud800-\udbff]$/, '');
}
