/**
 * `hft-otel tail`: the end of logs as text for people, and then the lines that are appended.
 */
import { existsSync } from 'node:fs';
import { numberOf } from '../arguments.ts';
import { type Command, UsageError, type Values } from '../command.ts';
import { bytes } from '../numbers.ts';
import { MAX_LINE_BYTES, wholeLines } from '../records/blocks.ts';
import { inputChunks, type LogFile, openLog, reasonOf, UnreadableError } from '../records/chunks.ts';
import { FILTER_OPTIONS, filterOf, type RecordFilter } from '../records/filter.ts';
import { type Match, matchesIn, matchesInBlock } from '../records/matches.ts';
import { Output } from '../records/output.ts';
import { SHOW_OPTIONS, type Show, showFor } from '../records/show.ts';
import { Follower } from './follow.ts';
import { type LastOptions, lastLineEnd, lastMatches } from './last.ts';

const DEFAULT_LINES = 10;
const EXIT_UNREADABLE = 1;

export const tailCommand: Command = {
  name: 'tail',
  summary: 'print the last records of logs as readable text; -f follows new ones',
  operands: {
    placeholder: 'FILE…',
    help: 'log files of JSON lines, plain or compressed (gzip, zstd). - or no file: all of standard input',
    least: 0,
    most: 1_000,
  },
  options: {
    follow: { type: 'boolean', short: 'f', help: 'follow the files through rotations, until Ctrl-C' },
    lines: {
      type: 'string',
      short: 'n',
      placeholder: 'N',
      help: `print the last N matching records of the files (default ${DEFAULT_LINES}; 0: none)`,
    },
    ...FILTER_OPTIONS,
    ...SHOW_OPTIONS,
  },
  notes: [
    'Lines of pino, bunyan and winston are understood as well. A line that is not JSON is printed unchanged, unless a filter is given.',
    'Example: hft-otel tail -f logs/app.log --level warning --tag mexc --field "latency_us>500"',
  ],
  exitCodes: { 1: 'a file could not be read', 130: 'ended by Ctrl-C' },
  run,
};

async function run(values: Values, operands: readonly string[]): Promise<number> {
  const paths = operands.length > 0 ? operands : ['-'];
  if (operands.length === 0 && process.stdin.isTTY) throw new UsageError('FILE is missing: name a log, or pipe one in.');
  if (values.follow && paths.includes('-') && paths.length > 1)
    throw new UsageError('--follow takes files or standard input, not both.');
  const filter = filterOf(values);
  const most = numberOf(values, 'lines', DEFAULT_LINES, { least: 0, most: 1_000_000, whole: true });
  using output = new Output();
  const tail = new Tail(filter, most, showFor(values, process.stdout), output);
  const isReadable = await Promise.all(paths.map((path) => tail.show(path, values.follow === true)));
  await output.flush();
  return output.exitCode !== 0 ? output.exitCode : isReadable.every(Boolean) ? 0 : EXIT_UNREADABLE;
}

/** The file that it continues with, by reason; and what a truncation may have taken away before it was read. */
const NEWS = {
  replaced: 'the new file of that name',
  truncated: 'its start. Lines of the last moment before that may be missing here',
} as const;

class Tail {
  readonly #filter: RecordFilter;
  readonly #most: number;
  readonly #show: Show;
  readonly #output: Output;

  constructor(filter: RecordFilter, most: number, show: Show, output: Output) {
    this.#filter = filter;
    this.#most = most;
    this.#show = show;
    this.#output = output;
  }

  /** False, after a message, when it could not be read. */
  async show(path: string, isFollowed: boolean): Promise<boolean> {
    try {
      if (path === '-') await this.#showInput();
      else await this.#showFile(path, isFollowed);
      return true;
    } catch (error) {
      if (this.#output.signal.aborted) return true;
      note(error instanceof UnreadableError ? error.message : `${path}: ${reasonOf(error)}`);
      return false;
    }
  }

  /** Each line at once: the input may be a running program. */
  async #showInput(): Promise<void> {
    const { signal } = this.#output;
    signal.addEventListener('abort', () => process.stdin.destroy());
    for await (const block of wholeLines(inputChunks(process.stdin), longLineNote('standard input'))) {
      await this.#print(matchesInBlock(block, this.#filter));
      if (signal.aborted) return;
    }
  }

  async #showFile(path: string, isFollowed: boolean): Promise<void> {
    if (!isFollowed) {
      await using log = await openLog(path);
      const isSeekable = !log.isCompressed && log.size > 0;
      await this.#print(isSeekable ? await lastMatches(log.handle, log.size, this.#last(path)) : await this.#lastOf(log));
      return;
    }
    await using follower = new Follower(path, {
      onRestart: (reason) => note(`${path} was ${reason}; going on with ${NEWS[reason]}.`),
      onLongLine: longLineNote(path),
    });
    if (existsSync(path)) {
      const log = await openLog(path);
      // The follower closes the handle from here on.
      await follower.startAt(log.handle, log.size);
      if (log.isCompressed) throw new UnreadableError(`${path}: nothing is appended to a compressed file. Leave out --follow.`);
      // The last line may be half written: following begins with it again.
      const end = await lastLineEnd(log.handle, log.size);
      await this.#print(await lastMatches(log.handle, end, this.#last(path)));
      await this.#output.flush();
      await follower.startAt(log.handle, end);
    } else note(`${path}: there is no such file yet. Waiting for it.`);
    for await (const block of follower.blocks(this.#output.signal)) await this.#print(matchesInBlock(block, this.#filter));
  }

  #last(path: string): LastOptions {
    return { filter: this.#filter, most: this.#most, onLongLine: longLineNote(path) };
  }

  /** Of input that can only be read forwards. */
  async #lastOf(log: LogFile): Promise<readonly Match[]> {
    let last: readonly Match[] = [];
    try {
      for await (const found of matchesIn(log.chunks(), this.#filter, { onLongLine: longLineNote(log.path) }))
        last = this.#most === 0 ? [] : [...last, ...found].slice(-this.#most);
    } catch (error) {
      await this.#print(last);
      throw error;
    }
    return last;
  }

  async #print(matches: readonly Match[]): Promise<void> {
    for (const match of matches) await this.#output.write(this.#show(match));
    await this.#output.flush();
  }
}

function note(message: string): void {
  process.stderr.write(`hft-otel tail: ${message}\n`);
}

function longLineNote(name: string): () => void {
  return () => note(`${name}: a line of more than ${bytes(MAX_LINE_BYTES)} was left out.`);
}
