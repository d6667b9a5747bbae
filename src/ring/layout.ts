/**
 * Control words of a ring, for writer and reader. A ring's memory is given to it (shared, or mapped from a
 * file): a control block of {@link CONTROL_BYTES}, then the data area.
 *
 * ```
 *   i32 words   0 ─ 15   written by the producer, read by the consumer   (one 64-byte line)
 *              16 ─ 31   written by the consumer, read by the producer   (one 64-byte line)
 *              32 ─ 47   producer's own, kept here so that a process which finds the memory later can read it
 *   f64 words  24 ─ 63   producer's counters (a reader on another thread may see them a moment late, never torn: aligned 8-byte stores)
 * ```
 *
 * Positions count **units** of eight bytes from the start of the data area. `head === tail` means empty, so one unit is never used.
 * Words that a thread sleeps on are not here: waiting does not work on mapped memory. They live in {@link ../memory/signals.ts}.
 */

/** Bytes of one unit. Frames are made of whole units, so every 8-byte load and store of theirs is aligned. */
export const UNIT_BYTES = 8;

/** Bytes of the control block in front of the data area. */
export const CONTROL_BYTES = 512;

/** Layout version, in word {@link WORD_FORMAT}; a reader refuses memory of another version. */
export const FORMAT_VERSION = 3;

/** i32: position after the last committed frame. Stored by `commit`, loaded by `peek`. */
export const WORD_HEAD = 0;
/** i32: sequence number of the last claimed record, low 32 bits. Counts refused records too, so a gap in the sequence is a loss. */
export const WORD_SEQUENCE = 1;
/** i32: 0 while the producer lives, 1 when it has ended. */
export const WORD_CLOSED = 2;
/** i32: {@link FORMAT_VERSION}. */
export const WORD_FORMAT = 3;
/** i32: 1 while records bear numbers that the producer gave them by itself, for want of an instance; see audit/numbers.ts. */
export const WORD_OWN_NUMBERS = 4;

/**
 * i64: how far the consumer is. Position and count of records stand in one word, so that a consumer that dies has counted exactly the records that it has
 * released. Its halves are {@link WORD_TAIL} (the lower one: Node's platforms are little-endian, and so are frames) and {@link WORD_DRAINED}.
 */
export const I64_RELEASED = 8;
/** i32, half of {@link I64_RELEASED}: position up to which the consumer has released, in bits 0–29; bit 30 is the dictionary half in force there. */
export const WORD_TAIL = 16;
/** i32, half of {@link I64_RELEASED}: records that the consumer has released, losses not counted, low 32 bits. */
export const WORD_DRAINED = 17;
/** i32: identity of the instance that reads this ring, stored by `claimRings` of memory/producer-memory.ts; 0: none yet. */
export const WORD_READER = 18;
/** i32: largest fill seen by the producer, in units. */
export const WORD_HIGH_WATER = 32;
/** i32: number of the first record that was lost since the last mark; 0: none was. */
export const WORD_FIRST_UNMARKED = 33;
/** i32: of a black box (codec/black-box.ts): most records that it gives. */
export const WORD_KEPT_RECORDS = 34;

/** Bit of {@link WORD_TAIL} that holds the dictionary half. */
export const TAIL_HALF_BIT = 1 << 30;
/** Mask of {@link WORD_TAIL} for the position. */
export const TAIL_POSITION_MASK = TAIL_HALF_BIT - 1;

/** f64: records claimed up to the last fold of {@link WORD_SEQUENCE}, whose value at that fold this is, modulo 2^32; see `accountOf`. */
export const F64_SEQUENCE_TOTAL = 24;
/** f64[LEVEL_COUNT × REASON_COUNT]: refused records by level rank and reason. */
export const F64_DROPPED = 26;
/** f64[LEVEL_COUNT]: records lost since the last mark, by level rank. Here, so that a process which finds the ring later can set the mark. In front of it is room for eight levels. */
export const F64_UNMARKED = 42;

/** f64[LEVEL_COUNT]: records that sampling has left out, by level rank. They were not offered. In front of it is room for eight levels. */
export const F64_SAMPLED_OUT = 50;

/** Why a producer refused a record. `ring_full`: no room for its level. `closed`: logged after shutdown. */
export const RING_DROP_REASONS = ['ring_full', 'closed'] as const;
export const REASON_RING_FULL = 0;
export const REASON_CLOSED = 1;
export const REASON_COUNT = RING_DROP_REASONS.length;
