/**
 * What a service does between two calls, as far as the processor's caches can tell: a millisecond of work over 16 MiB.
 */
import { nanos } from './clock.ts';

const WORK_BYTES = 16 * 1_048_576;
const WORK_NANOS = 1_000_000;

/** Reads and writes a line of the cache in turn, in an order that no prefetcher follows, until the time is over. */
export class OtherWork {
  sum = 0;
  readonly #memory = new Int32Array(WORK_BYTES / 4).fill(1);
  #at = 0;

  run(): void {
    const memory = this.#memory;
    const lines = memory.length / 16;
    const end = nanos() + WORK_NANOS;
    while (nanos() < end) {
      for (let i = 0; i < 4_096; i++) {
        this.#at = (this.#at + 40_503) % lines;
        this.sum += memory[this.#at * 16]++;
      }
    }
  }
}
