/**
 * Files as pieces of whole lines, in memory that does not grow with the file: plain or compressed (by their first bytes), or standard input.
 */
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { unpacked } from '../../files/unpacked.ts';
import { MAX_LINE_BYTES, NEWLINE } from '../run-tree/lines.ts';

const PIECE_BYTES = 1_048_576;

/** A longer line is passed over in pieces, which belong to no run. */
const MOST_CARRIED_BYTES = 2 * MAX_LINE_BYTES;

export const STDIN = '-';

export interface Piece {
  /** Whole lines, newlines included; the last piece may end without one. */
  readonly bytes: Buffer;
  /** Bytes of the file read so far, as they stand there. */
  readonly read: number;
  /** The rest of the file stands in it, and no newline behind it. */
  readonly isUnfinished: boolean;
}

/** Rejects with the system's error for a file that cannot be read, and with zlib's for damaged gzip; with the file's name, which these do not always have. */
export async function* linesOf(path: string): AsyncGenerator<Piece> {
  try {
    yield* piecesOf(path);
  } catch (error) {
    if (error instanceof Error && !error.message.includes(path)) error.message = `${path}: ${error.message}`;
    throw error;
  }
}

async function* piecesOf(path: string): AsyncGenerator<Piece> {
  let read = 0;
  const source: Readable = path === STDIN ? process.stdin : createReadStream(path, { highWaterMark: PIECE_BYTES });
  let carried: Buffer[] = [];
  let carriedBytes = 0;
  for await (const bytes of unpacked(source, (count) => (read += count))) {
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    if (end === 0 && carriedBytes + bytes.length < MOST_CARRIED_BYTES) {
      carried.push(bytes);
      carriedBytes += bytes.length;
      continue;
    }
    const whole = end === 0 ? bytes.length : end;
    const head = bytes.subarray(0, whole);
    yield { bytes: carried.length === 0 ? head : Buffer.concat([...carried, head]), read, isUnfinished: false };
    carried = whole === bytes.length ? [] : [bytes.subarray(whole)];
    carriedBytes = bytes.length - whole;
  }
  if (carriedBytes > 0) yield { bytes: Buffer.concat(carried), read, isUnfinished: true };
}

/** The whole of a file of moderate size, as text; undefined where there is none. */
export async function textOf(path: string, most: number): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const { bytes } of linesOf(path)) {
    length += bytes.length;
    if (length > most) throw new RangeError(`${path} is longer than ${most} bytes`);
    parts.push(bytes);
  }
  return Buffer.concat(parts).toString();
}
