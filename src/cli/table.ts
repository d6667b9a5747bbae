/**
 * Aligned columns under a thin rule. The first column is text and is aligned left; the others are figures and are aligned right. A table that is wider than its
 * terminal becomes narrower, and then loses columns: a figure is never broken over two lines.
 */
import { stripVTControlCharacters } from 'node:util';
import type { Paint } from './paint.ts';

export interface Table {
  /** The first is the table's title. */
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Further columns that are aligned left. */
  readonly left?: readonly number[];
  /** Columns that are left out first where there is no room, the first of them first. Then the last ones go. */
  readonly dispensable?: readonly number[];
}

/** Blanks between columns. */
const GAP = { usual: 3, least: 1 } as const;

/** Of the first column. With the usual width, tables that follow each other have the same edge; below the least, names cannot be read. */
const FIRST_WIDTH = { usual: 26, least: 12 } as const;

/** Of a rule, for the same reason as the first column: a terminal's usual 80 columns, not quite. */
const RULE_WIDTH = 78;

/** `columns`: of the terminal; default those of standard output, without limit where it is none. */
export function renderTable(
  table: Table,
  paint: Paint,
  columns: number = process.stdout.columns || Number.POSITIVE_INFINITY,
): string[] {
  const shown = fitted(table, columns);
  const { head, rows, left = [] } = table;
  const line = (cells: readonly string[]) =>
    shown.columns
      .map((column, position) => {
        const width = shown.widths[position];
        const cell = cut(cells[column] ?? '', width);
        const padding = ' '.repeat(width - visible(cell));
        return column === 0 || left.includes(column) ? cell + padding : padding + cell;
      })
      .join(' '.repeat(shown.gap))
      .trimEnd();
  const rule = '─'.repeat(Math.min(columns, Math.max(RULE_WIDTH, shown.total)));
  const [title, ...others] = head;
  return [line([paint('bold', title), ...others.map((column) => paint('dim', column))]), paint('dim', rule), ...rows.map(line)];
}

interface Fitted {
  /** Indices of those that are shown. */
  readonly columns: readonly number[];
  readonly widths: readonly number[];
  readonly gap: number;
  readonly total: number;
}

function fitted({ head, rows, dispensable = [] }: Table, room: number): Fitted {
  const natural = head.map((title, column) => Math.max(visible(title), ...rows.map((row) => visible(row[column] ?? ''))));
  const layout = (columns: readonly number[], first: number, gap: number): Fitted => {
    const widths = columns.map((column) => (column === 0 ? first : natural[column]));
    return { columns, widths, gap, total: widths.reduce((sum, width) => sum + width + gap, -gap) };
  };
  const all = head.map((_, column) => column);
  const order = [
    ...dispensable,
    ...all
      .slice(1)
      .reverse()
      .filter((column) => !dispensable.includes(column)),
  ];
  const usual = Math.max(FIRST_WIDTH.usual, natural[0]);
  const least = Math.min(FIRST_WIDTH.least, natural[0]);
  for (let left = 0; ; left++) {
    const columns = all.filter((column) => !order.slice(0, left).includes(column));
    const attempts = [
      layout(columns, usual, GAP.usual),
      layout(columns, natural[0], GAP.usual),
      layout(columns, natural[0], GAP.least + 1),
      layout(columns, natural[0], GAP.least),
    ];
    const narrowest = layout(columns, least, GAP.least);
    // The first column takes the rest of the width.
    const squeezed = layout(columns, Math.max(least, Math.min(natural[0], room - narrowest.total + least)), GAP.least);
    const found = [...attempts, squeezed].find(({ total }) => total <= room);
    if (found !== undefined) return found;
    if (columns.length === 1) return layout(columns, Math.max(1, room), GAP.least);
  }
}

/** A text that is too long loses its end, and its colours. */
function cut(text: string, width: number): string {
  if (visible(text) <= width) return text;
  return `${[...stripVTControlCharacters(text)].slice(0, width - 1).join('')}…`;
}

/** Columns a text takes on a terminal; everything we print is one column a character. */
function visible(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}
