/**
 * The collector's end of one series table. One thread, and only one, reads a table; its producer never waits for it.
 *
 * `snapshot()` brings the copies of all series up to date. Scalars are read as they are. For histograms (see `layout.ts` for the reasons):
 *
 *   epoch e → e + 1    the producer's next recording goes to the other half
 *   sequence even?     if odd, a recording is under way in the half left behind: it ends within a microsecond, unless its thread was suspended
 *   new entries, copy  pages of this half were published before anything was counted in them
 *   sequence the same? if not, a recording had read the old epoch: copy again
 *   e + 1 → e + 2      the same with the other half
 *
 * Afterwards the two copies together are what had been recorded at one moment, between two recordings.
 */
import { Distribution } from './distribution.ts';
import { getOrMake } from './get-or-make.ts';
import type { InstrumentDefinition } from './instrument.ts';
import {
  CONTROL_BYTES,
  ENTRY_CARRY,
  ENTRY_HISTOGRAM,
  ENTRY_INSTRUMENT,
  ENTRY_PAGE,
  ENTRY_SCALAR,
  F64_OVERFLOWED,
  F64_REJECTED,
  F64_START_MILLIS,
  HALF_BELOW,
  HALF_EARLIER_MAX,
  HALF_EARLIER_MIN,
  HALF_SUM,
  HALF_WINDOW_EPOCH,
  HALF_WINDOW_MAX,
  HALF_WINDOW_MIN,
  HALF_ZEROS,
  HEADER_BYTES,
  HISTOGRAM_HEADER_UNITS,
  INSTRUMENT_HEADER_UNITS,
  INSTRUMENT_ROUND_UNIT,
  PAGE_BUCKETS,
  PAGE_HEADER_UNITS,
  REJECT_REASONS,
  type RejectReason,
  SCALAR_HEADER_UNITS,
  SCALAR_STAMP_UNIT,
  SCALAR_VALUE_UNIT,
  SERIES_FORMAT,
  UNIT_BYTES,
  WORD_BLOCKS,
  WORD_CLOSED,
  WORD_EPOCH,
  WORD_FORMAT,
  WORD_PUBLISHED,
  WORD_SEQUENCE,
  WORD_TICK,
} from './layout.ts';

/** Copies of one half that are tried before its histograms are left as they were until the next snapshot. */
const MAX_TRIES = 20;
/** Pause when a producer was suspended in the middle of a recording: the scheduler gives it the processor back in a few of these. */
const PAUSE_MILLIS = 1;

export interface ReadInstrument {
  readonly definition: InstrumentDefinition;
  readonly doubles: Float64Array;
  readonly roundCell: number;
  readonly series: ReadSeries[];
}

export interface ReadSeries {
  readonly instrument: ReadInstrument;
  /** JSON of the series' tags: its identity within the instrument. */
  readonly tags: string;
  readonly doubles: Float64Array;
  /** Scalars: the value's cell; the stamp stands behind it. Histograms: the first half. */
  readonly cell: number;
  readonly halves: readonly [HalfCopy, HalfCopy] | undefined;
}

/** What is known of one half of a histogram. */
interface HalfCopy {
  readonly distribution: Distribution;
  readonly pages: { readonly key: number; readonly words: Int32Array; readonly at: number }[];
  readonly carries: { readonly key: number; readonly doubles: Float64Array; readonly at: number }[];
  windowEpoch: number;
  /** Least and greatest of the half's last window, if that is the one just closed. */
  windowMin: number;
  windowMax: number;
}

interface ReadBlock {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly bytes: Buffer;
  /** Units read so far. */
  read: number;
}

export class TableReader {
  readonly instruments: ReadInstrument[] = [];
  readonly #blocks: ReadBlock[] = [];
  readonly #series: ReadSeries[] = [];
  readonly #histograms: ReadSeries[] = [];
  #current = false;

  constructor(blocks: readonly SharedArrayBuffer[]) {
    for (const block of blocks) this.addBlock(block, this.#blocks.length);
  }

  /** Takes a further block. Blocks must come in order; one that is known already is ignored. */
  addBlock(memory: SharedArrayBuffer, index: number): void {
    if (index < this.#blocks.length) return;
    if (index > this.#blocks.length)
      throw new RangeError(`Block ${index} of a series table came before block ${this.#blocks.length}; hand them over in order.`);
    const block = {
      words: new Int32Array(memory),
      doubles: new Float64Array(memory),
      bytes: Buffer.from(memory),
      read: (index === 0 ? CONTROL_BYTES : HEADER_BYTES) / UNIT_BYTES,
    };
    if (block.words[WORD_FORMAT] !== SERIES_FORMAT)
      throw new RangeError(
        `A series table has format ${block.words[WORD_FORMAT]}, not ${SERIES_FORMAT}; install one version of hft-otel.`,
      );
    this.#blocks.push(block);
  }

  get blocks(): number {
    return this.#blocks.length;
  }

  get startMillis(): number {
    return this.#control.doubles[F64_START_MILLIS];
  }

  /** Whether the producer has ended. */
  get closed(): boolean {
    return Atomics.load(this.#control.words, WORD_CLOSED) === 1;
  }

  get epoch(): number {
    return Atomics.load(this.#control.words, WORD_EPOCH);
  }

  /** Whether the last snapshot caught all histograms. If not, they are as they were before it, and their windows' extremes are not known. */
  get current(): boolean {
    return this.#current;
  }

  /** Moves the coarse clock that gauges are stamped with. */
  tick(tick: number): void {
    this.#control.words[WORD_TICK] = tick;
  }

  rejected(reason: RejectReason): number {
    return this.#control.doubles[F64_REJECTED + REJECT_REASONS.indexOf(reason)];
  }

  get overflowed(): number {
    return this.#control.doubles[F64_OVERFLOWED];
  }

  /** Brings everything up to date. */
  snapshot(): void {
    this.#readEntries();
    if (this.#histograms.length === 0) {
      this.#current = this.#knowsAllBlocks();
      return;
    }
    const first = this.#copyHalfLeftBehind();
    const second = this.#copyHalfLeftBehind();
    this.#current = first && second;
  }

  get #control(): ReadBlock {
    return this.#blocks[0]!;
  }

  #knowsAllBlocks(): boolean {
    return Atomics.load(this.#control.words, WORD_BLOCKS) <= this.#blocks.length;
  }

  #copyHalfLeftBehind(): boolean {
    const words = this.#control.words;
    const epoch = Atomics.load(words, WORD_EPOCH);
    const half = epoch & 1;
    // Pairs with the plain load at the start of HistogramSeries.record: a recording that still reads the old epoch is caught by the sequence.
    Atomics.store(words, WORD_EPOCH, epoch + 1);
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const before = Atomics.load(words, WORD_SEQUENCE + half);
      // A thread that ended in the middle of a recording leaves the sequence odd for good; what it had counted is as good as it gets.
      const suspended = (before & 1) !== 0 && !this.closed;
      if (!suspended) {
        this.#readEntries();
        if (!this.#knowsAllBlocks()) return false;
        for (const series of this.#histograms) copyHalf(series, half, epoch);
        if (Atomics.load(words, WORD_SEQUENCE + half) === before) return true;
      } else Atomics.wait(words, WORD_TICK, words[WORD_TICK], PAUSE_MILLIS);
    }
    return false;
  }

  #readEntries(): void {
    for (const block of this.#blocks) {
      // Pairs with the store in Arena.publish: entries up to here are complete.
      const published = Atomics.load(block.words, WORD_PUBLISHED);
      while (block.read < published) {
        const unit = block.read;
        this.#readEntry(block, unit);
        block.read += block.words[unit * 2 + 1];
      }
    }
  }

  #readEntry(block: ReadBlock, unit: number): void {
    const word = unit * 2;
    const first = block.words[word + 2];
    const second = block.words[word + 3];
    switch (block.words[word]) {
      case ENTRY_INSTRUMENT: {
        const definition = JSON.parse(text(block, unit + INSTRUMENT_HEADER_UNITS, second)) as InstrumentDefinition;
        this.instruments[first] = { definition, doubles: block.doubles, roundCell: unit + INSTRUMENT_ROUND_UNIT, series: [] };
        break;
      }
      case ENTRY_SCALAR: {
        const tags = text(block, unit + SCALAR_HEADER_UNITS, block.words[word + 4]);
        this.#addSeries(second, {
          instrument: this.instruments[first]!,
          tags,
          doubles: block.doubles,
          cell: unit + SCALAR_VALUE_UNIT,
          halves: undefined,
        });
        break;
      }
      case ENTRY_HISTOGRAM: {
        const bounds = block.words[word + 5];
        const cell = unit + HISTOGRAM_HEADER_UNITS;
        const tags = text(block, cell + 2 * (HALF_BELOW + bounds), block.words[word + 4]);
        const halves: [HalfCopy, HalfCopy] = [emptyHalf(bounds), emptyHalf(bounds)];
        const series: ReadSeries = { instrument: this.instruments[first]!, tags, doubles: block.doubles, cell, halves };
        this.#addSeries(second, series);
        this.#histograms.push(series);
        break;
      }
      case ENTRY_PAGE:
        this.#series[first]!.halves![second & 1]!.pages.push({
          key: second >> 1,
          words: block.words,
          at: (unit + PAGE_HEADER_UNITS) * 2,
        });
        break;
      case ENTRY_CARRY:
        this.#series[first]!.halves![second & 1]!.carries.push({
          key: second >> 1,
          doubles: block.doubles,
          at: unit + PAGE_HEADER_UNITS,
        });
        break;
    }
  }

  #addSeries(id: number, series: ReadSeries): void {
    this.#series[id] = series;
    series.instrument.series.push(series);
  }
}

/** The newest value of a scalar. */
export function scalarValue(series: ReadSeries): number {
  return series.doubles[series.cell];
}

/** What {@link scalarValue} is stamped with: the coarse clock of a gauge, the round of an observed instrument. */
export function scalarStamp(series: ReadSeries): number {
  return series.doubles[series.cell + SCALAR_STAMP_UNIT - SCALAR_VALUE_UNIT];
}

function text(block: ReadBlock, unit: number, bytes: number): string {
  return block.bytes.toString('utf8', unit * UNIT_BYTES, unit * UNIT_BYTES + bytes);
}

function emptyHalf(bounds: number): HalfCopy {
  return {
    distribution: new Distribution(bounds),
    pages: [],
    carries: [],
    windowEpoch: -1,
    windowMin: Number.POSITIVE_INFINITY,
    windowMax: Number.NEGATIVE_INFINITY,
  };
}

/** Copies a half that nobody writes to. Copying twice does no harm. */
function copyHalf(series: ReadSeries, half: number, epoch: number): void {
  const copy = series.halves![half]!;
  const { distribution } = copy;
  const cells = series.doubles;
  const cell = series.cell + half * (HALF_BELOW + distribution.below.length);
  const windowEpoch = cells[cell + HALF_WINDOW_EPOCH];
  const inWindow = windowEpoch === epoch;
  copy.windowMin = inWindow ? cells[cell + HALF_WINDOW_MIN] : Number.POSITIVE_INFINITY;
  copy.windowMax = inWindow ? cells[cell + HALF_WINDOW_MAX] : Number.NEGATIVE_INFINITY;
  const same =
    windowEpoch === copy.windowEpoch &&
    cells[cell + HALF_SUM] === distribution.sum &&
    cells[cell + HALF_ZEROS] === distribution.zeros;
  if (same && !inWindow) return;
  copy.windowEpoch = windowEpoch;
  distribution.sum = cells[cell + HALF_SUM];
  distribution.zeros = cells[cell + HALF_ZEROS];
  distribution.min = Math.min(cells[cell + HALF_WINDOW_MIN], cells[cell + HALF_EARLIER_MIN]);
  distribution.max = Math.max(cells[cell + HALF_WINDOW_MAX], cells[cell + HALF_EARLIER_MAX]);
  for (let k = 0; k < distribution.below.length; k++) distribution.below[k] = cells[cell + HALF_BELOW + k];
  for (const { key, words, at } of copy.pages) {
    const page = getOrMake(distribution.pages, key, () => new Float64Array(PAGE_BUCKETS));
    for (let i = 0; i < PAGE_BUCKETS; i++) page[i] = words[at + i];
  }
  for (const { key, doubles, at } of copy.carries) {
    const page = distribution.pages.get(key)!;
    for (let i = 0; i < PAGE_BUCKETS; i++) page[i] += doubles[at + i];
  }
}
