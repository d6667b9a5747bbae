/**
 * `hft-otel find`: the records of many files that pass a filter.
 */
import { numberOf } from '../arguments.ts';
import { type Command, UsageError, type Values } from '../command.ts';
import { EXIT_FAILED } from '../exit-codes.ts';
import { bytes } from '../numbers.ts';
import { MAX_LINE_BYTES } from '../records/blocks.ts';
import { openLog, reasonOf, UnreadableError } from '../records/chunks.ts';
import { FILTER_OPTIONS, filterOf, type RecordFilter } from '../records/filter.ts';
import { matchesIn } from '../records/matches.ts';
import { Output } from '../records/output.ts';
import { SHOW_OPTIONS, type Show, showFor } from '../records/show.ts';
import { type FoundFile, filesOf, LOG_NAMES } from './files.ts';
import { Progress } from './progress.ts';

const EXIT_NOTHING = 1;
const EXIT_UNREADABLE = 3;

export const findCommand: Command = {
  name: 'find',
  summary: 'print the records that match a filter, from many files and their rotated copies',
  operands: {
    placeholder: 'FILE…',
    help: 'log files of JSON lines, plain or compressed (gzip, zstd), each with its rotated files; or folders of them',
    least: 1,
    most: 10_000,
  },
  options: {
    ...FILTER_OPTIONS,
    'no-rotated': { type: 'boolean', help: 'search the named files only, not their rotated files' },
    limit: { type: 'string', short: 'n', placeholder: 'N', help: 'stop after N records (default: all)' },
    count: { type: 'boolean', short: 'c', help: 'print only the number of matching records' },
    ...SHOW_OPTIONS,
  },
  notes: [
    'The oldest files are searched first. A search for a text (--field order_id=17, --grep, --tag, --logger) parses only',
    'the lines that contain its bytes. --field NAME=VALUE compares with the value as JSON writes it; a missing field is empty.',
    'Example: hft-otel find logs --field order_id=17 --since 2h',
  ],
  exitCodes: {
    0: 'a record was found',
    1: 'no record was found',
    3: 'a file could not be read completely, or the records could not be printed',
    130: 'ended by Ctrl-C',
  },
  run,
};

async function run(values: Values, operands: readonly string[]): Promise<number> {
  const filter = filterOf(values);
  const limit = numberOf(values, 'limit', Number.MAX_SAFE_INTEGER, { least: 1, most: Number.MAX_SAFE_INTEGER, whole: true });
  if (values.count && values.json) throw new UsageError('--count and --json exclude each other.');
  const lists = await Promise.all(operands.map((operand) => filesOf(operand, values['no-rotated'] !== true)));
  lists.forEach((list, index) => {
    if (list.length === 0)
      process.stderr.write(
        `hft-otel find: ${operands[index]}: no file in it has the name of a log (${LOG_NAMES}). Name the files.\n`,
      );
  });
  const files = [...new Map(lists.flat().map((file) => [file.path, file])).values()].filter((file) => mayHold(file, filter));
  using output = new Output();
  using progress = new Progress(
    process.stderr,
    files.reduce((sum, { size }) => sum + size, 0),
  );
  const show = values.count ? undefined : showFor(values, process.stdout);
  const search = new Search({ filter, limit, show, output, progress });
  for (const file of files) await search.file(file.path);
  if (values.count) await output.write(`${search.found}\n`);
  await output.flush();
  // 1 would say that nothing was found.
  if (output.exitCode !== 0) return output.exitCode === EXIT_FAILED ? EXIT_UNREADABLE : output.exitCode;
  return search.isIncomplete ? EXIT_UNREADABLE : search.found > 0 ? 0 : EXIT_NOTHING;
}

/** A file whose last write was before the wanted time has no such records. */
function mayHold({ changedMillis }: FoundFile, { sinceUnixNanos }: RecordFilter): boolean {
  // A record's time is that of the call; the write comes later.
  return (
    sinceUnixNanos === undefined ||
    BigInt(Math.ceil(Math.min(changedMillis, Number.MAX_SAFE_INTEGER))) * 1_000_000n >= sinceUnixNanos
  );
}

interface SearchParts {
  readonly filter: RecordFilter;
  readonly limit: number;
  /** Undefined: matches are counted only. */
  readonly show: Show | undefined;
  readonly output: Output;
  readonly progress: Progress;
}

class Search {
  readonly #parts: SearchParts;
  #found = 0;
  #isIncomplete = false;

  constructor(parts: SearchParts) {
    this.#parts = parts;
  }

  get found(): number {
    return this.#found;
  }

  /** Some file, or part of one, could not be read. */
  get isIncomplete(): boolean {
    return this.#isIncomplete;
  }

  async file(path: string): Promise<void> {
    if (this.#isOver) return;
    try {
      await using log = await openLog(path);
      let longLines = 0;
      const onBytes = (count: number) => this.#parts.progress.update(log.isCompressed ? 0 : count, path, this.#found);
      for await (const matches of matchesIn(log.chunks(), this.#parts.filter, { onLongLine: () => longLines++, onBytes })) {
        const taken = matches.slice(0, this.#parts.limit - this.#found);
        this.#found += taken.length;
        const { show, output, progress } = this.#parts;
        if (show !== undefined) {
          progress.erase();
          for (const match of taken) await output.write(show(match));
        }
        if (this.#isOver) return;
      }
      if (log.isCompressed) this.#parts.progress.update(log.size, path, this.#found);
      if (longLines > 0)
        this.#fail(`${path}: ${longLines} ${longLines === 1 ? 'line' : 'lines'} of more than ${bytes(MAX_LINE_BYTES)} left out.`);
    } catch (error) {
      this.#fail(error instanceof UnreadableError ? error.message : `${path}: ${reasonOf(error)}`);
    }
  }

  get #isOver(): boolean {
    return this.#found >= this.#parts.limit || this.#parts.output.signal.aborted;
  }

  #fail(message: string): void {
    this.#isIncomplete = true;
    this.#parts.progress.erase();
    process.stderr.write(`hft-otel find: ${message}\n`);
  }
}
