/**
 * How far a long reading is: one line drawn over and over on a terminal, nothing anywhere else.
 */

import type { WriteStream } from 'node:tty';
import { bytes, percent } from '../numbers.ts';

export interface ProgressLine {
  /** `total` 0: the end is not known. */
  update(what: string, done: number, total: number): void;
  end(): void;
}

const EVERY_MILLIS = 100;
const ERASE_LINE = '\r\u001b[2K';

export function progressLine(stream: WriteStream, isWanted: boolean): ProgressLine {
  if (!isWanted || !stream.isTTY) return { update() {}, end() {} };
  let last = 0;
  return {
    update(what, done, total) {
      const now = performance.now();
      if (now - last < EVERY_MILLIS) return;
      last = now;
      stream.write(`${ERASE_LINE}  ${what}: ${total === 0 ? String(done) : `${percent(done / total)} of ${bytes(total)}`}`);
    },
    end() {
      stream.write(ERASE_LINE);
    },
  };
}
