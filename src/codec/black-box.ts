/**
 * The ring of a black box: the last records of a thread below the level that is written. Nobody reads it as long as nothing happens, so its producer is also
 * the one that gives up its oldest frames. Its frames refer to the dictionary of the thread's log lane, so they can be moved into that lane's ring as they are.
 *
 * A process that finds the memory of a dead run moves them in the same way.
 */
import { CONTROL_BYTES, FORMAT_VERSION, WORD_KEPT_RECORDS, WORD_SEQUENCE } from '../ring/layout.ts';
import { RingReader } from '../ring/reader.ts';
import type { RingWriter } from '../ring/writer.ts';
import { kindOf, levelRankOf, unitsOf } from './frames.ts';
import { KIND_PAD } from './layout.ts';

/** Version of the layout: that of the rings. */
export const BLACK_BOX_FORMAT = FORMAT_VERSION;

/** Bytes of a record that a box is sized by, as rings are: a record with some ten fields. */
const RECORD_BYTES = 256;

/** Room that is made at a time is a quarter of the ring: so much more is taken, and what is kept is never fewer records. */
const SPARE = 4 / 3;

/** A smaller ring has no room for a long record. */
const LEAST_BYTES = 65_536;

/** Bytes of a box for so many records. */
export function blackBoxBytes(records: number): number {
  return CONTROL_BYTES + Math.max(LEAST_BYTES, Math.ceil((records * RECORD_BYTES * SPARE) / 8) * 8);
}

export class BlackBoxRing {
  readonly #reader: RingReader;
  readonly #control: Int32Array;

  /** Memory that a {@link RingWriter} has laid out. */
  constructor(memory: ArrayBufferLike) {
    this.#reader = new RingReader(memory);
    this.#control = new Int32Array(memory, 0, CONTROL_BYTES / 4);
  }

  /** Most records that are moved: the newest ones. */
  set kept(records: number) {
    this.#control[WORD_KEPT_RECORDS] = records;
  }

  get isEmpty(): boolean {
    return this.#reader.position === this.#reader.peek();
  }

  /** Dictionary half that its frames refer to. */
  get half(): 0 | 1 {
    return this.#reader.half;
  }

  /** Frames in it. */
  get records(): number {
    return (this.#control[WORD_SEQUENCE] - this.#reader.released) | 0;
  }

  /** Gives up the oldest frames until a quarter of the ring is free. For its producer alone. */
  makeRoom(): void {
    const { capacity } = this.#reader;
    const head = this.#reader.peek();
    const inUse = (at: number) => (head >= at ? head - at : capacity - at + head);
    let at = this.#reader.position;
    let records = 0;
    while (inUse(at) > capacity - (capacity >> 2)) {
      const next = this.#behind(at);
      if (next > at) records++;
      at = next;
    }
    if (at !== this.#reader.position) this.#reader.release(at, this.half, records);
  }

  /** Gives up all frames: ids mean something else from here on, those of `half`. */
  clear(half: 0 | 1): void {
    this.#reader.release(this.#reader.peek(), half, this.records);
  }

  /**
   * Moves the frames into the log ring of the same thread, under that ring's next numbers and with the time of their calls. A frame for which `claim` has no
   * room stays, and those behind it, unless `isDropping`: then the ring has counted it as lost.
   *
   * Each frame is given up behind its commit. A process that is killed in between leaves one frame in both rings.
   *
   * @returns frames that were moved
   */
  moveTo(ring: RingWriter, claim: (units: number, levelRank: number) => number, isDropping: boolean): number {
    const { words } = this.#reader;
    const head = this.#reader.peek();
    let surplus = this.records - this.#control[WORD_KEPT_RECORDS];
    let moved = 0;
    for (let at = this.#reader.position; at !== head; ) {
      const end = this.#behind(at);
      if (end < at) {
        at = end;
        continue;
      }
      if (surplus-- <= 0) {
        const units = end - at;
        const to = claim(units, levelRankOf(words, at));
        if (to < 0 && !isDropping) break;
        if (to >= 0) {
          copyFrame(words, at, units, ring, to);
          moved++;
        }
      }
      this.#reader.release(end, this.half, 1);
      at = end;
    }
    return moved;
  }

  /** Where the next frame begins; a smaller position than `at` where there is none up to the end of the memory. */
  #behind(at: number): number {
    const { words, capacity } = this.#reader;
    return at === capacity || kindOf(words, at) === KIND_PAD ? 0 : at + unitsOf(words, at);
  }
}

function copyFrame(from: Int32Array, at: number, units: number, ring: RingWriter, to: number): void {
  const { words, control } = ring;
  for (let i = 0; i < units * 2; i++) words[to * 2 + i] = from[at * 2 + i];
  const sequence = (control[WORD_SEQUENCE] + 1) | 0;
  control[WORD_SEQUENCE] = sequence;
  words[to * 2 + 4] = sequence;
  ring.commit(to + units);
}
