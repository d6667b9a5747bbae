/**
 * The producer's end of a ring.
 *
 * Contract. One thread, and only one, calls the methods of a writer; one thread, and only one, those of the reader on the same memory.
 * Then: frames come out whole, once, in the order of their commits; no call waits; a frame that was committed is seen by the reader's next
 * `peek`; memory is never written beyond what the reader has released. The producer is delayed by nothing the reader does.
 *
 * The fast path of a log call (codec/encode/generated-writer.ts) does by hand what `claim` does when there is room: one comparison of the head with
 * `limits[level rank]`. Everything else that must happen now and then (look at the tail, wrap, wake the reader, account) happens in
 * `claimSlow`, and is brought about by keeping that limit low.
 */
import { LEVEL_COUNT } from '../record.ts';
import {
  CONTROL_BYTES,
  F64_DROPPED,
  F64_SAMPLED_OUT,
  F64_SEQUENCE_TOTAL,
  F64_UNMARKED,
  FORMAT_VERSION,
  REASON_CLOSED,
  REASON_COUNT,
  REASON_RING_FULL,
  TAIL_HALF_BIT,
  TAIL_POSITION_MASK,
  UNIT_BYTES,
  WORD_CLOSED,
  WORD_FIRST_UNMARKED,
  WORD_FORMAT,
  WORD_HEAD,
  WORD_HIGH_WATER,
  WORD_SEQUENCE,
  WORD_TAIL,
} from './layout.ts';

/** Units that a claim on the fast path may use without asking further: the longest frame a generated writer makes is shorter (2 KiB). */
export const FAST_CLAIM_UNITS = 256;

/** Returned by a claim that was refused. */
export const REFUSED = -1;

export interface RingWriterOptions {
  /** Share (0–1] of the ring that records of each level rank may fill. */
  readonly shares: readonly number[];
  /** Units after which the reader is woken, if it sleeps. */
  readonly wakeUnits: number;
  /** Called about once every `wakeUnits`, and whenever the ring is found full. */
  readonly onBatch: () => void;
  /**
   * What the ring does when it has no room. `drop`: the record is lost; its sequence number is used up, it is counted, and a mark is put before the next
   * record. `refuse`: the caller keeps the record and deals with it; the ring's account does not change.
   */
  readonly whenFull: 'drop' | 'refuse';
  /** Writes the mark of lost records into `units` claimed at `position`. */
  readonly loss?: { readonly units: number; write(position: number, firstSequence: number, droppedByLevel: Float64Array): void };
}

export class RingWriter {
  /** Control words. */
  readonly control: Int32Array;
  /** Views of the data area. */
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly nanos: BigInt64Array;
  readonly bytes: Buffer;
  /** Units of the data area. */
  readonly capacity: number;
  /** By level rank: the largest head from which {@link FAST_CLAIM_UNITS} may be written at once. */
  readonly limits = new Int32Array(LEVEL_COUNT);

  readonly #counters: Float64Array;
  readonly #allowed: Int32Array;
  readonly #options: RingWriterOptions;
  /** Losses since the last mark, in the ring's memory. */
  readonly #unmarked: Float64Array;
  /** Head behind the last mark. */
  #markedAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(memory: ArrayBufferLike, options: RingWriterOptions) {
    this.control = new Int32Array(memory, 0, CONTROL_BYTES / 4);
    this.#counters = new Float64Array(memory, 0, CONTROL_BYTES / 8);
    this.words = new Int32Array(memory, CONTROL_BYTES);
    this.doubles = new Float64Array(memory, CONTROL_BYTES);
    this.nanos = new BigInt64Array(memory, CONTROL_BYTES);
    this.bytes = Buffer.from(memory, CONTROL_BYTES);
    this.capacity = (memory.byteLength - CONTROL_BYTES) / UNIT_BYTES;
    this.#options = options;
    // One unit stays unused, so that a full ring differs from an empty one.
    this.#allowed = Int32Array.from(options.shares, (share) => Math.min(this.capacity - 1, Math.floor(share * this.capacity)));
    this.#unmarked = this.#counters.subarray(F64_UNMARKED, F64_UNMARKED + LEVEL_COUNT);
    this.control[WORD_FORMAT] = FORMAT_VERSION;
    this.limits.fill(REFUSED);
  }

  /** Longest frame the ring takes: an eighth of it, so that wrapping never wastes more. */
  get maxUnits(): number {
    return this.capacity >> 3;
  }

  /**
   * Room for a frame of `units`, at the unit offset returned, to be filled and then committed with `commit(position + units)`; or
   * {@link REFUSED}, after which there is nothing to commit. `units` must not exceed `maxUnits`.
   */
  claim(units: number, levelRank: number): number {
    const head = this.control[WORD_HEAD];
    return units <= FAST_CLAIM_UNITS && head <= this.limits[levelRank] ? head : this.claimSlow(head, units, levelRank);
  }

  /** Room for a frame that is no record: when it is refused nothing is lost, and nothing is counted. */
  claimAside(units: number): number {
    if (this.#closed) return REFUSED;
    const position = this.#find(this.control[WORD_HEAD], units, this.capacity - 1);
    // The head moves, perhaps to the start of the memory: limits must be set anew.
    if (position !== REFUSED) this.limits.fill(REFUSED);
    return position;
  }

  /** Publishes everything before `head`. Partner of the `Atomics.load` of the same word in `RingReader.peek`. */
  commit(head: number): void {
    Atomics.store(this.control, WORD_HEAD, head);
  }

  /** The path of a claim that found its limit reached. */
  claimSlow(head: number, units: number, levelRank: number): number {
    this.#account(head);
    if (this.#closed) return this.#refuse(levelRank, REASON_CLOSED);
    this.#options.onBatch();
    let position = head;
    if (this.#firstUnmarked !== 0 && this.#markIsDue(head)) {
      position = this.#mark(units, levelRank);
      if (position === REFUSED) return this.#refuse(levelRank, REASON_RING_FULL);
    }
    position = this.#find(position, units, this.#allowed[levelRank]);
    if (position === REFUSED) return this.#refuse(levelRank, REASON_RING_FULL);
    this.#setLimits(position);
    return position;
  }

  /** Marks losses that are not marked yet, if there is room now. For `flush`: perhaps no further record comes. */
  settle(): void {
    if (this.#firstUnmarked === 0 || this.#closed) return;
    if (this.#mark(0, LEVEL_COUNT - 1) !== REFUSED) this.limits.fill(REFUSED);
  }

  /** From here on everything is refused with reason `closed`. */
  close(): void {
    this.settle();
    this.#closed = true;
    this.limits.fill(REFUSED);
    this.#account(this.control[WORD_HEAD]);
    Atomics.store(this.control, WORD_CLOSED, 1);
  }

  /** Dictionary half that the reader has reached; the other one is free when this is the writer's own. */
  get readersHalf(): 0 | 1 {
    return (Atomics.load(this.control, WORD_TAIL) & TAIL_HALF_BIT) === 0 ? 0 : 1;
  }

  /** Number of the first record that was lost since the last mark; 0: none was. */
  get #firstUnmarked(): number {
    return this.control[WORD_FIRST_UNMARKED];
  }

  /**
   * Where a frame of `units` can stand if at most `allowed` units may be in use with it; wraps the head when it must. `allowed` is below the capacity: the unit
   * that stays free keeps the head from catching up with the tail, which would mean "empty".
   */
  #find(head: number, units: number, allowed: number): number {
    const tail = Atomics.load(this.control, WORD_TAIL) & TAIL_POSITION_MASK;
    const { capacity } = this;
    if (head < tail) return capacity - tail + head + units <= allowed ? head : REFUSED;
    if (head + units <= capacity) return head + units - tail <= allowed ? head : REFUSED;
    // The rest up to the end is too short, and counts as used.
    if (capacity - tail + units > allowed) return REFUSED;
    if (head < capacity) {
      this.words[head * 2] = 0;
      this.words[head * 2 + 1] = -1; // KIND_PAD: the only thing a ring knows of frames
    }
    this.commit(0);
    return 0;
  }

  /** Lets the fast path run until any level's share, the end of the memory, or the next look at the reader. */
  #setLimits(head: number): void {
    const tail = Atomics.load(this.control, WORD_TAIL) & TAIL_POSITION_MASK;
    // While losses are unmarked, look again when their mark is due.
    const look = head + Math.min(this.#options.wakeUnits, this.#firstUnmarked === 0 ? this.capacity : this.maxUnits);
    for (let rank = 0; rank < LEVEL_COUNT; rank++) {
      const allowed = this.#allowed[rank];
      const end = head < tail ? tail + allowed - this.capacity : Math.min(this.capacity, tail + allowed);
      this.limits[rank] = Math.min(end - FAST_CLAIM_UNITS, look);
    }
  }

  /** Counts a record that this ring has refused and that its caller could not keep either. For rings that refuse. */
  countLoss(levelRank: number): void {
    this.#count(levelRank, this.#closed ? REASON_CLOSED : REASON_RING_FULL);
  }

  /** Counts a record that is not offered, because sampling leaves it out. */
  countSampledOut(levelRank: number): void {
    this.#counters[F64_SAMPLED_OUT + levelRank]++;
  }

  #count(levelRank: number, reason: number): number {
    const sequence = (this.control[WORD_SEQUENCE] + 1) | 0;
    this.control[WORD_SEQUENCE] = sequence;
    this.#counters[F64_DROPPED + levelRank * REASON_COUNT + reason]++;
    return sequence;
  }

  #refuse(levelRank: number, reason: number): number {
    if (this.#options.whenFull === 'refuse') return REFUSED;
    const sequence = this.#count(levelRank, reason);
    if (reason === REASON_RING_FULL) {
      this.#unmarked[levelRank]++;
      if (this.#firstUnmarked === 0) this.control[WORD_FIRST_UNMARKED] = sequence === 0 ? 1 : sequence;
    }
    this.limits.fill(REFUSED); // the next call must come here too: it has a mark to write first
    return REFUSED;
  }

  /**
   * A mark stands in front of the first record after a loss; further losses within an eighth of the ring are in the next one. In a flood of mixed levels nearly
   * every record that is taken comes after one that was refused, and marks would take the room of records.
   */
  #markIsDue(head: number): boolean {
    const { capacity } = this;
    const behind = head - this.#markedAt;
    return (behind < 0 ? behind + capacity : behind) >= capacity >> 3;
  }

  /** Puts the mark of losses into the stream, if it and the `units` that follow both fit. Returns the new head. */
  #mark(units: number, levelRank: number): number {
    const { loss } = this.#options;
    const head = this.control[WORD_HEAD];
    if (loss === undefined) return head;
    // Both must fit in one stretch: a mark without its successor would let a refused record follow its own mark.
    const position = this.#find(head, loss.units + units, this.#allowed[levelRank]);
    if (position === REFUSED) return REFUSED;
    loss.write(position, this.#firstUnmarked, this.#unmarked);
    this.#markedAt = position + loss.units;
    // Committed first: if the process is killed in between, these losses are reported twice rather than never.
    this.commit(this.#markedAt);
    this.control[WORD_FIRST_UNMARKED] = 0;
    this.#unmarked.fill(0);
    return this.#markedAt;
  }

  /** Folds the 32-bit sequence into a total that does not wrap, and notes the fill. Runs many times in 2^32 records. */
  #account(head: number): void {
    const sequence = this.control[WORD_SEQUENCE] >>> 0;
    const total = this.#counters[F64_SEQUENCE_TOTAL];
    // One store: the total implies the sequence it was folded at, so a reader in between, or after a death, counts nothing twice.
    this.#counters[F64_SEQUENCE_TOTAL] = total + ((sequence - total) >>> 0);
    const tail = Atomics.load(this.control, WORD_TAIL) & TAIL_POSITION_MASK;
    const fill = head >= tail ? head - tail : this.capacity - tail + head;
    if (fill > this.control[WORD_HIGH_WATER]) this.control[WORD_HIGH_WATER] = fill;
  }
}
