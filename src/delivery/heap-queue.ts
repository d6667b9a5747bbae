/**
 * A bounded queue of records as objects, in the worker's heap. It ends with the worker: records that wait in it when the worker dies are counted then
 * (`worker_died`).
 */
import type { LogRecordData } from '../contract/backend.ts';
import { newTally, type Tally } from '../health/tally.ts';
import type { BatchQueue } from './batch-queue.ts';
import type { MarkedLoss } from './loss-marks.ts';
import type { ObjectBatch } from './sender.ts';

/** OTEL_BLRP_MAX_EXPORT_BATCH_SIZE's default (specification, "Batch LogRecord Processor"). */
export const DEFAULT_BATCH_RECORDS = 512;
/** A production ring's worth of records. OTEL_BLRP_MAX_QUEUE_SIZE's default of 2048 is a millisecond of what comes out of a ring. */
const DEFAULT_QUEUE_RECORDS = 10_000;
/** Bytes of frames; as objects the same records take about ten times that. */
const DEFAULT_QUEUE_BYTES: number = 8 * 1024 * 1024;

export interface HeapQueueOptions {
  readonly maxRecords?: number | undefined;
  readonly maxBytes?: number | undefined;
  /** Records of a batch. */
  readonly batchRecords?: number | undefined;
}

/** A record, or a mark of losses. */
interface Item {
  readonly object: LogRecordData;
  /** Of its lane and level (health/tally.ts). */
  readonly cell: number;
  /** Bytes of its frame. */
  readonly bytes: number;
  readonly calledNanos: number;
  /** Its losses, if it is a mark: marks are no records and count in no tally. */
  readonly marked: MarkedLoss | undefined;
}

export interface HeapBatch extends ObjectBatch {
  readonly items: readonly Item[];
}

export class HeapQueue implements BatchQueue<HeapBatch> {
  readonly waiting: Tally = newTally();
  readonly #maxItems: number;
  readonly #maxBytes: number;
  readonly #batchItems: number;
  readonly #items: Item[] = [];
  /** Not released, oldest first. Those that were put back are among them. */
  readonly #batches: HeapBatch[] = [];
  readonly #putBack: HeapBatch[] = [];
  #waitingItems = 0;
  #waitingBytes = 0;
  /** Items ever put in, and of these the ones that are in a batch. The number of its first item is the number of a batch. */
  #put = 0;
  #batched = 0;
  /** Items up to this one form a batch even if they do not fill it. */
  #sealed = 0;

  constructor(options: HeapQueueOptions = {}) {
    this.#maxItems = options.maxRecords ?? DEFAULT_QUEUE_RECORDS;
    this.#maxBytes = options.maxBytes ?? DEFAULT_QUEUE_BYTES;
    this.#batchItems = options.batchRecords ?? DEFAULT_BATCH_RECORDS;
  }

  /** How much of it is in use: 1 is full. */
  get fill(): number {
    return Math.max(this.#waitingItems / this.#maxItems, this.#waitingBytes / this.#maxBytes);
  }

  /** The same with so many more records, if they are not unusually long. */
  fillWith(records: number): number {
    return this.fill + records / this.#maxItems;
  }

  /** Takes any number: ask for {@link fill} before. */
  put(item: Item): void {
    this.#items.push(item);
    this.#put++;
    this.#waitingItems++;
    this.#waitingBytes += item.bytes;
    if (item.marked === undefined) this.waiting[item.cell]++;
  }

  take(openToo: boolean): HeapBatch | undefined {
    const before = this.#putBack.shift();
    if (before !== undefined) return before;
    const isComplete = this.#items.length >= this.#batchItems || this.#batched < this.#sealed;
    if (this.#items.length === 0 || !(openToo || isComplete)) return undefined;
    const items = this.#items.splice(0, this.#batchItems);
    const tally = newTally();
    let records = 0;
    for (const { cell, marked } of items) {
      if (marked !== undefined) continue;
      tally[cell]++;
      records++;
    }
    const objects = items.map(({ object }) => object);
    const batch = { items, objects, records, tally, order: this.#batched + 1, calledNanos: items[0].calledNanos, byteLength: 0 };
    this.#batched += items.length;
    this.#batches.push(batch);
    return batch;
  }

  putBack(batch: HeapBatch): void {
    this.#putBack.push(batch);
    this.#putBack.sort((left, right) => left.order - right.order);
  }

  release(batch: HeapBatch): void {
    const index = this.#batches.indexOf(batch);
    if (index < 0) return;
    this.#batches.splice(index, 1);
    this.#waitingItems -= batch.items.length;
    for (const { cell, bytes, marked } of batch.items) {
      this.#waitingBytes -= bytes;
      if (marked === undefined) this.waiting[cell]--;
    }
  }

  /** Batches form when they are taken. */
  seal(): void {
    this.#sealed = this.#put;
  }

  close(): Tally {
    const lost = this.waiting.slice();
    this.#items.length = 0;
    this.#batches.length = 0;
    this.#putBack.length = 0;
    this.#waitingItems = 0;
    this.#waitingBytes = 0;
    this.waiting.fill(0);
    return lost;
  }

  get newestOrder(): number {
    return this.#put;
  }

  get oldestOrder(): number {
    const [oldest] = this.#batches;
    if (oldest !== undefined) return oldest.order;
    return this.#items.length > 0 ? this.#batched + 1 : Number.POSITIVE_INFINITY;
  }
}
