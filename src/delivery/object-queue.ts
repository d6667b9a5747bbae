/**
 * The queue in front of a backend that takes objects, and the engine that empties it. A backend that hangs costs its own records and nothing else: when the
 * queue is full, new records are dropped (`queue_full`), the less severe before the more severe.
 */
import type { Backend, LogRecordData } from '../contract/backend.ts';
import type { BackendCounters } from '../health/counters.ts';
import { cellOf, recordsOf, type Tally, tallyOf } from '../health/tally.ts';
import { type Lane, rankOfLevel } from '../record.ts';
import { DeliveryEngine, type EngineOptions } from './engine.ts';
import { type HeapBatch, HeapQueue, type HeapQueueOptions } from './heap-queue.ts';
import type { MarkedLoss } from './loss-marks.ts';
import { senderOfBackend } from './sender.ts';
import { Shares, WHOLE_QUEUE } from './shares.ts';

/** The Collector's own `max_elapsed_time` for retries (exporterhelper): a batch that no attempt gets through must not hold up all later ones for good. */
const DEFAULT_GIVE_UP_AFTER_MILLIS = 300_000;

export interface ObjectQueueOptions extends HeapQueueOptions, Omit<EngineOptions<HeapBatch>, 'queue' | 'sender' | 'concurrency'> {
  readonly backend: Backend;
  readonly counters: BackendCounters;
  /** How much of the queue each level may use. Default: all of it. */
  readonly shares?: Shares | undefined;
  /** As in {@link EngineOptions}; default {@link DEFAULT_GIVE_UP_AFTER_MILLIS}. */
  readonly giveUpAfterMillis?: number | undefined;
}

export class ObjectQueue {
  readonly #queue: HeapQueue;
  readonly #engine: DeliveryEngine<HeapBatch>;
  readonly #counters: BackendCounters;
  readonly #shares: Shares;
  #isStartScheduled = false;

  constructor(options: ObjectQueueOptions) {
    const { backend, counters, shares, giveUpAfterMillis = DEFAULT_GIVE_UP_AFTER_MILLIS } = options;
    this.#queue = new HeapQueue(options);
    this.#counters = counters;
    this.#shares = shares ?? new Shares(WHOLE_QUEUE);
    this.#engine = new DeliveryEngine({
      ...options,
      queue: this.#queue,
      sender: senderOfBackend<HeapBatch>(backend),
      giveUpAfterMillis,
    });
  }

  /** Accepted records without an outcome yet, those under way among them. */
  get waiting(): number {
    return recordsOf(this.#queue.waiting);
  }

  /** A record would be accepted now. Ask before decoding, which is slow, and {@link drop} the rest. */
  accepts(lane: Lane, levelRank: number): boolean {
    return lane === 'audit' ? !this.isFull : levelRank >= this.lowestTaken;
  }

  /** The lowest rank of level that would be accepted now; one beyond the highest if none. */
  get lowestTaken(): number {
    return this.#engine.isClosed ? Number.POSITIVE_INFINITY : this.#shares.lowestTaken(this.#queue.fill, 1);
  }

  /** Records and marks ever put into it. */
  get newestOrder(): number {
    return this.#queue.newestOrder;
  }

  /** So many records of any level would be accepted now, if they are not unusually long. */
  takesAll(records: number): boolean {
    const queue = this.#queue;
    return !this.#engine.isClosed && (queue.fill === 0 || this.#shares.lowestTaken(queue.fillWith(records), 1) === 0);
  }

  /** Audit events, which may use all of the queue, would not be accepted now. */
  get isFull(): boolean {
    return this.#engine.isClosed || this.#queue.fill >= 1;
  }

  /** Counts records that are not even offered. */
  drop(records: Tally): void {
    this.#counters.drop(this.#engine.isClosed ? 'shutdown' : 'queue_full', records);
  }

  /**
   * Never waits. False when the record was dropped.
   *
   * @param bytes the length of its frame, for the bound on memory
   * @param calledNanos when its call was made, by the monotonic clock; 0 if not known
   */
  offer(object: LogRecordData, bytes = 0, calledNanos = 0): boolean {
    const { lane, level } = object;
    const rank = rankOfLevel(level);
    if (!this.accepts(lane, rank)) {
      this.drop(tallyOf(lane, rank, 1));
      return false;
    }
    this.#put({ object, cell: cellOf(lane, rank), bytes, calledNanos, marked: undefined });
    return true;
  }

  /** The same for a mark of losses, which is no record and is not counted as one. */
  offerMark(object: LogRecordData, marked: MarkedLoss, bytes: number, calledNanos: number): boolean {
    if (this.isFull) return false;
    this.#put({ object, cell: 0, bytes, calledNanos, marked });
    return true;
  }

  /** To be called when everything of a turn was offered. */
  kick(): void {
    this.#engine.kick();
  }

  /**
   * True once everything offered before was delivered (or refused for good and counted) and the backend has made it safe; false when
   * `timeoutMillis` were not enough. Records that are offered later do not prolong it.
   */
  flush(timeoutMillis: number): Promise<boolean> {
    return this.#engine.flush(timeoutMillis);
  }

  /** Flushes, drops what has not been delivered by then with reason `shutdown`, and closes the backend. Never takes longer than `timeoutMillis`. */
  close(timeoutMillis: number): Promise<boolean> {
    return this.#engine.close(timeoutMillis);
  }

  #put(item: Parameters<HeapQueue['put']>[0]): void {
    this.#queue.put(item);
    if (this.#isStartScheduled) return;
    // Not now: further records of this turn go into the same batch.
    this.#isStartScheduled = true;
    queueMicrotask(() => {
      this.#isStartScheduled = false;
      this.kick();
    });
  }
}
