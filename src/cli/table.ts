/**
 * Aligned columns under a thin rule. The first column is text and stands left; the others are figures and stand right.
 */
import { stripVTControlCharacters } from 'node:util';
import type { Paint } from './paint.ts';

export interface Table {
  /** The first is the table's title. */
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Columns besides the first that stand left. */
  readonly left?: readonly number[];
}

const GAP = '   ';

/** Least width of the first column, so that tables that follow each other share their edge. */
const FIRST_WIDTH = 26;

/** Least width of a rule, for the same reason: a terminal's usual 80 columns, not quite. */
const RULE_WIDTH = 78;

export function renderTable({ head, rows, left = [] }: Table, paint: Paint): string[] {
  const widths = head.map((title, column) =>
    Math.max(column === 0 ? FIRST_WIDTH : 0, visible(title), ...rows.map((row) => visible(row[column] ?? ''))),
  );
  const line = (cells: readonly string[]) =>
    widths
      .map((width, column) => {
        const cell = cells[column] ?? '';
        const padding = ' '.repeat(width - visible(cell));
        return column === 0 || left.includes(column) ? cell + padding : padding + cell;
      })
      .join(GAP)
      .trimEnd();
  const rule = '─'.repeat(
    Math.max(
      RULE_WIDTH,
      widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length),
    ),
  );
  const [title, ...columns] = head;
  return [line([paint('bold', title), ...columns.map((column) => paint('dim', column))]), paint('dim', rule), ...rows.map(line)];
}

/** Columns a text takes on a terminal; everything we print is one column a character. */
function visible(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}
