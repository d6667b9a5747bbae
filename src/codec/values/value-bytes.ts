/**
 * The bytes of encoded values (value.ts): memory that grows, and a budget beyond which texts are cut.
 */
import {
  CELL_SLACK,
  keptNumbers,
  makeTableWriter,
  mostTableBytes,
  NO_TABLE,
  NUMBERS_HEAD_BYTES,
  type TableWriter,
  tableConstants,
  writeTableHead,
} from './tables.ts';
import {
  type VALUE_ARRAY,
  VALUE_BIGINT,
  VALUE_BYTES,
  type VALUE_MAP,
  VALUE_NUMBER,
  VALUE_NUMBERS,
  VALUE_REDACTED,
  VALUE_TEXT,
} from './value.ts';
import { bigintText, cutAt, cutText, keptUnits, MARK_BYTES, missingText } from './value-texts.ts';

/** Longest key. */
export const MAX_KEY_BYTES = 1024;

/** Bytes beyond its budget that a value may take for small members. */
export const GRACE_BYTES = 8192;

/**
 * Longest text, in UTF-16 units, that is never cut: with its mark it would hardly be shorter. plain-text.ts copies texts of this length without looking at the room
 * that is left; both writers must agree on it, or the same value is cut in one place and whole in another.
 */
export const SHORT_UNITS = 40;

export class ValueBytes {
  bytes: Buffer;
  position = 0;
  /** The count of each mark of missing parts, by the start of the marked text: a value that is cut again adds to it. Almost always empty. */
  readonly marks = new Map<number, number>();
  /** No value is begun beyond this position; see `begin`. */
  protected end = 0;
  /** Of the memory at hand. */
  #writeTable: TableWriter | undefined;

  constructor(initialBytes: number) {
    this.bytes = Buffer.allocUnsafeSlow(initialBytes);
  }

  /** Starts a value of at most `budget` bytes (roughly: marks may go over by {@link MARK_BYTES} each). Returns where it starts. */
  begin(budget: number): number {
    if (this.marks.size > 0) this.#forgetMarks();
    this.end = this.position + budget;
    return this.position;
  }

  /** True when the budget is used up: no further elements of arrays, and no long texts. */
  get isFull(): boolean {
    return this.position >= this.end;
  }

  /** True when the room beyond the budget, for small members of a large object, is used up too. */
  get isOver(): boolean {
    return this.position >= this.end + GRACE_BYTES;
  }

  /** Stands in place of elements or entries that are left out. */
  missing(count: number, what: 'elements' | 'entries'): void {
    this.marks.set(this.position, count);
    this.#text(VALUE_TEXT, missingText(count, what));
  }

  /** The bytes behind the present position are discarded. */
  #forgetMarks(): void {
    for (const place of this.marks.keys()) if (place >= this.position) this.marks.delete(place);
  }

  tag(tag: number): void {
    this.#room(1);
    this.bytes[this.position++] = tag;
  }

  number(value: number): void {
    this.#room(9);
    this.bytes[this.position] = VALUE_NUMBER;
    this.bytes.writeDoubleLE(value, this.position + 1);
    this.position += 9;
  }

  redacted(): void {
    this.tag(VALUE_REDACTED);
  }

  /** Starts an array or map; give the returned place to {@link close} with the number of elements written. */
  open(tag: typeof VALUE_ARRAY | typeof VALUE_MAP): number {
    this.#room(5);
    this.bytes[this.position] = tag;
    this.position += 5;
    return this.position - 4;
  }

  close(place: number, count: number): void {
    this.bytes.writeUInt32LE(count, place);
  }

  text(value: string): void {
    const room = this.end - this.position;
    if (value.length * 3 <= room || value.length <= SHORT_UNITS) return this.#text(VALUE_TEXT, value);
    const kept = keptUnits(value, room);
    if (kept < value.length) this.marks.set(this.position, value.length - kept);
    this.#text(VALUE_TEXT, cutAt(value, kept));
  }

  key(value: string): void {
    this.#run(cutText(value, MAX_KEY_BYTES));
  }

  digits(value: bigint): void {
    const digits = bigintText(value);
    // Cut digits would be another number, and with a mark no number: a value that might be cut, or has no digits, is written as a text.
    if ((digits.length > SHORT_UNITS && digits.length > this.end - this.position - MARK_BYTES) || digits.startsWith('['))
      this.text(digits);
    else this.#text(VALUE_BIGINT, digits);
  }

  #text(tag: number, value: string): void {
    this.#room(1);
    this.bytes[this.position++] = tag;
    this.#run(value);
  }

  /** Length and UTF-8 bytes. Lone surrogates become U+FFFD. */
  #run(value: string): void {
    this.#room(4 + value.length * 3);
    const length = this.bytes.write(value, this.position + 4, 'utf8');
    this.bytes.writeUInt32LE(length, this.position);
    this.position += 4 + length;
  }

  binary(value: Uint8Array): void {
    const left = Math.max(0, this.end - this.position - MARK_BYTES);
    if (value.byteLength > left) return this.text(`[${value.byteLength} bytes]`);
    this.#room(5 + value.byteLength);
    this.bytes[this.position] = VALUE_BYTES;
    this.bytes.writeUInt32LE(value.byteLength, this.position + 1);
    this.bytes.set(value, this.position + 5);
    this.position += 5 + value.byteLength;
  }

  /** An array of numbers or short texts, or of rows of them, if it is a table and has room (tables.ts). False: nothing is written. */
  protected table(array: readonly unknown[]): boolean {
    const most = mostTableBytes(array);
    const room = this.end - this.position;
    if (most === 0 || room <= 0) return false;
    const start = this.position;
    const reserved = Math.min(most, room) + CELL_SLACK;
    this.#room(reserved);
    this.#writeTable ??= makeTableWriter(tableConstants(this.#view()));
    const { bytes } = this;
    // An element may be a getter that logs: a call inside this one writes behind the table.
    this.position = start + reserved;
    const end = this.#writeTable(start, array, room);
    this.position = end === NO_TABLE ? start : end;
    // Such a call may have needed larger memory.
    if (this.bytes !== bytes) bytes.copy(this.bytes, start, start, this.position);
    return end !== NO_TABLE;
  }

  /** A typed array. */
  protected numbers(array: ArrayLike<number>): void {
    const { length } = array;
    const kept = keptNumbers(length, this.end - this.position);
    this.#room(NUMBERS_HEAD_BYTES + kept * 8);
    const view = this.#view();
    writeTableHead(view, this.position, VALUE_NUMBERS, kept, 0, length - kept);
    this.position += NUMBERS_HEAD_BYTES;
    for (let i = 0; i < kept; i++, this.position += 8) view.setFloat64(this.position, array[i], true);
  }

  #view(): DataView {
    const { buffer, byteOffset, byteLength } = this.bytes;
    return new DataView(buffer, byteOffset, byteLength);
  }

  /** An encoded value that stands in `source`, or further ahead here, with the counts of its marks. */
  copy(
    from: number,
    to: number,
    source: { readonly bytes: Uint8Array; readonly marks: ReadonlyMap<number, number> } = this,
  ): void {
    for (const [place, count] of source.marks) {
      if (place >= from && place < to) this.marks.set(place - from + this.position, count);
    }
    this.append(source.bytes, from, to);
  }

  /** Bytes that are an encoded value already. */
  append(source: Uint8Array, from: number, to: number): void {
    this.#room(to - from);
    this.bytes.set(source.subarray(from, to), this.position);
    this.position += to - from;
  }

  #room(bytes: number): void {
    if (this.position + bytes <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.position + bytes));
    this.bytes.copy(grown, 0, 0, this.position);
    this.bytes = grown;
    this.#writeTable = undefined;
  }
}
