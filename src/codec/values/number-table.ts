/**
 * Arrays of numbers, and arrays of short rows of numbers (the levels of an order book), as one block of doubles: 16 bytes in place of 23 for a level of price and
 * quantity, two stores in place of six, and readers look at no tag between the numbers. Both writers of values use these functions, so that both make the same bytes.
 */
import { VALUE_NUMBERS } from './value.ts';

/** In place of a position: the array is no table, and bytes written until then do not count. */
export const NO_TABLE = -1;

/** Bytes of tag, count, width and missing elements. */
export const TABLE_HEAD_BYTES = 10;

/** Fewer elements are shorter one by one. */
const LEAST_NUMBERS = 8;
const LEAST_ROWS = 4;
/** Numbers of a row. A longer one is a table of its own. */
export const MOST_WIDTH = LEAST_NUMBERS - 1;

/** Elements of an array, as far as any are written. */
export const MAX_ELEMENTS = 1000;

/** Tag, number of elements, numbers in each of them (0: the elements are the numbers), elements of the array that are left out. */
export function writeTableHead(view: DataView, at: number, count: number, width: number, missing: number): void {
  view.setUint8(at, VALUE_NUMBERS);
  view.setInt32(at + 1, count, true);
  view.setUint8(at + 5, width);
  view.setInt32(at + 6, missing, true);
}

/** Elements of a typed array that are written where `room` bytes are left. */
export function keptNumbers(length: number, room: number): number {
  return Math.max(0, Math.min(length, MAX_ELEMENTS, Math.floor((room - TABLE_HEAD_BYTES) / 8)));
}

/** Bytes that an array would take as a table; 0: it is none. Looks at its first element only. */
export function tableBytes(array: readonly unknown[]): number {
  const { length } = array;
  if (length < LEAST_ROWS || length > MAX_ELEMENTS) return 0;
  const first = array[0];
  if (typeof first === 'number') return length < LEAST_NUMBERS ? 0 : TABLE_HEAD_BYTES + length * 8;
  if (!Array.isArray(first) || first.length === 0 || first.length > MOST_WIDTH || typeof first[0] !== 'number') return 0;
  return TABLE_HEAD_BYTES + length * first.length * 8;
}

/** Writes an array for which {@link tableBytes} has found room, or returns {@link NO_TABLE}. */
export function writeTable(view: DataView, start: number, array: readonly unknown[]): number {
  const first = array[0];
  try {
    return Array.isArray(first) ? writeRows(view, start, array, first.length) : writeNumbers(view, start, array);
  } catch {
    // A getter or a proxy among the elements: written one by one, only this one is missing.
    return NO_TABLE;
  }
}

function writeNumbers(view: DataView, start: number, array: readonly unknown[]): number {
  const { length } = array;
  let at = start + TABLE_HEAD_BYTES;
  for (let i = 0; i < length; i++) {
    const value = array[i];
    if (typeof value !== 'number') return NO_TABLE;
    view.setFloat64(at, value, true);
    at += 8;
  }
  writeTableHead(view, start, length, 0, 0);
  return at;
}

function writeRows(view: DataView, start: number, array: readonly unknown[], width: number): number {
  const { length } = array;
  let at = start + TABLE_HEAD_BYTES;
  for (let i = 0; i < length; i++) {
    const row = array[i];
    if (!Array.isArray(row) || row.length !== width) return NO_TABLE;
    for (let k = 0; k < width; k++) {
      const value: unknown = row[k];
      if (typeof value !== 'number') return NO_TABLE;
      view.setFloat64(at, value, true);
      at += 8;
    }
  }
  writeTableHead(view, start, length, width, 0);
  return at;
}
