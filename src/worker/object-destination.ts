/**
 * Frames → records as objects → a bounded queue in front of a backend that wants objects.
 */
import { decodeFrame } from '../codec/decode.ts';
import { unitsOf } from '../codec/frames.ts';
import type { BackendCounters } from '../health/counters.ts';
import { UNIT_BYTES } from '../ring/layout.ts';
import type { Destination } from './destination.ts';
import type { LaneSource } from './lane-source.ts';
import type { ObjectQueue } from './object-queue.ts';

export class ObjectDestination implements Destination {
  /** What it gets is a copy: the audit file is the record, and no lane waits for this. */
  readonly room = Number.POSITIVE_INFINITY;
  readonly #queue: ObjectQueue;
  readonly #counters: BackendCounters;

  constructor(queue: ObjectQueue, counters: BackendCounters) {
    this.#queue = queue;
    this.#counters = counters;
  }

  deliver(source: LaneSource, frames: Int32Array, count: number): void {
    this.#counters.add('taken', count);
    const context = source.decodeContext();
    for (let i = 0; i < count; i++) {
      // Decoding is dear: not for records that would be dropped.
      if (this.#queue.room <= 0) return this.#queue.drop(count - i);
      this.#queue.offer(decodeFrame(source, frames[i], context), unitsOf(source.words, frames[i]) * UNIT_BYTES);
    }
  }

  kick(): void {}

  flush(timeoutMillis: number): Promise<boolean> {
    return this.#queue.flush(timeoutMillis);
  }

  close(timeoutMillis: number): Promise<boolean> {
    return this.#queue.close(timeoutMillis);
  }

  forget(): void {}
}
