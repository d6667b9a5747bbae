/**
 * The lines of a file, compressed or not, in memory bounded by the longest line that is taken.
 */

import { createReadStream } from 'node:fs';
import { unpacked } from '../files/unpacked.ts';

/** The audit ring's largest record is 256 KiB; a gateway writes a request of up to 16 MiB as one line, several times as long in JSON. */
const MOST_LINE_BYTES = 128 * 1024 * 1024;
const CHUNK_BYTES = 1 << 20;
const NEWLINE = 0x0a;

export interface Line {
  readonly text: string;
  /** From 1. */
  readonly number: number;
  /** False for a last line without its newline: it may be torn. */
  readonly isWhole: boolean;
}

/**
 * Chunks of lines, so that a million lines are not a million awaits. `onBytes` gets the number of bytes that were read.
 * @throws Error of the file system; Error for a line beyond 128 MiB.
 */
export async function* linesOf(path: string, onBytes: (bytes: number) => void = () => {}): AsyncGenerator<Line[]> {
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  let rest: Buffer[] = [];
  let restBytes = 0;
  let number = 0;
  for await (const chunk of unpacked(file, onBytes)) {
    const lines: Line[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      const tail = chunk.subarray(start, end);
      const bytes = rest.length === 0 ? tail : Buffer.concat([...rest, tail]);
      [rest, restBytes] = [[], 0];
      lines.push({ text: bytes.toString('utf8'), number: ++number, isWhole: true });
      start = end + 1;
    }
    if (start < chunk.length) {
      rest.push(chunk.subarray(start));
      restBytes += chunk.length - start;
      if (restBytes > MOST_LINE_BYTES)
        throw new Error(`${path}:${number + 1}: a line longer than ${MOST_LINE_BYTES} bytes. This is no file of JSON lines.`);
    }
    if (lines.length > 0) yield lines;
  }
  if (restBytes > 0) yield [{ text: Buffer.concat(rest).toString('utf8'), number: ++number, isWhole: false }];
}
