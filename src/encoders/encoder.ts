/**
 * The interface of an encoder: it turns frames in shared memory into bytes of one destination. One encoder object serves
 * one backend and one ring (definitions differ from ring to ring).
 */
import type { DictionaryReader } from '../codec/dictionary/dictionary-reader.ts';
import type { Lane } from '../record.ts';

/** Where an encoder finds its frames. All views are over the data area of one ring. */
export interface FrameSource {
  /** Two i32 to a unit: unit `u` stands at `words[2 * u]` and `words[2 * u + 1]`. */
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly nanos: BigInt64Array;
  readonly bytes: Uint8Array;
  /** Definitions in force for the frames at hand. `definitions.turns` changes when ids have got new meanings: discard everything derived from them. */
  readonly definitions: DictionaryReader;
}

/** Nanoseconds to add to a frame's clock reading to get Unix time. One object, changed in place when the clock is anchored anew. */
export interface WallClock {
  offsetNanos: bigint;
}

/** Facts about a ring, beside its bytes, that an encoder needs. */
export interface LaneContext {
  readonly lane: Lane;
  readonly clock: WallClock;
  /** The full number of a frame, from its low 32 bits. */
  readonly sequenceOf: (low: number) => number;
  /** Each line has its run, as those of the audit lane do: in the audit trail the lines of several processes may be in one file. Default false. */
  readonly showsRun?: boolean;
  /** Most attributes of a record: those of its context first. The number of the others is on the record. */
  readonly attributeLimit: number;
}

/**
 * Memory to write into. It never grows; the encoder stops at its end. The encoder may write garbage up to `slack` bytes beyond what it
 * counts (eight-byte copies overrun), so it stops at `limit - slack`.
 */
export interface Output {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Next byte to write. */
  position: number;
  /** End of the writable part. */
  limit: number;
}

export interface Encoder {
  /**
   * Encodes frames `frames[from] … frames[to - 1]` (unit offsets into the source), each whole or not at all, until they end or the output is
   * too full for the next one. An encoder may leave the last frames that would fit to the next output, but never the first one. Returns the
   * index of the first frame that was not encoded. Returning `from` from an empty output means that this frame can never fit; the caller of
   * this method then counts it as dropped (`too_large`) and goes on behind it.
   */
  encode(frames: Int32Array, from: number, to: number, output: Output): number;
}
