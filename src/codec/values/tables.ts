/**
 * Arrays of numbers or of short texts, and arrays of short rows of them (the levels of an order book), as one block: a level of price and quantity takes 16 bytes in
 * place of 23 as numbers and of 29 as texts, with a third of the stores, and readers look at no tag between the cells. Both writers of values use these functions,
 * so that both make the same bytes.
 */
import { type AsciiWriter, makeAsciiWriter, PLAIN } from '../../common/ascii.ts';
import { VALUE_NUMBERS, VALUE_TEXTS } from './value.ts';

/** In place of a position: the array is no table, and bytes written until then do not count. */
export const NO_TABLE = -1;

/** Bytes of tag, count, width and missing elements. */
export const NUMBERS_HEAD_BYTES = 10;
/** The same, and the length of all cells. */
export const TEXTS_HEAD_BYTES = 14;

/** Fewer elements are shorter one by one. */
const LEAST_CELLS = 8;
const LEAST_ROWS = 4;
/** Cells of a row. A longer one is a table of its own. */
export const MOST_WIDTH = LEAST_CELLS - 1;
/** Longest text of a cell. Longer ones are never part of a table. */
const MOST_CELL_UNITS = 40;
/** Bytes that are written beyond a cell: whole words are stored. */
export const CELL_SLACK = 4;

/** Elements of an array, as far as any are written. */
export const MAX_ELEMENTS = 1000;

/** Tag, number of elements, cells in each of them (0: the elements are the cells), elements of the array that are left out. */
export function writeTableHead(view: DataView, at: number, tag: number, count: number, width: number, missing: number): void {
  view.setUint8(at, tag);
  view.setInt32(at + 1, count, true);
  view.setUint8(at + 5, width);
  view.setInt32(at + 6, missing, true);
}

/** Elements of a typed array that are written where `room` bytes are left. */
export function keptNumbers(length: number, room: number): number {
  return Math.max(0, Math.min(length, MAX_ELEMENTS, Math.floor((room - NUMBERS_HEAD_BYTES) / 8)));
}

/** Most bytes that an array would take as a table; 0: it is none. Looks at its first element only. */
export function mostTableBytes(array: readonly unknown[]): number {
  try {
    const { length } = array;
    if (length < LEAST_ROWS || length > MAX_ELEMENTS) return 0;
    const first = array[0];
    if (!Array.isArray(first)) return length < LEAST_CELLS ? 0 : mostBytes(length, first);
    const width = first.length;
    return width === 0 || width > MOST_WIDTH ? 0 : mostBytes(length * width, first[0]);
  } catch {
    return 0;
  }
}

function mostBytes(cells: number, first: unknown): number {
  if (typeof first === 'number') return NUMBERS_HEAD_BYTES + cells * 8;
  return typeof first === 'string' ? TEXTS_HEAD_BYTES + cells * (1 + MOST_CELL_UNITS) + CELL_SLACK : 0;
}

/** Writes an array that may be a table to `start`, in at most `room` bytes; returns where it ends, or {@link NO_TABLE}. */
export type TableWriter = (start: number, array: readonly unknown[], room: number) => number;

interface TableConstants {
  readonly view: DataView;
  readonly writeAscii: AsciiWriter;
  readonly plain: number;
  readonly writeHead: typeof writeTableHead;
  readonly noTable: number;
  readonly numbersHeadBytes: number;
  readonly textsHeadBytes: number;
  readonly mostCellUnits: number;
  readonly numbersTag: number;
  readonly textsTag: number;
}

/** What {@link makeTableWriter} needs to write into `view`. */
export function tableConstants(view: DataView, writeAscii: AsciiWriter = makeAsciiWriter({ view })): TableConstants {
  return {
    view,
    writeAscii,
    plain: PLAIN,
    writeHead: writeTableHead,
    noTable: NO_TABLE,
    numbersHeadBytes: NUMBERS_HEAD_BYTES,
    textsHeadBytes: TEXTS_HEAD_BYTES,
    mostCellUnits: MOST_CELL_UNITS,
    numbersTag: VALUE_NUMBERS,
    textsTag: VALUE_TEXTS,
  };
}

/**
 * Its text stands alone, for `specialise` (common/specialise.ts): with the memory as a constant of the code, a table of texts takes 0.94 of the time, one of
 * numbers 0.9.
 */
export function makeTableWriter(constants: TableConstants): TableWriter {
  const { view, writeAscii, plain, writeHead, noTable, numbersHeadBytes, textsHeadBytes, mostCellUnits, numbersTag, textsTag } =
    constants;

  function writeTable(start: number, array: readonly unknown[], room: number): number {
    try {
      const first = array[0];
      if (!Array.isArray(first))
        return typeof first === 'number' ? writeNumbers(start, array, room) : writeTexts(start, array, room);
      const { length } = first;
      return typeof first[0] === 'number'
        ? writeNumberRows(start, array, length, room)
        : writeTextRows(start, array, length, room);
    } catch {
      // A getter or a proxy among the elements: written one by one, only this one is missing.
      return noTable;
    }
  }

  function writeNumbers(start: number, array: readonly unknown[], room: number): number {
    const { length } = array;
    if (numbersHeadBytes + length * 8 > room) return noTable;
    let at = start + numbersHeadBytes;
    for (let i = 0; i < length; i++) {
      const value = array[i];
      if (typeof value !== 'number') return noTable;
      view.setFloat64(at, value, true);
      at += 8;
    }
    writeHead(view, start, numbersTag, length, 0, 0);
    return at;
  }

  function writeNumberRows(start: number, array: readonly unknown[], width: number, room: number): number {
    const { length } = array;
    if (numbersHeadBytes + length * width * 8 > room) return noTable;
    let at = start + numbersHeadBytes;
    for (let i = 0; i < length; i++) {
      const row = array[i];
      if (!Array.isArray(row) || row.length !== width) return noTable;
      for (let k = 0; k < width; k++) {
        const value: unknown = row[k];
        if (typeof value !== 'number') return noTable;
        view.setFloat64(at, value, true);
        at += 8;
      }
    }
    writeHead(view, start, numbersTag, length, width, 0);
    return at;
  }

  function writeTexts(start: number, array: readonly unknown[], room: number): number {
    const { length } = array;
    const lastAt = start + room - 1 - mostCellUnits;
    let at = start + textsHeadBytes;
    for (let i = 0; i < length; i++) {
      const text = array[i];
      if (typeof text !== 'string' || at > lastAt) return noTable;
      at = writeCell(at, text);
      if (at < 0) return noTable;
    }
    writeHead(view, start, textsTag, length, 0, 0);
    view.setInt32(start + numbersHeadBytes, at - start - textsHeadBytes, true);
    return at;
  }

  function writeTextRows(start: number, array: readonly unknown[], width: number, room: number): number {
    const { length } = array;
    const lastAt = start + room - 1 - mostCellUnits;
    let at = start + textsHeadBytes;
    for (let i = 0; i < length; i++) {
      const row = array[i];
      if (!Array.isArray(row) || row.length !== width) return noTable;
      for (let k = 0; k < width; k++) {
        const text: unknown = row[k];
        if (typeof text !== 'string' || at > lastAt) return noTable;
        at = writeCell(at, text);
        if (at < 0) return noTable;
      }
    }
    writeHead(view, start, textsTag, length, width, 0);
    view.setInt32(start + numbersHeadBytes, at - start - textsHeadBytes, true);
    return at;
  }

  /** Length and bytes of a short text of ASCII. {@link NO_TABLE} for other texts, and for those that `writeShortText` (plain-text.ts) would look further into. */
  function writeCell(start: number, text: string): number {
    const { length } = text;
    if (length > mostCellUnits) return noTable;
    view.setUint8(start, length);
    return writeAscii(text, start + 1) === plain ? start + 1 + length : noTable;
  }

  return writeTable;
}
