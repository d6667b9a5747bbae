/**
 * Layout of a series table, for the producing thread (`table.ts`, `histogram.ts`) and the collector (`reader.ts`). All memory is given.
 *
 * A table is a list of blocks, each memory of its own that begins with a header and goes on with entries that are only ever appended. The
 * producer writes an entry completely, then publishes it by storing the block's new length with `Atomics.store`; the collector loads the
 * length with `Atomics.load` and reads up to it. Numbers inside an entry change in place afterwards.
 *
 * ```
 * header of a block (64 bytes)                         i32: format, published units, index of the block
 * control, in the first block only, after its header
 *   i32 words  16 ─ 31   written by the collector      (one 64-byte line)
 *   i32 words  32 ─ 47   written by the producer       (one 64-byte line)
 *   f64 words  24 ─ 39   the producer's counters and its start time
 * entry, in units of eight bytes
 *   unit 0   i32 kind, i32 units of the whole entry
 *   INSTRUMENT  unit 1 i32 id, i32 byte length   unit 2 f64 observation round   then JSON of an InstrumentDefinition
 *   SCALAR      unit 1 i32 instrument, i32 id    unit 2 i32 byte length         unit 3 f64 value, unit 4 f64 stamp, then JSON of the tags
 *   HISTOGRAM   unit 1 i32 instrument, i32 id    unit 2 i32 byte length, i32 bounds   then two halves (below), then JSON of the tags
 *   PAGE        unit 1 i32 series, i32 page key × 2 + half                      then 64 counts, i32
 *   CARRY       unit 1 i32 series, i32 page key × 2 + half                      then 64 f64, added to the page's counts
 *   EXEMPLARS   unit 1 i32 series, i32 slots      then a slot for each explicit bucket, six units (`exemplars.ts`):
 *               i32 sequence, i32 1 if it has ids; f64 value; f64 Unix milliseconds; 16 bytes of trace id, 8 of span id
 * half of a histogram, f64: sum, zeros, least and greatest of the window, the same two of all earlier windows, the window's epoch, then for
 *             each explicit bound the values at or below it in the bucket that it cuts
 * ```
 *
 * **No torn reads.** A scalar is one aligned eight-byte store, which is one machine instruction on every 64-bit platform of Node; it cannot be seen half done.
 * A histogram is many cells, so it exists twice. The collector decides by {@link WORD_EPOCH} which half the producer writes: it raises the epoch, waits until
 * no write is under way in the half left behind ({@link WORD_SEQUENCE}, odd during a write), copies it while the producer writes the other one, and copies
 * again if the sequence has moved. Raising it once more and copying the other half gives, as the sum of both, exactly what had been recorded up to one moment
 * between two recordings, however hot the histogram is. See `reader.ts`.
 */

/** Layout version; a reader refuses memory of another one. */
export const SERIES_FORMAT = 1;

export const UNIT_BYTES = 8;
/** Bytes in front of the entries of a block. */
export const HEADER_BYTES = 64;
/** The same in the first block. */
export const CONTROL_BYTES = 320;

export const WORD_FORMAT = 0;
/** Units of the block, from its start, whose entries are complete. Stored by `publish`, loaded by the reader. */
export const WORD_PUBLISHED = 1;
export const WORD_BLOCK_INDEX = 2;

/** Written by the collector. The half that histograms are written to is the epoch's lowest bit. */
export const WORD_EPOCH = 16;
/** Written by the collector: a coarse clock. Gauges are stamped with it, so that the newest of several threads' values can be found. */
export const WORD_TICK = 17;
/** Written by the producer, two words, one for each half: odd while a recording is under way there. */
export const WORD_SEQUENCE = 32;
/** Written by the producer: 1 once it records nothing more. */
export const WORD_CLOSED = 34;
/** Written by the producer: blocks of the table. A collector that has been given fewer does not see all of its entries. */
export const WORD_BLOCKS = 35;

/** Start of the table, milliseconds since the Unix epoch. */
export const F64_START_MILLIS = 24;
/** Measurements that went to an overflow series because their instrument had reached its cardinality limit. */
export const F64_OVERFLOWED = 25;
/** f64[REJECT_REASONS.length]: measurements that were not recorded. */
export const F64_REJECTED = 26;

/**
 * Why a measurement was not recorded. `not_finite`: NaN or an infinity. `negative`: a counter was to be decreased. `name`: no usable metric name.
 * `kind`: the name already belongs to a metric of another kind. `tags`: reading its name or tags threw.
 * `memory`: the memory for a new series was refused.
 */
export const REJECT_REASONS = ['not_finite', 'negative', 'name', 'kind', 'tags', 'memory'] as const;
export type RejectReason = (typeof REJECT_REASONS)[number];

export const ENTRY_INSTRUMENT = 1;
export const ENTRY_SCALAR = 2;
export const ENTRY_HISTOGRAM = 3;
export const ENTRY_PAGE = 4;
export const ENTRY_CARRY = 5;
/** Readers that do not know it pass over it. */
export const ENTRY_EXEMPLARS = 6;

/** Units in front of an instrument's JSON; unit 2 is its observation round. */
export const INSTRUMENT_HEADER_UNITS = 3;
export const INSTRUMENT_ROUND_UNIT = 2;

/** Units in front of a scalar's tags, with its two cells. */
export const SCALAR_HEADER_UNITS = 5;
export const SCALAR_VALUE_UNIT = 3;
export const SCALAR_STAMP_UNIT = 4;

/** Units in front of a histogram's halves. */
export const HISTOGRAM_HEADER_UNITS = 3;
/** Cells of a half. */
export const HALF_SUM = 0;
export const HALF_ZEROS = 1;
export const HALF_WINDOW_MIN = 2;
export const HALF_WINDOW_MAX = 3;
export const HALF_EARLIER_MIN = 4;
export const HALF_EARLIER_MAX = 5;
export const HALF_WINDOW_EPOCH = 6;
/** First of one cell for each explicit bound. */
export const HALF_BELOW = 7;

export const PAGE_HEADER_UNITS = 2;
/** Counts of a page. */
export const PAGE_BUCKETS = 64;
/** A count that reaches this is moved to a carry page, so that 32 bits suffice. */
export const CARRY_LIMIT = 0x7fff_0000;

export const EXEMPLAR_HEADER_UNITS = 2;
/** Units of a slot, and where they are in it; unit 0 is sequence and flag. */
export const EXEMPLAR_UNITS = 6;
export const EXEMPLAR_VALUE_UNIT = 1;
export const EXEMPLAR_TIME_UNIT = 2;
export const EXEMPLAR_TRACE_UNIT = 3;
export const EXEMPLAR_SPAN_UNIT = 5;

/** Units that hold `bytes`. */
export function unitsOf(bytes: number): number {
  return (bytes + UNIT_BYTES - 1) >>> 3;
}
