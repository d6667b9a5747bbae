/**
 * Frames → records as objects → a bounded queue in front of a backend that takes objects. Records that find no room are dropped and counted, and reported by a
 * mark in the destination's own stream.
 */
import { type DecodeContext, decodeFrame } from '../codec/decode.ts';
import { levelRankOf, unitsOf } from '../codec/frames.ts';
import { errorText } from '../common/error-text.ts';
import type { LogRecordData } from '../contract/backend.ts';
import type { BackendCounters } from '../health/counters.ts';
import { cellOf, newTally, recordsOf, tallyOf } from '../health/tally.ts';
import { callNanosOf, type LaneSource, MAX_FRAMES } from '../read/lane-source.ts';
import { UNIT_BYTES } from '../ring/layout.ts';
import type { Destination } from './destination.ts';
import { isMark, tallyFrames } from './frame-tally.ts';
import { DEFAULT_BATCH_RECORDS, type HeapBatch } from './heap-queue.ts';
import { type LossMarks, lossesOfMark, MARK_BYTES } from './loss-marks.ts';
import type { ObjectQueue } from './object-queue.ts';

export class ObjectDestination implements Destination {
  /** It gets copies: the audit file is the record, and no lane waits for this. */
  readonly room: number = Number.POSITIVE_INFINITY;
  readonly inOrder = true;
  readonly #queue: ObjectQueue;
  readonly #counters: BackendCounters;
  readonly #marks: LossMarks;
  /** Number of items in the queue's life when the last marks were put into it. */
  #markedAt = Number.NEGATIVE_INFINITY;

  constructor(queue: ObjectQueue, counters: BackendCounters, marks: LossMarks) {
    this.#queue = queue;
    this.#counters = counters;
    this.#marks = marks;
  }

  takesAll(): boolean {
    return this.#queue.takesAll(MAX_FRAMES);
  }

  deliver(source: LaneSource, frames: Int32Array, count: number): void {
    this.#counters.take(tallyFrames(source, frames, 0, count));
    const context = source.decodeContext();
    const { words, lane } = source;
    const dropped = newTally();
    for (let i = 0; i < count; i++) {
      const frame = frames[i];
      if (isMark(source, frame)) {
        this.#passMark(source, frame, context);
        continue;
      }
      const rank = levelRankOf(words, frame);
      if (!this.#queue.accepts(lane, rank)) {
        dropped[cellOf(lane, rank)]++;
        continue;
      }
      if (this.#marks.isDue && this.#queue.newestOrder - this.#markedAt >= DEFAULT_BATCH_RECORDS) this.#offerMarks();
      const record = this.#decode(source, frame, context);
      if (record !== undefined) this.#queue.offer(record, unitsOf(words, frame) * UNIT_BYTES, callNanosOf(source, frame));
    }
    if (recordsOf(dropped) > 0) this.#queue.drop(dropped);
  }

  kick(): void {
    this.#offerMarksIfRelaxed();
    this.#queue.kick();
  }

  flush(timeoutMillis: number): Promise<boolean> {
    if (this.#marks.isDue) this.#offerMarks();
    return this.#queue.flush(timeoutMillis);
  }

  flushAtEnd(timeoutMillis: number): Promise<boolean> {
    return this.flush(timeoutMillis);
  }

  close(timeoutMillis: number): Promise<boolean> {
    if (this.#marks.isDue) this.#offerMarks();
    return this.#queue.close(timeoutMillis);
  }

  forget(): void {}

  /** The engine's report: a batch was taken. Its room may be what a mark waits for. */
  onDelivered(): void {
    this.#offerMarksIfRelaxed();
  }

  /** The engine's report: a batch was given up. Its marks wait for the next batch; tried again at once, they might be given up again and again. */
  onGivenUp({ items }: HeapBatch): void {
    this.#marks.giveBack(items.flatMap(({ marked }) => marked ?? []));
  }

  /** Not while a level is being dropped: then one set of marks for each batch, before a record that is taken, is enough to find the gaps. */
  #offerMarksIfRelaxed(): void {
    if (this.#marks.isDue && this.#queue.lowestTaken === 0) this.#offerMarks();
  }

  #offerMarks(): void {
    const { source, frames } = this.#marks;
    const count = this.#marks.write();
    this.#markedAt = this.#queue.newestOrder;
    for (let i = 0; i < count && !this.#queue.isFull; i++) {
      const object = decodeFrame(source, frames[i], source.decodeContext());
      this.#queue.offerMark(object, this.#marks.sent(i), MARK_BYTES, callNanosOf(source, frames[i]));
    }
  }

  #passMark(source: LaneSource, frame: number, context: DecodeContext): void {
    const marked = { reason: 'ring_full', records: lossesOfMark(source, frame) } as const;
    const object = this.#queue.isFull ? undefined : this.#decode(source, frame, context);
    if (object === undefined || !this.#queue.offerMark(object, marked, MARK_BYTES, callNanosOf(source, frame)))
      this.#counters.missRingMark(marked.records);
  }

  /** A frame that cannot be decoded must not end the worker: its successor would meet it again. */
  #decode(source: LaneSource, frame: number, context: DecodeContext): LogRecordData | undefined {
    try {
      return decodeFrame(source, frame, context);
    } catch (error) {
      if (!isMark(source, frame)) this.#counters.drop('failed', tallyOf(source.lane, levelRankOf(source.words, frame), 1));
      this.#counters.setState('degraded', `A record could not be decoded: ${errorText(error)}`);
      return undefined;
    }
  }
}
