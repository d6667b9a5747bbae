/**
 * Outputs for tests of encoders: some memory with guards around the part that may be written.
 */
import type { Encoder, Output } from '../../src/encoders/encoder.ts';

const GUARD = 0xa5;
const GUARD_BYTES = 64;

export class GuardedOutput implements Output {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  position: number;
  limit: number;
  readonly #start: number;

  /** `capacity` bytes that may be written. `start` of them are taken already. */
  constructor(capacity: number, start = 0) {
    const memory = new SharedArrayBuffer(GUARD_BYTES + capacity + GUARD_BYTES);
    this.bytes = new Uint8Array(memory).fill(GUARD);
    this.view = new DataView(memory);
    this.#start = GUARD_BYTES + start;
    this.position = this.#start;
    this.limit = GUARD_BYTES + capacity;
  }

  /** What was encoded. */
  get written(): Buffer {
    return Buffer.from(this.bytes.slice(this.#start, this.position));
  }

  /** True when no byte outside of the writable part was touched. */
  get guardsHold(): boolean {
    return (
      this.bytes.subarray(0, this.#start).every((byte) => byte === GUARD) &&
      this.bytes.subarray(this.limit).every((byte) => byte === GUARD)
    );
  }
}

/** Everything that `encoder` makes of `frames`. */
export function encodeAll(encoder: Encoder, frames: Int32Array): Buffer {
  const output = new GuardedOutput(1 << 20);
  const end = encoder.encode(frames, 0, frames.length, output);
  if (end !== frames.length) throw new Error(`Only ${end} of ${frames.length} frames were encoded.`);
  if (!output.guardsHold) throw new Error('The encoder wrote outside of its output.');
  return output.written;
}
