/**
 * The writers of the current audit file: up to which byte all of it is safe, and which lines behind that are the worker's own. Lines of others are read back
 * from the file. The tree of hashes over the lines is fed from here: at each sync the bytes from one safe position to the next are the lines that have come to
 * this run's files, in their order.
 */
import { plainJson } from '../common/plain-json.ts';
import type { LineFile } from '../files/line-file.ts';
import type { Steps } from '../files/steps.ts';

const NEWLINE = 10;

/** Most that is read back of a file that was there before: what others have appended to it is at its end, and a day's file may be larger than memory. */
const MOST_READ_BACK_BYTES = 16 * 1_048_576;

export class Ledger {
  /** Bytes that each line of this run contains. */
  readonly #mark: Buffer;
  #safeTo = 0;
  /** Where the file ended when it was opened. */
  #begunAt = 0;
  /** Appended by this thread since `#safeTo`. */
  #own: Uint8Array[] = [];
  #ownBytes = 0;
  #othersBytes = 0;

  constructor(run: string) {
    this.#mark = Buffer.from(`"run":${plainJson(run)}`);
  }

  /** Everything in front of this byte is on disk, as far as syncs of this file have said. */
  get safeTo(): number {
    return this.#safeTo;
  }

  /** A file has been opened, at this size. It is not known whether its contents are safe: callers may have written before the worker opened it. */
  begin(size: number): void {
    this.#begunAt = size;
    this.isSafe(Math.max(0, size - MOST_READ_BACK_BYTES));
  }

  /** This thread has appended a part of `bytes`. They are not copied: they are valid until they are safe. */
  wrote(bytes: Uint8Array, from: number, to: number): void {
    if (to <= from) return;
    this.#own.push(bytes.subarray(from, to));
    this.#ownBytes += to - from;
  }

  /** The bytes in front of `size` that this thread has appended, if no other has appended any behind the last safe position; otherwise none. */
  ownUpTo(size: number): readonly Uint8Array[] {
    return size === this.#safeTo + this.#ownBytes ? this.#own : [];
  }

  /** Whether others have appended too: a file of `size` bytes is longer than it would be by this thread alone. */
  isBehind(size: number): boolean {
    return size > this.#safeTo + this.#ownBytes;
  }

  /** Everything up to `size` is on disk. */
  isSafe(size: number): void {
    this.#safeTo = size;
    this.#own = [];
    this.#ownBytes = 0;
    this.#othersBytes = 0;
  }

  /** Whether the file holds no line that was ever safe, nor another's: all of it is written again elsewhere. */
  get isExpendable(): boolean {
    return this.#begunAt === 0 && this.#safeTo === 0 && this.#othersBytes === 0;
  }

  /** Whole lines of this run that others have appended and that are not known to be safe. Read back only where there is more than this thread wrote. */
  *others(file: LineFile): Steps<Uint8Array> {
    const size = yield* file.look();
    this.#othersBytes = size - this.#safeTo - this.#ownBytes;
    if (this.#othersBytes <= 0) return new Uint8Array(0);
    const found = (yield* file.read(this.#safeTo, size)) ?? new Uint8Array(0);
    const own = new Set(this.#own.flatMap((bytes) => linesOf(bytes).map((line) => line.toString('latin1'))));
    return Buffer.concat(linesOf(found).filter((line) => line.includes(this.#mark) && !own.has(line.toString('latin1'))));
  }
}

/** Whole lines, without their newlines. */
export function* linesIn(bytes: Uint8Array): Generator<Buffer> {
  for (const line of linesOf(bytes)) yield line.subarray(0, -1);
}

/** Whole lines, newlines included. */
function linesOf(bytes: Uint8Array): Buffer[] {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const lines: Buffer[] = [];
  for (let start = 0, end = all.indexOf(NEWLINE); end >= 0; start = end + 1, end = all.indexOf(NEWLINE, start))
    lines.push(all.subarray(start, end + 1));
  return lines;
}
