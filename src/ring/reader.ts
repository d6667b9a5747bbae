/**
 * The consumer's end of a ring: see the contract in writer.ts.
 */
import { HftError } from '../errors.ts';
import {
  CONTROL_BYTES,
  FORMAT_VERSION,
  I64_RELEASED,
  TAIL_HALF_BIT,
  TAIL_POSITION_MASK,
  UNIT_BYTES,
  WORD_CLOSED,
  WORD_DRAINED,
  WORD_FORMAT,
  WORD_HEAD,
  WORD_TAIL,
} from './layout.ts';

/** Whether a producer has taken the memory for its ring. Fresh memory is all zeros. */
export function isRing(memory: ArrayBufferLike): boolean {
  return Atomics.load(new Int32Array(memory, 0, CONTROL_BYTES / 4), WORD_FORMAT) !== 0;
}

export class RingReader {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly nanos: BigInt64Array;
  readonly bytes: Uint8Array;
  /** Units of the data area. */
  readonly capacity: number;
  readonly #control: Int32Array;
  readonly #control64: BigInt64Array;

  /** Goes on at the released position, also if another reader released it. */
  constructor(memory: ArrayBufferLike) {
    this.#control = new Int32Array(memory, 0, CONTROL_BYTES / 4);
    this.#control64 = new BigInt64Array(memory, 0, CONTROL_BYTES / 8);
    const format = this.#control[WORD_FORMAT];
    if (format !== FORMAT_VERSION)
      throw new HftError('HFT_RING_FORMAT', `Ring memory has format ${format}, this reader knows ${FORMAT_VERSION}.`);
    this.words = new Int32Array(memory, CONTROL_BYTES);
    this.doubles = new Float64Array(memory, CONTROL_BYTES);
    this.nanos = new BigInt64Array(memory, CONTROL_BYTES);
    this.bytes = new Uint8Array(memory, CONTROL_BYTES);
    this.capacity = (memory.byteLength - CONTROL_BYTES) / UNIT_BYTES;
  }

  /** Unit offset of the first frame not released yet. May equal `capacity`, when the next frame stands at 0. */
  get position(): number {
    return Atomics.load(this.#control, WORD_TAIL) & TAIL_POSITION_MASK;
  }

  /** Dictionary half in force at `position`. */
  get half(): 0 | 1 {
    return (Atomics.load(this.#control, WORD_TAIL) & TAIL_HALF_BIT) === 0 ? 0 : 1;
  }

  /** The producer's head: frames stand from `position` up to it, past the end of the memory if it is smaller. */
  peek(): number {
    return Atomics.load(this.#control, WORD_HEAD);
  }

  /**
   * Gives everything before `position`, with so many `records` in it, back to the producer. One store carries position, dictionary half and count, so that a
   * successor of this reader never sees one without the others. Partner of the loads of the same words in `RingWriter` and `accountOf`.
   */
  release(position: number, half: 0 | 1, records: number): void {
    const tail = position | (half === 1 ? TAIL_HALF_BIT : 0);
    const drained = (this.#control[WORD_DRAINED] + records) | 0;
    Atomics.store(this.#control64, I64_RELEASED, (BigInt(drained) << 32n) | BigInt(tail));
  }

  /** Records released so far, by this reader and those before it, low 32 bits. */
  get released(): number {
    return this.#control[WORD_DRAINED];
  }

  /** True when the producer has ended and everything it committed is released. */
  get finished(): boolean {
    return Atomics.load(this.#control, WORD_CLOSED) === 1 && this.position === Atomics.load(this.#control, WORD_HEAD);
  }
}
