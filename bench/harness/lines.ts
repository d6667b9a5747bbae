/**
 * Files of JSON lines, read back: every line must parse, hold what its call gave it, and follow the one before it.
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import type { LoggedRecord } from '../workloads.ts';
import { prove, proveRecord } from './case.ts';

interface Line {
  readonly seq: number;
  readonly msg?: string;
  readonly event?: string;
  readonly [field: string]: unknown;
}

/** Read back of a file, at most: 60,000 lines or so. */
const TAIL_BYTES = 16 * 1_048_576;

/** The last lines of a file, in its order. */
export function readLines(path: string): Line[] {
  const { size } = statSync(path);
  const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
  const file = openSync(path, 'r');
  readSync(file, bytes, 0, bytes.length, size - bytes.length);
  closeSync(file);
  const lines = bytes.toString('utf8').split('\n');
  prove(lines.pop() === '', `${path} ends with a newline`);
  if (size > TAIL_BYTES) lines.shift(); // begun before the tail
  return lines.map((line) => JSON.parse(line) as Line);
}

/**
 * These lines are the last of `calls`, without a gap, each as `expected` says. Records are numbered from 1, calls from 0.
 */
export function proveLines(lines: readonly Line[], calls: number, expected: (call: number) => LoggedRecord): string {
  const first = lines[0]?.seq ?? 0;
  lines.forEach((line, i) => {
    prove(line.seq === first + i, `line ${first + i} follows line ${first + i - 1} (it is ${line.seq})`);
    proveRecord(line.seq, { message: line.msg ?? line.event ?? '', fields: line }, expected(line.seq - 1));
  });
  return prove(first + lines.length - 1 === calls, `lines ${first} to ${calls} read back, each what its call gave it`);
}
