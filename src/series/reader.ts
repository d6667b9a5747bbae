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
 * Only then do the copies take effect, both: together they are what had been recorded at one moment, between two recordings.
 */
import { HftError } from '../errors.ts';
import { sleepNow } from '../time/sleep.ts';
import { type Exemplar, ExemplarSlots } from './exemplars.ts';
import { HalfCopy } from './half.ts';
import type { InstrumentDefinition } from './instrument.ts';
import {
  CONTROL_BYTES,
  ENTRY_CARRY,
  ENTRY_EXEMPLARS,
  ENTRY_HISTOGRAM,
  ENTRY_INSTRUMENT,
  ENTRY_PAGE,
  ENTRY_SCALAR,
  F64_OVERFLOWED,
  F64_REJECTED,
  F64_START_MILLIS,
  HALF_BELOW,
  HEADER_BYTES,
  HISTOGRAM_HEADER_UNITS,
  INSTRUMENT_HEADER_UNITS,
  INSTRUMENT_ROUND_UNIT,
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
  /** Histograms in which one was recorded. */
  exemplars?: ExemplarSlots;
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
  /** Gauges of this table count as set no earlier than this, by the collector's clock. */
  leastStamp = 0;
  readonly #blocks: ReadBlock[] = [];
  /** Blocks that came before one of a lower index. */
  readonly #waiting = new Map<number, ArrayBufferLike>();
  readonly #series: ReadSeries[] = [];
  readonly #histograms: ReadSeries[] = [];
  #current = false;

  /** @param first block of the table, which its thread may lay out later */
  constructor(first: ArrayBufferLike) {
    this.addBlock(first, 0);
  }

  /** Takes a further block. Blocks may come in any order; one that is known already is ignored. */
  addBlock(memory: ArrayBufferLike, index: number): void {
    if (index >= this.#blocks.length) this.#waiting.set(index, memory);
    for (let next = this.#waiting.get(this.#blocks.length); next !== undefined; next = this.#waiting.get(this.#blocks.length)) {
      this.#waiting.delete(this.#blocks.length);
      this.#blocks.push({
        words: new Int32Array(next),
        doubles: new Float64Array(next),
        bytes: Buffer.from(next),
        read: (this.#blocks.length === 0 ? CONTROL_BYTES : HEADER_BYTES) / UNIT_BYTES,
      });
    }
  }

  get startMillis(): number {
    return this.#control.doubles[F64_START_MILLIS];
  }

  /** Whether the producer has ended. */
  get closed(): boolean {
    return Atomics.load(this.#control.words, WORD_CLOSED) === 1;
  }

  /** The clock that {@link tick} set last. */
  get lastTick(): number {
    return this.#control.words[WORD_TICK];
  }

  /** Whether every block of the table has come. */
  get isComplete(): boolean {
    return Atomics.load(this.#control.words, WORD_BLOCKS) <= this.#blocks.length;
  }

  /** Whether the last snapshot copied all histograms. If not, they are as they were before it, and their windows' extremes are not known. */
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
    const format = Atomics.load(this.#control.words, WORD_FORMAT);
    if (format === 0) return; // The thread of this table has not laid it out yet.
    if (format !== SERIES_FORMAT)
      throw new HftError('HFT_RING_FORMAT', `A series table has format ${format}, this reader knows ${SERIES_FORMAT}.`);
    this.#readEntries();
    if (this.#histograms.length === 0) {
      this.#current = this.isComplete;
      return;
    }
    this.#current = this.#readHalfLeftBehind() && this.#readHalfLeftBehind();
    if (!this.#current) return;
    for (const { halves } of this.#histograms) for (const half of halves!) half.accept();
  }

  get #control(): ReadBlock {
    return this.#blocks[0]!;
  }

  /** Turns the producer to the other half and copies the one that it has left. Returns whether the copy is whole. */
  #readHalfLeftBehind(): boolean {
    const words = this.#control.words;
    const epoch = Atomics.load(words, WORD_EPOCH);
    const half = epoch & 1;
    // Pairs with the plain load at the start of HistogramSeries.record: a recording that still reads the old epoch is caught by the sequence.
    Atomics.store(words, WORD_EPOCH, epoch + 1);
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const before = Atomics.load(words, WORD_SEQUENCE + half);
      // A thread that ended in the middle of a recording leaves the sequence odd for good. Its counts stay as they are.
      if ((before & 1) !== 0 && !this.closed) {
        sleepNow(PAUSE_MILLIS);
        continue;
      }
      this.#readEntries();
      if (!this.isComplete) return false;
      for (const { halves } of this.#histograms) halves![half]!.read(epoch);
      if (Atomics.load(words, WORD_SEQUENCE + half) === before) return true;
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
        const secondCell = cell + HALF_BELOW + bounds;
        const instrument = this.instruments[first]!;
        const halves = [cell, secondCell].map((at) => new HalfCopy(block.doubles, at, instrument.definition.bounds)) as [
          HalfCopy,
          HalfCopy,
        ];
        const series: ReadSeries = { instrument, tags, doubles: block.doubles, cell, halves };
        this.#addSeries(second, series);
        this.#histograms.push(series);
        break;
      }
      case ENTRY_PAGE:
        this.#series[first]!.halves![second & 1]!.addPage(second >> 1, block.words, (unit + PAGE_HEADER_UNITS) * 2);
        break;
      case ENTRY_CARRY:
        this.#series[first]!.halves![second & 1]!.addCarry(second >> 1, block.doubles, unit + PAGE_HEADER_UNITS);
        break;
      case ENTRY_EXEMPLARS:
        this.#series[first]!.exemplars = new ExemplarSlots(block.words, block.doubles, unit, second);
        break;
    }
  }

  #addSeries(id: number, series: ReadSeries): void {
    this.#series[id] = series;
    series.instrument.series.push(series);
  }
}

/** The last ones of a histogram's buckets. */
export function exemplarsIn(series: ReadSeries): readonly Exemplar[] {
  return series.exemplars?.read() ?? [];
}

/** The newest value of a scalar. */
export function scalarValue(series: ReadSeries): number {
  return series.doubles[series.cell];
}

/** The stamp of {@link scalarValue}: the coarse clock of a gauge, the round of an observed instrument. */
export function scalarStamp(series: ReadSeries): number {
  return series.doubles[series.cell + SCALAR_STAMP_UNIT - SCALAR_VALUE_UNIT];
}

function text(block: ReadBlock, unit: number, bytes: number): string {
  return block.bytes.toString('utf8', unit * UNIT_BYTES, unit * UNIT_BYTES + bytes);
}
