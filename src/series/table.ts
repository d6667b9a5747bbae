/**
 * The producer's end of a series table: one for each thread that records, on memory that is given to it. Only that thread calls it.
 *
 *   new SeriesTable(memory, { grow, announce, startMillis })
 *   table.defineInstrument(definition): Instrument | undefined
 *   table.defineScalar(instrument, tags): ScalarSeries | undefined       counters, up-down counters, gauges
 *   table.defineHistogram(instrument, tags): HistogramSeries | undefined
 *   table.countRejected(reason), table.countOverflowed(), table.nextRound/endRound(instrument), table.close()
 *
 * `undefined` means that memory was refused. `layout.ts` describes the bytes, `reader.ts` how the collector reads them.
 */

import { plainJson } from '../common/plain-json.ts';
import { unixMillis } from '../time/clock.ts';
import { type AnnounceBlock, Arena, type Grow, type Place } from './arena.ts';
import { HistogramSeries } from './histogram.ts';
import type { InstrumentDefinition, TagPairs } from './instrument.ts';
import {
  ENTRY_HISTOGRAM,
  ENTRY_INSTRUMENT,
  ENTRY_SCALAR,
  F64_OVERFLOWED,
  F64_REJECTED,
  F64_START_MILLIS,
  HALF_BELOW,
  HISTOGRAM_HEADER_UNITS,
  INSTRUMENT_HEADER_UNITS,
  INSTRUMENT_ROUND_UNIT,
  REJECT_REASONS,
  type RejectReason,
  SCALAR_HEADER_UNITS,
  SCALAR_STAMP_UNIT,
  SCALAR_VALUE_UNIT,
  unitsOf,
  WORD_BLOCK_INDEX,
  WORD_CLOSED,
  WORD_SEQUENCE,
  WORD_TICK,
} from './layout.ts';
import { Splits } from './splits.ts';

export interface SeriesTableOptions {
  /** Gives a further block when the table is full, `undefined` to end its growth. */
  readonly grow: Grow;
  /** Called with each further block, before anything in it is visible. It must reach `SeriesCollector.addBlock`. */
  readonly announce: AnnounceBlock;
  /** Milliseconds since the Unix epoch from which the table counts. Default: now. */
  readonly startMillis?: number;
}

/** An instrument that has a place in a table. */
export interface Instrument {
  readonly id: number;
  readonly definition: InstrumentDefinition;
  /** Where its explicit bounds cut buckets; histograms only. */
  readonly splits: Splits;
  /** Its observation round: a cell that the collector reads. */
  readonly doubles: Float64Array;
  readonly roundCell: number;
}

/** A number in shared memory: `doubles[cell]` is its value. Written by plain stores; one aligned store of eight bytes is never seen half done. */
export class ScalarSeries {
  readonly doubles: Float64Array;
  readonly cell: number;
  /** Control words of the table, for the coarse clock. */
  readonly control: Int32Array;

  constructor(doubles: Float64Array, cell: number, control: Int32Array) {
    this.doubles = doubles;
    this.cell = cell;
    this.control = control;
  }

  get value(): number {
    return this.doubles[this.cell];
  }

  get stamp(): number {
    return this.doubles[this.cell + SCALAR_STAMP_UNIT - SCALAR_VALUE_UNIT];
  }

  /** Sets a gauge. The stamp lets the collector tell the newest of several threads' values, to within one of its ticks. */
  set(value: number): void {
    this.doubles[this.cell] = value;
    this.doubles[this.cell + SCALAR_STAMP_UNIT - SCALAR_VALUE_UNIT] = this.control[WORD_TICK] + 1;
  }

  /** Sets a value and its stamp, for a table that is made from others. */
  restore(value: number, stamp: number): void {
    this.doubles[this.cell] = value;
    this.doubles[this.cell + SCALAR_STAMP_UNIT - SCALAR_VALUE_UNIT] = stamp;
  }

  /** Sets what a callback observed in round `round` of its instrument. */
  observe(value: number, round: number): void {
    this.doubles[this.cell] = value;
    this.doubles[this.cell + SCALAR_STAMP_UNIT - SCALAR_VALUE_UNIT] = round;
  }
}

/** Closes the table of a thread that ends, by its first block; see `SeriesTable.close`. */
export function closeSeriesTable(memory: ArrayBufferLike): void {
  Atomics.store(new Int32Array(memory), WORD_CLOSED, 1);
}

/** The process that wrote the table is dead: nothing more comes, and a recording that was cut off counts as far as it had got. `memory`: any block of it. */
export function settleDeadTable(memory: ArrayBufferLike): void {
  const words = new Int32Array(memory);
  if (words[WORD_BLOCK_INDEX] !== 0) return; // control words stand in the first one
  words[WORD_CLOSED] = 1;
  for (const half of [0, 1]) if ((words[WORD_SEQUENCE + half] & 1) === 1) words[WORD_SEQUENCE + half]++;
}

export function isSeriesTableClosed(memory: ArrayBufferLike): boolean {
  return Atomics.load(new Int32Array(memory), WORD_CLOSED) === 1;
}

export class SeriesTable {
  /** Control words, the first block's. */
  readonly control: Int32Array;
  readonly #arena: Arena;
  readonly #counters: Float64Array;
  #instruments = 0;
  #series = 0;

  constructor(memory: ArrayBufferLike, options: SeriesTableOptions) {
    this.#arena = new Arena(memory, options.grow, options.announce);
    this.control = this.#arena.blocks[0]!.words;
    this.#counters = this.#arena.blocks[0]!.doubles;
    this.#counters[F64_START_MILLIS] = options.startMillis ?? unixMillis();
  }

  /** Bytes of shared memory that the table has been given. */
  get byteLength(): number {
    return this.#arena.byteLength;
  }

  defineInstrument(definition: InstrumentDefinition): Instrument | undefined {
    const json = Buffer.from(plainJson(definition));
    const place = this.#entry(ENTRY_INSTRUMENT, INSTRUMENT_HEADER_UNITS, json);
    if (place === undefined) return undefined;
    const id = this.#instruments++;
    place.block.words[place.unit * 2 + 2] = id;
    place.block.words[place.unit * 2 + 3] = json.length;
    this.#arena.publish();
    const splits = Splits.of(definition.bounds);
    return { id, definition, splits, doubles: place.block.doubles, roundCell: place.unit + INSTRUMENT_ROUND_UNIT };
  }

  defineScalar(instrument: Instrument, tags: TagPairs): ScalarSeries | undefined {
    const place = this.#seriesEntry(ENTRY_SCALAR, instrument, tags, SCALAR_HEADER_UNITS);
    if (place === undefined) return undefined;
    this.#arena.publish();
    return new ScalarSeries(place.block.doubles, place.unit + SCALAR_VALUE_UNIT, this.control);
  }

  defineHistogram(instrument: Instrument, tags: TagPairs): HistogramSeries | undefined {
    const halfCells = HALF_BELOW + instrument.splits.bounds.length;
    const place = this.#seriesEntry(ENTRY_HISTOGRAM, instrument, tags, HISTOGRAM_HEADER_UNITS + 2 * halfCells);
    if (place === undefined) return undefined;
    const id = place.block.words[place.unit * 2 + 3];
    place.block.words[place.unit * 2 + 5] = instrument.splits.bounds.length;
    const series = new HistogramSeries(this.#arena, this.control, id, place, halfCells, instrument.splits);
    this.#arena.publish();
    return series;
  }

  /** Starts a round of callbacks of an observed instrument and answers its number; see {@link endRound}. */
  nextRound(instrument: Instrument): number {
    return instrument.doubles[instrument.roundCell] + 1;
  }

  /** Ends the round: series that no callback has reported in it are no longer exported. */
  endRound(instrument: Instrument, round: number): void {
    instrument.doubles[instrument.roundCell] = round;
  }

  countRejected(reason: RejectReason, measurements = 1): void {
    this.#counters[F64_REJECTED + REJECT_REASONS.indexOf(reason)] += measurements;
  }

  countOverflowed(measurements = 1): void {
    this.#counters[F64_OVERFLOWED] += measurements;
  }

  /** Marks the table as closed: this thread records nothing more, and the collector may fold the table into another. */
  close(): void {
    Atomics.store(this.control, WORD_CLOSED, 1);
  }

  #seriesEntry(kind: number, instrument: Instrument, tags: TagPairs, headerUnits: number): Place | undefined {
    const json = Buffer.from(plainJson(tags));
    const place = this.#entry(kind, headerUnits, json);
    if (place === undefined) return undefined;
    const word = place.unit * 2;
    place.block.words[word + 2] = instrument.id;
    place.block.words[word + 3] = this.#series++;
    place.block.words[word + 4] = json.length;
    return place;
  }

  #entry(kind: number, headerUnits: number, json: Buffer): Place | undefined {
    const units = headerUnits + unitsOf(json.length);
    const place = this.#arena.allocate(units);
    if (place === undefined) return undefined;
    place.block.words[place.unit * 2] = kind;
    place.block.words[place.unit * 2 + 1] = units;
    place.block.bytes.set(json, (place.unit + headerUnits) * 8);
    return place;
  }
}
