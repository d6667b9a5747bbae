/**
 * The last matches of a log. A plain file is read from its end backwards, so that the size of a log does not matter.
 */
import type { FileHandle } from 'node:fs/promises';
import { MAX_LINE_BYTES } from '../records/blocks.ts';
import type { RecordFilter } from '../records/filter.ts';
import { type Match, matchesInBlock } from '../records/matches.ts';

const NEWLINE = 0x0a;
const BLOCK_BYTES = 262_144;

export interface LastOptions {
  readonly filter: RecordFilter;
  readonly most: number;
  readonly onLongLine: () => void;
}

/** The last `most` matches that end before byte `end`, in the order of the lines. */
export async function lastMatches(handle: FileHandle, end: number, options: LastOptions): Promise<readonly Match[]> {
  const { filter, most, onLongLine } = options;
  const lists: (readonly Match[])[] = [];
  let count = 0;
  /** Bytes whose line begins further in front, in the order of the file. */
  let carried: Buffer[] = [];
  let carriedBytes = 0;
  let isLong = false;
  const take = (block: Buffer) => {
    const found = matchesInBlock(block, filter);
    lists.unshift(found);
    count += found.length;
  };

  let to = end;
  while (to > 0 && count < most) {
    const from = Math.max(0, to - BLOCK_BYTES);
    const bytes = await readFully(handle, from, to);
    to = from;
    const lineStart = from === 0 ? 0 : bytes.indexOf(NEWLINE) + 1;
    const hasStart = from === 0 || lineStart > 0;
    if (!hasStart) {
      carried.unshift(bytes);
      carriedBytes += bytes.length;
    } else {
      // The carried bytes belong to the last line of these bytes, or are a line of their own.
      const whole = bytes.subarray(lineStart);
      const lastNewline = whole.lastIndexOf(NEWLINE) + 1;
      const lineBytes = whole.length - lastNewline + carriedBytes;
      if (isLong || lineBytes > MAX_LINE_BYTES) {
        onLongLine();
        take(whole.subarray(0, lastNewline));
      } else take(carriedBytes === 0 ? whole : Buffer.concat([whole, ...carried]));
      isLong = false;
      carried = lineStart === 0 ? [] : [bytes.subarray(0, lineStart)];
      carriedBytes = lineStart;
    }
    if (carriedBytes > MAX_LINE_BYTES) {
      isLong = true;
      carried = [];
      carriedBytes = 0;
    }
  }
  return most === 0 ? [] : lists.flat().slice(-most);
}

/** The end of the last whole line before byte `end`: behind it is a line that is half written, or nothing. */
export async function lastLineEnd(handle: FileHandle, end: number): Promise<number> {
  for (let to = end; to > Math.max(0, end - MAX_LINE_BYTES); to -= BLOCK_BYTES) {
    const from = Math.max(0, to - BLOCK_BYTES);
    const newline = (await readFully(handle, from, to)).lastIndexOf(NEWLINE);
    if (newline >= 0) return from + newline + 1;
  }
  return end <= MAX_LINE_BYTES ? 0 : end;
}

/** Bytes `from` to `to`, or fewer where the file has become shorter meanwhile. */
async function readFully(handle: FileHandle, from: number, to: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(to - from);
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, from + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}
