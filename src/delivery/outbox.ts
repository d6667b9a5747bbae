/**
 * The outbox of a backend: encoded bytes that have left a ring and that the disk or the network has not taken yet. It stands in memory that is
 * given to it and that outlives the worker, so a successor sends what its predecessor had encoded.
 *
 * ```
 *   192 bytes          i32 format, i32 slot count, i32 slot bytes
 *   192 bytes a slot   i32 state, f64 order number, f64 committed (records × 2^27 + bank × 2^26 + bytes), f64 time of the first record's call,
 *                      f64 its number; at bytes 64 and 128 two banks of sixteen i32: records by lane and level. `committed` names the bank in force.
 *   slots
 *
 *   FREE ──claim──> OPEN ──seal──> SEALED ──take──> SENDING ──release──> FREE
 *                     └────────────take───────────────┘
 *                                  SEALED <──putBack── SENDING
 * ```
 *
 * Contract. One thread at a time uses an outbox, the worker's; others may read `outboxAccount`. Every change is complete with one store, so after a death
 * between any two of them the memory says either that the change happened or that it did not: committed records are there whole and in order, others are not
 * there at all. A slot that was being sent is sent again.
 *
 * While the sink is busy, appends coalesce into the open slot; when it is idle, the open slot is taken as it is, or a moment later (pace.ts). Free slots are reused
 * last-in-first-out, so that a backend that keeps up goes on writing into memory that is still in the cache.
 */
import type { Output } from '../encoders/encoder.ts';
import { HftError } from '../errors.ts';
import { addTally, newTally, recordsOf, TALLY_CELLS, type Tally } from '../health/tally.ts';
import type { ByteQueue, Committed } from './batch-queue.ts';
import type { EncodedBatch } from './sender.ts';

/**
 * A slot is a write or a request. Measured into a file on tmpfs (Node 24, two shared cores, November 2026): slots of 64 KiB 0.6–0.9 GB/s, 256 KiB 1.6,
 * 512 KiB 1.8, 1 MiB 2.0. Beyond that it leaves the cache, and a request grows towards the 4 MiB at which OTLP receivers stop reading.
 */
export const DEFAULT_SLOT_BYTES = 1024 * 1024;

export const OUTBOX_FORMAT = 2;
const WORD_FORMAT = 0;
const WORD_SLOT_COUNT = 1;
const WORD_SLOT_BYTES = 2;

const HEADER_BYTES = 192;
const HEADER_WORDS = HEADER_BYTES / 4;
const HEADER_DOUBLES = HEADER_BYTES / 8;
const WORD_STATE = 0;
const DOUBLE_ORDER = 1;
const DOUBLE_COMMITTED = 2;
const DOUBLE_CALLED = 3;
const DOUBLE_FIRST_NUMBER = 4;
/** Words at which the two banks start. */
const BANKS = [16, 32] as const;

const FREE = 0;
const OPEN = 1;
const SEALED = 2;
const SENDING = 3;

/** Bytes, records and the bank in force share one f64, so that one store commits all three: 26 bits of bytes, one of the bank, 26 of records. */
const BANK_RADIX = 2 ** 26;
const RECORDS_RADIX = 2 ** 27;
const MAX_SLOT_BYTES = 2 ** 25;

/** A slot on its way to a sink. */
export interface OutboxSlot extends EncodedBatch {
  readonly index: number;
}

export interface OutboxOptions {
  /** Batches that wait when it is closed stay in its memory, and another thread delivers them (audit/rescue.ts). Default false: they are lost. */
  readonly keepsWhatIsLeft?: boolean;
}

/** Bytes of memory for an outbox that holds at least `capacityBytes`, in at least two slots: one is sent while the other is filled. */
export function outboxBytes(capacityBytes: number, slotBytes: number = DEFAULT_SLOT_BYTES): number {
  return HEADER_BYTES + Math.max(2, Math.ceil(capacityBytes / slotBytes)) * (HEADER_BYTES + slotBytes);
}

/** Records that wait in an outbox, readable from any thread; may be slightly out of date. */
export function outboxAccount(memory: ArrayBufferLike): {
  readonly bytes: number;
  readonly records: number;
  readonly capacityBytes: number;
} {
  const words = new Int32Array(memory);
  const doubles = new Float64Array(memory, 0, memory.byteLength >> 3);
  let bytes = 0;
  let records = 0;
  for (let slot = 1; slot <= words[WORD_SLOT_COUNT]; slot++) {
    if (Atomics.load(words, slot * HEADER_WORDS + WORD_STATE) === FREE) continue;
    const committed = doubles[slot * HEADER_DOUBLES + DOUBLE_COMMITTED];
    bytes += committed % BANK_RADIX;
    records += Math.floor(committed / RECORDS_RADIX);
  }
  return { bytes, records, capacityBytes: words[WORD_SLOT_COUNT] * words[WORD_SLOT_BYTES] };
}

/** Whether a worker has laid the memory out. Fresh memory is all zeros. */
export function isOutbox(memory: ArrayBufferLike): boolean {
  return Atomics.load(new Int32Array(memory, 0, HEADER_WORDS), WORD_FORMAT) !== 0;
}

export class Outbox implements ByteQueue<OutboxSlot> {
  readonly output: Output;
  readonly slotCount: number;
  readonly slotBytes: number;
  isCut = false;

  readonly #words: Int32Array;
  readonly #doubles: Float64Array;
  readonly #bytes: Uint8Array;
  readonly #dataOffset: number;
  readonly #keepsWhatIsLeft: boolean;
  /** Stack of free slots. */
  readonly #free: number[] = [];
  /** Sealed slots, oldest first. */
  readonly #sealed: number[] = [];
  /** The batch object of a slot that was put back. */
  readonly #putBack = new Map<number, OutboxSlot>();
  #sending = 0;
  #open = -1;
  #lastOrder = 0;

  /** Formats fresh memory (all zeros); in used memory it finds again what was committed. `slotBytes` (a multiple of 8, at most 32 MiB) counts only for fresh memory. */
  constructor(memory: ArrayBufferLike, slotBytes: number = DEFAULT_SLOT_BYTES, { keepsWhatIsLeft = false }: OutboxOptions = {}) {
    this.#keepsWhatIsLeft = keepsWhatIsLeft;
    this.#words = new Int32Array(memory);
    this.#doubles = new Float64Array(memory, 0, memory.byteLength >> 3);
    this.#bytes = new Uint8Array(memory);
    if (this.#words[WORD_FORMAT] === 0) this.#format(memory, slotBytes);
    if (this.#words[WORD_FORMAT] !== OUTBOX_FORMAT) {
      throw new HftError(
        'HFT_RING_FORMAT',
        `Outbox memory has format ${this.#words[WORD_FORMAT]}, this worker knows ${OUTBOX_FORMAT}.`,
      );
    }
    this.slotCount = this.#words[WORD_SLOT_COUNT];
    this.slotBytes = this.#words[WORD_SLOT_BYTES];
    this.#dataOffset = (1 + this.slotCount) * HEADER_BYTES;
    this.output = { bytes: this.#bytes, view: new DataView(memory), position: 0, limit: 0 };
    this.#recover();
  }

  claim(maxBytes: number = Number.POSITIVE_INFINITY): boolean {
    if (this.#open < 0) {
      const slot = this.#free.pop();
      if (slot === undefined) return false;
      this.#lastOrder++;
      this.#doubles[slot * HEADER_DOUBLES + DOUBLE_ORDER] = this.#lastOrder;
      this.#doubles[slot * HEADER_DOUBLES + DOUBLE_COMMITTED] = 0;
      this.#bank(slot, 0).fill(0);
      Atomics.store(this.#words, slot * HEADER_WORDS + WORD_STATE, OPEN);
      this.#open = slot;
    }
    const start = this.#startOf(this.#open);
    const end = start + this.slotBytes;
    this.output.position = start + this.#bytesOf(this.#open);
    this.output.limit = Math.min(end, this.output.position + Math.max(0, maxBytes));
    this.isCut = this.output.limit < end;
    return true;
  }

  get openIsEmpty(): boolean {
    return this.#open < 0 || this.#bytesOf(this.#open) === 0;
  }

  commit({ tally, calledNanos = 0, firstNumber = 0 }: Committed): void {
    const slot = this.#open;
    if (this.openIsEmpty) {
      this.#doubles[slot * HEADER_DOUBLES + DOUBLE_CALLED] = calledNanos;
      this.#doubles[slot * HEADER_DOUBLES + DOUBLE_FIRST_NUMBER] = firstNumber;
    }
    const bytes = this.output.position - this.#startOf(slot);
    const bank = 1 - this.#bankOf(slot);
    const counts = this.#tallyOf(slot);
    addTally(counts, tally);
    this.#bank(slot, bank).set(counts);
    this.#doubles[slot * HEADER_DOUBLES + DOUBLE_COMMITTED] = recordsOf(counts) * RECORDS_RADIX + bank * BANK_RADIX + bytes;
  }

  seal(): void {
    if (this.openIsEmpty) return;
    Atomics.store(this.#words, this.#open * HEADER_WORDS + WORD_STATE, SEALED);
    this.#sealed.push(this.#open);
    this.#open = -1;
  }

  take(openToo: boolean): OutboxSlot | undefined {
    if (this.#sealed.length === 0 && openToo) this.seal();
    const index = this.#sealed.shift();
    if (index === undefined) return undefined;
    Atomics.store(this.#words, index * HEADER_WORDS + WORD_STATE, SENDING);
    this.#sending++;
    const before = this.#putBack.get(index);
    this.#putBack.delete(index);
    return before ?? this.#describe(index);
  }

  putBack(slot: OutboxSlot): void {
    Atomics.store(this.#words, slot.index * HEADER_WORDS + WORD_STATE, SEALED);
    this.#sending--;
    this.#putBack.set(slot.index, slot);
    this.#sealed.push(slot.index);
    this.#sealed.sort((left, right) => this.#orderOf(left) - this.#orderOf(right));
  }

  release(slot: OutboxSlot): void {
    Atomics.store(this.#words, slot.index * HEADER_WORDS + WORD_STATE, FREE);
    this.#sending--;
    this.#free.push(slot.index);
  }

  get waiting(): Tally {
    const waiting = newTally();
    for (let slot = 1; slot <= this.slotCount; slot++) {
      if (this.#words[slot * HEADER_WORDS + WORD_STATE] !== FREE) addTally(waiting, this.#tallyOf(slot));
    }
    return waiting;
  }

  get newestOrder(): number {
    return this.#open >= 0 && this.openIsEmpty ? this.#lastOrder - 1 : this.#lastOrder;
  }

  get bytesFree(): number {
    return this.#free.length * this.slotBytes;
  }

  get bytesUsed(): number {
    return this.#sealed.length * this.slotBytes + (this.#open < 0 ? 0 : this.#bytesOf(this.#open));
  }

  get bytesUsable(): number {
    return (this.slotCount - this.#sending) * this.slotBytes;
  }

  get oldestOrder(): number {
    let oldest = Infinity;
    for (let slot = 1; slot <= this.slotCount; slot++) {
      if (this.#words[slot * HEADER_WORDS + WORD_STATE] !== FREE && this.#bytesOf(slot) > 0)
        oldest = Math.min(oldest, this.#orderOf(slot));
    }
    return oldest;
  }

  close(): Tally {
    if (this.#keepsWhatIsLeft) return newTally();
    const lost = this.waiting;
    for (let slot = 1; slot <= this.slotCount; slot++) Atomics.store(this.#words, slot * HEADER_WORDS + WORD_STATE, FREE);
    this.#sealed.length = 0;
    this.#free.length = 0;
    this.#open = -1;
    return lost;
  }

  #format(memory: ArrayBufferLike, slotBytes: number): void {
    const slots = Math.floor((memory.byteLength - HEADER_BYTES) / (HEADER_BYTES + slotBytes));
    if (slots < 1 || slotBytes % 8 !== 0 || slotBytes > MAX_SLOT_BYTES) {
      throw new RangeError(
        `An outbox of ${memory.byteLength} bytes cannot have slots of ${slotBytes}; give it outboxBytes(capacityBytes, slotBytes), with slots of a multiple of 8 and at most ${MAX_SLOT_BYTES} bytes.`,
      );
    }
    this.#words[WORD_SLOT_COUNT] = slots;
    this.#words[WORD_SLOT_BYTES] = slotBytes;
    Atomics.store(this.#words, WORD_FORMAT, OUTBOX_FORMAT);
  }

  #recover(): void {
    for (let slot = this.slotCount; slot >= 1; slot--) {
      const state = slot * HEADER_WORDS + WORD_STATE;
      this.#lastOrder = Math.max(this.#lastOrder, this.#orderOf(slot));
      if (this.#words[state] === FREE || this.#bytesOf(slot) === 0) {
        Atomics.store(this.#words, state, FREE);
        this.#free.push(slot);
        continue;
      }
      // Stays open: workers that die one after the other must not leave a row of nearly empty slots behind.
      if (this.#words[state] === OPEN && this.#open < 0) {
        this.#open = slot;
        continue;
      }
      Atomics.store(this.#words, state, SEALED);
      this.#sealed.push(slot);
    }
    this.#sealed.sort((left, right) => this.#orderOf(left) - this.#orderOf(right));
  }

  #describe(index: number): OutboxSlot {
    const start = this.#startOf(index);
    const tally = this.#tallyOf(index);
    return {
      index,
      order: this.#orderOf(index),
      bytes: this.#bytes.subarray(start, start + this.#bytesOf(index)),
      byteLength: this.#bytesOf(index),
      records: recordsOf(tally),
      tally,
      calledNanos: this.#doubles[index * HEADER_DOUBLES + DOUBLE_CALLED],
      firstNumber: this.#doubles[index * HEADER_DOUBLES + DOUBLE_FIRST_NUMBER],
    };
  }

  /** Slots are numbered from 1: the block at 0 is the outbox's own header. */
  #startOf(slot: number): number {
    return this.#dataOffset + (slot - 1) * this.slotBytes;
  }

  #orderOf(slot: number): number {
    return this.#doubles[slot * HEADER_DOUBLES + DOUBLE_ORDER];
  }

  #committedOf(slot: number): number {
    return this.#doubles[slot * HEADER_DOUBLES + DOUBLE_COMMITTED];
  }

  #bytesOf(slot: number): number {
    return this.#committedOf(slot) % BANK_RADIX;
  }

  #bankOf(slot: number): 0 | 1 {
    return this.#committedOf(slot) % RECORDS_RADIX < BANK_RADIX ? 0 : 1;
  }

  #bank(slot: number, bank: number): Int32Array {
    const start = slot * HEADER_WORDS + BANKS[bank];
    return this.#words.subarray(start, start + TALLY_CELLS);
  }

  /** Records by lane and level. */
  #tallyOf(slot: number): Tally {
    return Float64Array.from(this.#bank(slot, this.#bankOf(slot)));
  }
}
