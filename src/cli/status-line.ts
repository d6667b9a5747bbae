/**
 * How a run is going: one line that is drawn over and over on a terminal, a plain line a second anywhere else.
 */
import type { WriteStream } from 'node:tty';
import type { DemoProgress } from '../demo/result.ts';
import { count, percent, seconds } from './numbers.ts';
import type { Paint } from './paint.ts';

export interface StatusLine {
  update(progress: DemoProgress): void;
  /** Leaves the stream as if there had been no status line. */
  end(): void;
}

export const NO_STATUS: StatusLine = { update() {}, end() {} };

/** @param totalSeconds 0 when the run has no end of its own */
export function statusLine(stream: WriteStream, totalSeconds: number, paint: Paint): StatusLine {
  return stream.isTTY ? liveLine(stream, totalSeconds, paint) : plainLines(stream);
}

const BAR_CELLS = 20;
const ERASE_LINE = '\r\u001b[2K';

function liveLine(stream: WriteStream, totalSeconds: number, paint: Paint): StatusLine {
  return {
    update(progress) {
      const share = totalSeconds === 0 ? 0 : Math.min(1, progress.elapsedSeconds / totalSeconds);
      const filled = Math.round(share * BAR_CELLS);
      const bar =
        totalSeconds === 0 ? '' : `${paint('cyan', '━'.repeat(filled))}${paint('dim', '─'.repeat(BAR_CELLS - filled))}  `;
      const text = describe(progress);
      // A line that wraps could not be erased.
      const fits = BAR_CELLS + 4 + text.length < stream.columns;
      stream.write(`${ERASE_LINE}  ${fits ? bar + text : text.slice(0, Math.max(0, stream.columns - 3))}`);
    },
    end() {
      stream.write(ERASE_LINE);
    },
  };
}

function plainLines(stream: WriteStream): StatusLine {
  let nextSecond = 1;
  return {
    update(progress) {
      if (progress.elapsedSeconds < nextSecond) return;
      nextSecond = Math.floor(progress.elapsedSeconds) + 1;
      stream.write(`  ${describe(progress)}\n`);
    },
    end() {
      stream.write('\n');
    },
  };
}

function describe({ elapsedSeconds, records, orders, fills, dropped, ringFill }: DemoProgress): string {
  return [
    seconds(elapsedSeconds).padStart(7),
    `${count(records).padStart(9)} records`,
    `${count(orders).padStart(5)} orders`,
    `${count(fills).padStart(4)} fills`,
    `${count(dropped).padStart(3)} dropped`,
    `ring ${percent(ringFill).padStart(6)}`,
  ].join('  ');
}
