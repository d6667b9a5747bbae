/**
 * Frames → records as objects → a bounded queue in front of a backend that wants objects.
 */

import { type DecodeContext, decodeFrame } from '../codec/decode.ts';
import { unitsOf } from '../codec/frames.ts';
import { errorText } from '../common/error-text.ts';
import type { LogRecordData } from '../contract/backend.ts';
import type { BackendCounters } from '../health/counters.ts';
import { callNanosOf, type LaneSource } from '../read/lane-source.ts';
import { UNIT_BYTES } from '../ring/layout.ts';
import type { Destination } from './destination.ts';
import type { ObjectQueue } from './object-queue.ts';

export class ObjectDestination implements Destination {
  /** What it gets is a copy: the audit file is the record, and no lane waits for this. */
  readonly room = Number.POSITIVE_INFINITY;
  readonly inOrder = true;
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
      const record = this.#decode(source, frames[i], context);
      if (record === undefined) continue;
      this.#queue.offer(record, unitsOf(source.words, frames[i]) * UNIT_BYTES, callNanosOf(source, frames[i]));
    }
  }

  /** A frame that cannot be decoded must not end the worker: its successor would meet it again. */
  #decode(source: LaneSource, frame: number, context: DecodeContext): LogRecordData | undefined {
    try {
      return decodeFrame(source, frame, context);
    } catch (error) {
      this.#counters.drop('failed', 1);
      this.#counters.setState('degraded', `A record could not be decoded: ${errorText(error)}`);
      return undefined;
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
