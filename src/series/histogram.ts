/**
 * Recording into a histogram on the caller's thread: one count, the sum, the extremes, and nothing allocated. `layout.ts` describes the bytes and why there are
 * two halves; `buckets.ts` describes the buckets.
 */
import type { Arena, Block, Place } from './arena.ts';
import {
  BUCKET_BY_SLOT,
  bucketAroundEnd,
  CONTAINS_END,
  coarseIndexOf,
  coarsePageKey,
  fineIndexOf,
  finePageKey,
  isCoarse,
  MAX_OCTAVE,
  NEGATIVE_FINE,
  octaveOf,
  SLOT_SHIFT,
} from './buckets.ts';
import type { Distribution } from './distribution.ts';
import { bucketOf, contextOf, type Exemplar, type ExemplarContext, ExemplarSlots, exemplarEntryUnits } from './exemplars.ts';
import { generateRecord } from './histogram-code.ts';
import {
  CARRY_LIMIT,
  ENTRY_CARRY,
  ENTRY_EXEMPLARS,
  ENTRY_PAGE,
  HALF_BELOW,
  HALF_EARLIER_MAX,
  HALF_EARLIER_MIN,
  HALF_SUM,
  HALF_WINDOW_EPOCH,
  HALF_WINDOW_MAX,
  HALF_WINDOW_MIN,
  HALF_ZEROS,
  HISTOGRAM_HEADER_UNITS,
  PAGE_BUCKETS,
  PAGE_HEADER_UNITS,
  WORD_EPOCH,
  WORD_SEQUENCE,
} from './layout.ts';
import { MANY_CUTS, type Splits } from './splits.ts';

/**
 * Octaves that a series counts finely: 28 of them span a factor of 2.7 × 10^8, for example 1 µs to 268 s. With both halves of these and of all coarse pages
 * (8), the cells and the tags, a series stays under 20 KiB: 2 × (28 + 8) × 272 bytes = 19,584.
 */
export const MAX_FINE_PAGES = 28;

/** Octaves that the directory reaches without a look in the map: more than a series has fine pages. */
const DIRECTORY_OCTAVES = 64;
/** A position is the block's index and, in the lower 18 bits, the i32 index of a page's first count; blocks are at most a mebibyte. */
const POSITION_BITS = 18;
const POSITION_MASK = (1 << POSITION_BITS) - 1;

/**
 * On x86-64 the machine keeps the order of a thread's stores, and V8 does not move stores to typed arrays past each other: plain stores do for the sequence
 * word. Elsewhere each is an atomic addition (10 ns more), which orders what comes before and after it. See docs/decisions/plain-commit-store.md.
 */
const PLAIN_STORES_KEEP_ORDER = process.arch === 'x64';

const probe = new Float64Array(1);
const probeWords = new Int32Array(probe.buffer);
const LOW = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0 : 1;
const HIGH = 1 - LOW;

/** Recordings after which a series gets a function of its own: making one takes some 100 µs. */
const HOT = 512;

export class HistogramSeries {
  /** Records a finite value. Answers `false` if memory for its bucket was refused; nothing is recorded then. */
  record: (value: number) => boolean;
  readonly #arena: Arena;
  readonly #blocks: readonly Block[];
  /** Their i32 views, by block. */
  readonly #words: readonly Int32Array[];
  readonly #control: Int32Array;
  readonly #id: number;
  /** The two halves' cells. */
  readonly #cells: Float64Array;
  readonly #firstCell: number;
  readonly #halfCells: number;
  readonly #splits: Splits;
  readonly #splitTable: Uint8Array;
  readonly #splitBase: number;
  /** Position of the page for (octave − base) × 2 + half, or 0. */
  readonly #directory = new Int32Array(2 * DIRECTORY_OCTAVES);
  #base = -1;
  #untilHot = HOT;
  /** Undefined before the first exemplar; `null`: there was no memory for them. */
  #exemplars: ExemplarSlots | null | undefined;
  /** Epoch of the window that is open, in the half that belongs to it. */
  #windowEpoch = -1;
  /** Every page, by page key × 2 + half. */
  readonly #pages = new Map<number, number>();
  readonly #finePages = new Set<number>();

  constructor(arena: Arena, control: Int32Array, id: number, place: Place, halfCells: number, splits: Splits) {
    this.record = (value) => this.#recordAtFirst(value);
    this.#arena = arena;
    this.#blocks = arena.blocks;
    this.#words = arena.words;
    this.#control = control;
    this.#id = id;
    this.#cells = place.block.doubles;
    this.#firstCell = place.unit + HISTOGRAM_HEADER_UNITS;
    this.#halfCells = halfCells;
    this.#splits = splits;
    this.#splitTable = splits.table;
    this.#splitBase = splits.base;
    for (let half = 0; half < 2; half++) {
      const cell = this.#firstCell + half * halfCells;
      this.#cells[cell + HALF_WINDOW_MIN] = this.#cells[cell + HALF_EARLIER_MIN] = Number.POSITIVE_INFINITY;
      this.#cells[cell + HALF_WINDOW_MAX] = this.#cells[cell + HALF_EARLIER_MAX] = Number.NEGATIVE_INFINITY;
      this.#cells[cell + HALF_WINDOW_EPOCH] = -1;
    }
  }

  #recordAtFirst(value: number): boolean {
    if (--this.#untilHot === 0) this.record = this.#generate() ?? ((one) => this.#record(one));
    return this.#record(value);
  }

  #record(value: number): boolean {
    probe[0] = value;
    const low = probeWords[LOW];
    // A bucket's upper end belongs to it: the float just below the value decides.
    const high = low === 0 ? probeWords[HIGH] - 1 : probeWords[HIGH];
    const slot = (high >>> 20) - this.#base;
    if (slot >>> 0 >= DIRECTORY_OCTAVES) return this.#recordRare(value);
    const control = this.#control;
    const epoch = control[WORD_EPOCH];
    const half = epoch & 1;
    const position = this.#directory[slot * 2 + half];
    if (position === 0) return this.#recordRare(value);

    const mantissa = high & 0xfffff;
    let index = BUCKET_BY_SLOT[mantissa >>> SLOT_SHIFT];
    if (index >= CONTAINS_END) index = bucketAroundEnd(index, mantissa, low);

    const sequence = control[WORD_SEQUENCE + half];
    if (PLAIN_STORES_KEEP_ORDER) control[WORD_SEQUENCE + half] = sequence + 1;
    else Atomics.add(control, WORD_SEQUENCE + half, 1);

    const words = this.#words[position >>> POSITION_BITS];
    const at = (position & POSITION_MASK) + index;
    const count = words[at] + 1;
    words[at] = count;
    if (count >= CARRY_LIMIT) this.#carry(finePageKey(high >>> 20, false), half, index, words, at);
    const cell = this.#firstCell + half * this.#halfCells;
    this.#addUp(value, cell, epoch);
    const splitAt = (high >>> 20) * PAGE_BUCKETS + index - this.#splitBase;
    if (splitAt >>> 0 < this.#splitTable.length) {
      const cut = this.#splitTable[splitAt];
      if (cut !== 0) this.#countBelow(cut, value, cell, high >>> 20, index);
    }

    if (PLAIN_STORES_KEEP_ORDER) control[WORD_SEQUENCE + half] = sequence + 2;
    else Atomics.add(control, WORD_SEQUENCE + half, 1);
    return true;
  }

  #generate(): ((value: number) => boolean) | undefined {
    if (this.#base < 0) return undefined;
    return generateRecord({
      probe,
      probeWords,
      low: LOW,
      high: HIGH,
      control: this.#control,
      words: this.#words,
      cells: this.#cells,
      firstCell: this.#firstCell,
      halfCells: this.#halfCells,
      directory: this.#directory,
      directoryOctaves: DIRECTORY_OCTAVES,
      base: this.#base,
      positionBits: POSITION_BITS,
      splits: this.#splits,
      plainStores: PLAIN_STORES_KEEP_ORDER,
      rare: (value) => this.#recordRare(value),
      carry: (octave, half, index, words, at) => this.#carry(finePageKey(octave, false), half, index, words, at),
      openWindow: (cell, epoch) => this.#openWindow(cell, epoch),
      countBelowMany: (value, octave, index, cell) =>
        this.#splits.countBelow(value, octave, index, this.#cells, cell + HALF_BELOW),
    });
  }

  /** Keeps where a value that was recorded comes from, in place of the last one of its explicit bucket. */
  exemplify(value: number, context: ExemplarContext): void {
    const { bounds } = this.#splits;
    if (this.#exemplars === undefined) this.#exemplars = this.#allocateExemplars(bounds.length + 1);
    this.#exemplars?.write(bucketOf(bounds, value), value, context);
  }

  #allocateExemplars(slots: number): ExemplarSlots | null {
    const units = exemplarEntryUnits(slots);
    const place = this.#arena.allocate(units);
    if (place === undefined) return null;
    this.#writeHeader(place, ENTRY_EXEMPLARS, units, slots);
    this.#arena.publish();
    return new ExemplarSlots(place.block.words, place.block.doubles, place.unit, slots);
  }

  /** Takes a collector's counts, for a table that is made from others and not recorded to. `sums`: of the two halves. */
  restore(
    distribution: Distribution,
    exemplars: readonly Exemplar[],
    sums: readonly [number, number] = [distribution.sum, 0],
  ): void {
    for (const exemplar of exemplars) this.exemplify(exemplar.value, contextOf(exemplar));
    const cells = this.#cells;
    const cell = this.#firstCell;
    cells[cell + HALF_SUM] = sums[0];
    cells[cell + this.#halfCells + HALF_SUM] = sums[1];
    cells[cell + HALF_ZEROS] = distribution.zeros;
    cells[cell + HALF_EARLIER_MIN] = distribution.min;
    cells[cell + HALF_EARLIER_MAX] = distribution.max;
    cells.set(distribution.below, cell + HALF_BELOW);
    for (const [key, counts] of distribution.pages) {
      const position = this.#allocatePage(key, 0);
      const words = this.#blocks[position >>> POSITION_BITS].words;
      for (let i = 0; i < PAGE_BUCKETS; i++) {
        const at = (position & POSITION_MASK) + i;
        words[at] = Math.min(counts[i], CARRY_LIMIT);
        if (counts[i] > CARRY_LIMIT) this.#carry(key, 0, i, words, at, counts[i]);
      }
    }
  }

  #addUp(value: number, cell: number, epoch: number): void {
    const cells = this.#cells;
    cells[cell + HALF_SUM] += value;
    if (epoch !== this.#windowEpoch) this.#openWindow(cell, epoch);
    if (value < cells[cell + HALF_WINDOW_MIN]) cells[cell + HALF_WINDOW_MIN] = value;
    if (value > cells[cell + HALF_WINDOW_MAX]) cells[cell + HALF_WINDOW_MAX] = value;
  }

  /** Opens the half's window of this epoch, unless another way of recording has. */
  #openWindow(cell: number, epoch: number): void {
    const cells = this.#cells;
    this.#windowEpoch = epoch;
    if (cells[cell + HALF_WINDOW_EPOCH] === epoch) return;
    cells[cell + HALF_EARLIER_MIN] = Math.min(cells[cell + HALF_EARLIER_MIN], cells[cell + HALF_WINDOW_MIN]);
    cells[cell + HALF_EARLIER_MAX] = Math.max(cells[cell + HALF_EARLIER_MAX], cells[cell + HALF_WINDOW_MAX]);
    cells[cell + HALF_WINDOW_MIN] = Number.POSITIVE_INFINITY;
    cells[cell + HALF_WINDOW_MAX] = Number.NEGATIVE_INFINITY;
    cells[cell + HALF_WINDOW_EPOCH] = epoch;
  }

  #countBelow(cut: number, value: number, cell: number, octave: number, index: number): void {
    if (cut === MANY_CUTS) this.#splits.countBelow(value, finePageKey(octave, false), index, this.#cells, cell + HALF_BELOW);
    else if (value <= this.#splits.bounds[cut - 1]!) this.#cells[cell + HALF_BELOW + cut - 1]++;
  }

  /** Zeros, negative values, and the first value of an octave in a half. */
  #recordRare(value: number): boolean {
    const control = this.#control;
    const epoch = control[WORD_EPOCH];
    const half = epoch & 1;
    const octave = octaveOf(Math.abs(value));
    let key = 0;
    let index = 0;
    let position = 0;
    if (octave > 0) {
      const negative = value < 0;
      key = finePageKey(octave, negative);
      if (this.#isFine(key)) index = fineIndexOf(Math.abs(value));
      else {
        key = coarsePageKey(octave, negative);
        index = coarseIndexOf(octave);
      }
      position = this.#pages.get(key * 2 + half) ?? this.#allocatePage(key, half);
      if (position === 0) return false;
    }
    Atomics.add(control, WORD_SEQUENCE + half, 1);
    const cell = this.#firstCell + half * this.#halfCells;
    if (octave <= 0) this.#cells[cell + HALF_ZEROS]++;
    else {
      const words = this.#blocks[position >>> POSITION_BITS].words;
      const at = (position & POSITION_MASK) + index;
      if (++words[at] >= CARRY_LIMIT) this.#carry(key, half, index, words, at);
      this.#splits.countBelow(value, key, index, this.#cells, cell + HALF_BELOW);
    }
    this.#addUp(value, cell, epoch);
    Atomics.add(control, WORD_SEQUENCE + half, 1);
    return true;
  }

  /** Whether an octave is, or may still become, one of the series' fine pages. Both halves decide alike: an octave that is fine in one is fine in the other. */
  #isFine(key: number): boolean {
    if (this.#finePages.has(key)) return true;
    return this.#finePages.size < MAX_FINE_PAGES;
  }

  #allocatePage(key: number, half: number): number {
    const place = this.#arena.allocate(PAGE_HEADER_UNITS + PAGE_BUCKETS / 2);
    if (place === undefined) return 0;
    this.#writeHeader(place, ENTRY_PAGE, PAGE_HEADER_UNITS + PAGE_BUCKETS / 2, key * 2 + half);
    this.#arena.publish();
    const position = (place.blockIndex << POSITION_BITS) | ((place.unit + PAGE_HEADER_UNITS) * 2);
    this.#pages.set(key * 2 + half, position);
    if (!isCoarse(key)) this.#finePages.add(key);
    // The directory is for octaves of positive values, whose keys are the octaves themselves.
    if (key < NEGATIVE_FINE) {
      if (this.#base < 0) this.#base = Math.min(Math.max(1, key - DIRECTORY_OCTAVES / 2), MAX_OCTAVE + 1 - DIRECTORY_OCTAVES);
      const slot = key - this.#base;
      if (slot >= 0 && slot < DIRECTORY_OCTAVES) this.#directory[slot * 2 + half] = position;
    }
    return position;
  }

  /** A count is about to outgrow its 32 bits (after two thousand million recordings): what it holds moves to a carry page. */
  #carry(key: number, half: number, index: number, words: Int32Array, at: number, count = words[at]): void {
    const carryKey = -1 - (key * 2 + half);
    let position = this.#pages.get(carryKey);
    if (position === undefined) {
      const place = this.#arena.allocate(PAGE_HEADER_UNITS + PAGE_BUCKETS);
      if (place === undefined) return;
      this.#writeHeader(place, ENTRY_CARRY, PAGE_HEADER_UNITS + PAGE_BUCKETS, key * 2 + half);
      this.#arena.publish();
      position = (place.blockIndex << POSITION_BITS) | ((place.unit + PAGE_HEADER_UNITS) * 2);
      this.#pages.set(carryKey, position);
    }
    this.#blocks[position >>> POSITION_BITS].doubles[((position & POSITION_MASK) >>> 1) + index] += count;
    words[at] = 0;
  }

  #writeHeader(place: Place, kind: number, units: number, last: number): void {
    const word = place.unit * 2;
    place.block.words[word] = kind;
    place.block.words[word + 1] = units;
    place.block.words[word + 2] = this.#id;
    place.block.words[word + 3] = last;
  }
}
