/**
 * The lines of a log that pass a filter. If the filter gives bytes that a line must have, those are searched for, and only lines that have them are parsed.
 */
import { wholeLines } from './blocks.ts';
import type { Chunks } from './chunks.ts';
import type { RecordFilter } from './filter.ts';
import { type LogLine, parseLine } from './log-line.ts';

const NEWLINE = 0x0a;

export interface Match {
  /** Without its newline. */
  readonly text: string;
  /** Undefined for a line that is no record. */
  readonly line: LogLine | undefined;
}

export interface MatchEvents {
  /** A line was left out for its length. */
  onLongLine(): void;
  /** Bytes that were read since the last call. */
  onBytes?(bytes: number): void;
}

/** In the order of the lines. Matches come in lists, one for each block: a promise a line would cost more than the line. */
export async function* matchesIn(
  chunks: Chunks,
  filter: RecordFilter,
  events: MatchEvents,
): AsyncGenerator<readonly Match[], void, void> {
  for await (const block of wholeLines(chunks, events.onLongLine)) {
    const found = matchesInBlock(block, filter);
    if (found.length > 0) yield found;
    events.onBytes?.(block.length);
  }
}

/** A block is of whole lines. */
export function matchesInBlock(block: Buffer, { needle, isNeedleWhole, needsRecord, matches }: RecordFilter): readonly Match[] {
  const found: Match[] = [];
  let at = 0;
  while (at < block.length) {
    let start = at;
    if (needle !== undefined) {
      const hit = block.indexOf(needle, at);
      if (hit < 0) break;
      if (isNeedleWhole && !isWhole(block, hit, hit + needle.length)) {
        at = hit + 1;
        continue;
      }
      start = block.lastIndexOf(NEWLINE, hit) + 1;
    }
    const newline = block.indexOf(NEWLINE, start);
    const end = newline < 0 ? block.length : newline;
    const match = look(block.toString('utf8', start, end), needsRecord, matches);
    if (match !== undefined) found.push(match);
    at = end + 1;
  }
  return found;
}

/** `"`, `:`, blank and tab stand before a value of JSON. */
const BEFORE: ReadonlySet<number | undefined> = new Set(Buffer.from('":[, \t'));
/** `"`, `,`, `}`, `]` and blanks stand behind one. */
const BEHIND: ReadonlySet<number | undefined> = new Set(Buffer.from('",}] \t\r\n'));

function isWhole(block: Buffer, start: number, end: number): boolean {
  return BEFORE.has(block[start - 1]) && BEHIND.has(block[end]);
}

function look(text: string, needsRecord: boolean, matches: RecordFilter['matches']): Match | undefined {
  const trimmed = text.endsWith('\r') ? text.slice(0, -1) : text;
  if (trimmed === '') return undefined;
  const line = needsRecord || trimmed.startsWith('{') ? parseLine(trimmed) : undefined;
  return matches(trimmed, line) ? { text: trimmed, line } : undefined;
}
