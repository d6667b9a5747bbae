/**
 * Pads texts to a column of a terminal. Characters of East Asian scripts and emoji take two columns, combining marks none.
 */

const ASCII = /^[ -~]*$/;
const NO_COLUMN = /[\p{Mn}\p{Me}\p{Cf}]/u;
/** East Asian Wide and Fullwidth of UAX #11, without unassigned characters, and emoji. */
const TWO_COLUMNS =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

export function columnsOf(text: string): number {
  if (ASCII.test(text)) return text.length;
  let columns = 0;
  for (const character of text) columns += NO_COLUMN.test(character) ? 0 : TWO_COLUMNS.test(character) ? 2 : 1;
  return columns;
}

export function fillColumns(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - columnsOf(text)));
}
