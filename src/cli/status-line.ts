/**
 * The progress of a run: one line that is redrawn on a terminal, a plain line a second elsewhere.
 */
import type { WriteStream } from 'node:tty';
import type { DemoProgress } from '../demo/result.ts';
import { count, percent, seconds } from './numbers.ts';
import type { Paint } from './paint.ts';

export interface StatusLine {
  update(progress: DemoProgress): void;
  /** Erases the status line. */
  end(): void;
}

export const NO_STATUS: StatusLine = { update() {}, end() {} };

/** @param totalSeconds 0 when the run has no end of its own */
export function statusLine(stream: WriteStream, totalSeconds: number, paint: Paint): StatusLine {
  return stream.isTTY ? liveLine(stream, totalSeconds, paint) : plainLines(stream);
}

/** Of the progress bar; fewer on a narrow terminal, none below the least. */
const BAR_CELLS = { most: 20, least: 4 };

/** Where a terminal does not say how wide it is. */
const USUAL_COLUMNS = 80;

const INDENT = '  ';
const ERASE_LINE = '\r\u001b[2K';

function liveLine(stream: WriteStream, totalSeconds: number, paint: Paint): StatusLine {
  return {
    update(progress) {
      // A line that wraps could not be erased, so it stays off the last column.
      const room = (stream.columns || USUAL_COLUMNS) - 1 - INDENT.length;
      const text = describe(progress).slice(0, Math.max(0, room));
      const cells = totalSeconds === 0 ? 0 : Math.min(BAR_CELLS.most, room - text.length - INDENT.length);
      const share = Math.min(1, progress.elapsedSeconds / totalSeconds);
      stream.write(`${ERASE_LINE}${INDENT}${cells < BAR_CELLS.least ? '' : bar(share, cells, paint) + INDENT}${text}`);
    },
    end() {
      stream.write(ERASE_LINE);
    },
  };
}

function bar(share: number, cells: number, paint: Paint): string {
  const filled = Math.round(share * cells);
  return paint('cyan', '━'.repeat(filled)) + paint('dim', '─'.repeat(cells - filled));
}

function plainLines(stream: WriteStream): StatusLine {
  let nextSecond = 1;
  return {
    update(progress) {
      // Rounded as it is shown: a timer may fire a little early, and 0.998 s is the end of the first second.
      const elapsed = Math.round(progress.elapsedSeconds * 10) / 10;
      if (elapsed < nextSecond) return;
      nextSecond = Math.floor(elapsed) + 1;
      stream.write(`  ${describe(progress)}\n`);
    },
    end() {
      stream.write('\n');
    },
  };
}

function describe({ elapsedSeconds, records, orders, fills, dropped, ringFill }: DemoProgress): string {
  return [
    seconds(elapsedSeconds).padStart(6),
    `${count(records).padStart(7)} records`,
    `${count(orders).padStart(4)} orders`,
    `${count(fills).padStart(3)} fills`,
    `${count(dropped)} dropped`,
    `ring ${percent(ringFill).padStart(6)}`,
  ].join('  ');
}
