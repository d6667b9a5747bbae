/**
 * A bounded queue in front of a backend that takes objects. It hands over one batch at a time, offers a refused one again after a growing pause, and
 * tells where every record ended: delivered, or dropped and why.
 *
 * While a batch is under way further records wait; when `maxRecords` or `maxBytes` wait, the newest are dropped (`queue_full`). A backend that
 * hangs therefore costs its own records and nothing else.
 */

import { errorText } from '../common/error-text.ts';
import type { Backend, LogRecordData, Outcome } from '../contract/backend.ts';
import type { BackendState, DropReason } from '../health/counters.ts';
import { Deadline } from '../time/deadline.ts';
import { SYSTEM_TIMERS, type Timers } from '../time/timers.ts';
import { Waits } from '../time/waits.ts';
import { Backoff, FAILED_AFTER_MILLIS } from './backoff.ts';
import { type OnAnswer, readOutcome } from './outcome.ts';

/** OTEL_BLRP_MAX_EXPORT_BATCH_SIZE's default (specification, "Batch LogRecord Processor"). */
export const DEFAULT_BATCH_RECORDS = 512;
/** A production ring's worth of records. OTEL_BLRP_MAX_QUEUE_SIZE's default of 2048 is a millisecond of what comes out of a ring. */
export const DEFAULT_QUEUE_RECORDS = 10_000;
/** Bytes of frames; as objects the same records take about ten times that. */
export const DEFAULT_QUEUE_BYTES = 8 * 1024 * 1024;
/** The Collector's own `max_elapsed_time` for retries (exporterhelper): a batch that no attempt gets through must not hold up all later ones for good. */
export const DEFAULT_GIVE_UP_AFTER_MILLIS = 300_000;
/** A write that takes longer makes its backend `failed` until it settles: three times the longest usual request timeout. */
export const STALLED_AFTER_MILLIS = 30_000;

/** Where the records ended. */
export interface ObjectQueueEvents {
  /** `calledNanos`: of the batch's first record, as it was offered with. */
  onDelivered(records: number, calledNanos: number): void;
  onDropped(reason: DropReason, records: number): void;
  readonly onAnswer?: OnAnswer;
  /** A batch was refused and is going to be offered again. */
  onRetry(): void;
  /** `error`: what the backend said, with a remedy where there is one. */
  onState(state: BackendState, error?: string): void;
}

export interface ObjectQueueOptions {
  readonly backend: Backend;
  readonly events: ObjectQueueEvents;
  readonly maxRecords?: number;
  readonly maxBytes?: number;
  readonly batchRecords?: number;
  readonly initialPauseMillis?: number;
  readonly maxPauseMillis?: number;
  /** How long one batch is offered before it is dropped (`failed`). `Infinity`: for ever. */
  readonly giveUpAfterMillis?: number;
  readonly timers?: Timers;
  /** In [0, 1), for the jitter. */
  readonly random?: () => number;
}

interface Batch {
  readonly records: readonly LogRecordData[];
  readonly bytes: number;
  readonly calledNanos: number;
}

export class ObjectQueue {
  readonly #backend: Backend;
  readonly #events: ObjectQueueEvents;
  readonly #maxRecords: number;
  readonly #maxBytes: number;
  readonly #batchRecords: number;
  readonly #giveUpAfterMillis: number;
  readonly #timers: Timers;
  readonly #backoff: Backoff;

  readonly #records: LogRecordData[] = [];
  readonly #sizes: number[] = [];
  readonly #calls: number[] = [];
  /** Marks are counts of settled records. */
  readonly #waits = new Waits();
  #waitingRecords = 0;
  #waitingBytes = 0;
  /** Records ever accepted, and of these the ones whose end is known: they settle in the order they came. */
  #accepted = 0;
  #settled = 0;
  #busy = false;
  #startScheduled = false;
  #refused: Batch | undefined;
  #state: BackendState = 'ok';
  #closed = false;

  constructor(options: ObjectQueueOptions) {
    this.#backend = options.backend;
    this.#events = options.events;
    this.#maxRecords = options.maxRecords ?? DEFAULT_QUEUE_RECORDS;
    this.#maxBytes = options.maxBytes ?? DEFAULT_QUEUE_BYTES;
    this.#batchRecords = options.batchRecords ?? DEFAULT_BATCH_RECORDS;
    this.#giveUpAfterMillis = options.giveUpAfterMillis ?? DEFAULT_GIVE_UP_AFTER_MILLIS;
    this.#timers = options.timers ?? SYSTEM_TIMERS;
    const { initialPauseMillis, maxPauseMillis, random } = options;
    this.#backoff = new Backoff({
      initialPauseMillis,
      maxPauseMillis,
      random,
      timers: this.#timers,
      onOver: () => this.#start(),
    });
  }

  /** Records accepted whose end is not known yet, the batch under way among them. */
  get waiting(): number {
    return this.#waitingRecords;
  }

  /** Records that would be accepted now. Ask before decoding many, and {@link drop} the rest. */
  get room(): number {
    return this.#closed || this.#waitingBytes >= this.#maxBytes ? 0 : this.#maxRecords - this.#waitingRecords;
  }

  /** Counts records that are not even offered, because there is no {@link room}. */
  drop(records: number): void {
    this.#events.onDropped(this.#closed ? 'shutdown' : 'queue_full', records);
  }

  /**
   * Never waits. False when the record was dropped.
   *
   * @param bytes the length of its frame, for the bound on memory
   * @param calledNanos when its call was made, by the monotonic clock; 0 if not known
   */
  offer(record: LogRecordData, bytes = 0, calledNanos = 0): boolean {
    if (this.room <= 0) {
      this.drop(1);
      return false;
    }
    this.#records.push(record);
    this.#sizes.push(bytes);
    this.#calls.push(calledNanos);
    this.#waitingRecords++;
    this.#waitingBytes += bytes;
    this.#accepted++;
    if (!this.#startScheduled) {
      // Not now: what else is offered in this turn goes into the same batch.
      this.#startScheduled = true;
      queueMicrotask(() => {
        this.#startScheduled = false;
        this.#start();
      });
    }
    return true;
  }

  /**
   * True once everything offered before was delivered (or refused for good and counted) and the backend has made it safe; false when
   * `timeoutMillis` were not enough. What is offered later does not prolong it.
   */
  async flush(timeoutMillis: number): Promise<boolean> {
    const deadline = Deadline.in(timeoutMillis, this.#timers);
    this.#backoff.endOwn();
    this.#start();
    const settled = this.#waits.until(this.#accepted, deadline);
    this.#waits.reached(this.#settled);
    if (!(await settled)) return false;
    const failure = await deadline.run(() => this.#backend.flush?.());
    if (typeof failure === 'string') this.#setState('degraded', failure);
    return failure === undefined;
  }

  /** Flushes, drops what has not been delivered by then with reason `shutdown`, and closes the backend. Never takes longer than `timeoutMillis`. */
  async close(timeoutMillis: number): Promise<boolean> {
    const deadline = Deadline.in(timeoutMillis, this.#timers);
    const complete = await this.flush(timeoutMillis);
    this.#closed = true;
    this.#backoff.end();
    const left = this.#waitingRecords;
    if (left > 0) this.#events.onDropped('shutdown', left);
    this.#records.length = 0;
    this.#sizes.length = 0;
    this.#calls.length = 0;
    this.#waitingRecords = 0;
    this.#waitingBytes = 0;
    this.#refused = undefined;
    const failure = await deadline.run(() => this.#backend.close?.());
    if (typeof failure === 'string') this.#setState('failed', failure);
    return complete;
  }

  #start(): void {
    if (this.#busy || this.#closed || this.#backoff.pausing) return;
    const batch = this.#refused ?? this.#take();
    this.#refused = undefined;
    if (batch !== undefined) void this.#write(batch);
  }

  #take(): Batch | undefined {
    if (this.#records.length === 0) return undefined;
    const records = this.#records.splice(0, this.#batchRecords);
    const bytes = this.#sizes.splice(0, this.#batchRecords).reduce((sum, size) => sum + size, 0);
    const [calledNanos] = this.#calls.splice(0, this.#batchRecords);
    return { records, bytes, calledNanos };
  }

  async #write(batch: Batch): Promise<void> {
    this.#busy = true;
    const stalled = this.#timers.setTimeout(() => {
      this.#setState('failed', `A write has not settled for ${STALLED_AFTER_MILLIS} ms; its promise must resolve or reject.`);
    }, STALLED_AFTER_MILLIS);
    const startedMillis = this.#timers.monotonic();
    let outcome: Outcome;
    try {
      outcome = readOutcome(await this.#backend.write(batch.records), batch.records.length);
    } catch (error) {
      outcome = { status: 'retryable', message: errorText(error) };
    }
    this.#timers.clearTimeout(stalled);
    this.#events.onAnswer?.(this.#timers.monotonic() - startedMillis, outcome);
    this.#busy = false;
    if (this.#closed) return; // Given up and counted when the deadline came.
    if (outcome.status === 'retryable') this.#refuse(batch, outcome);
    else this.#settle(batch, outcome);
    this.#start();
  }

  #settle({ records, bytes, calledNanos }: Batch, outcome: Exclude<Outcome, { status: 'retryable' }>): void {
    this.#backoff.reset();
    if (outcome.status === 'failure') {
      this.#events.onDropped('rejected', records.length);
      this.#setState('failed', outcome.message ?? 'The backend refused a batch.');
    } else if (outcome.status === 'partial') {
      if (outcome.rejected < records.length) this.#events.onDelivered(records.length - outcome.rejected, calledNanos);
      if (outcome.rejected > 0) this.#events.onDropped('rejected', outcome.rejected);
      this.#setState('degraded', outcome.message ?? `The backend refused ${outcome.rejected} records of a batch.`);
    } else {
      this.#events.onDelivered(records.length, calledNanos);
      this.#setState('ok');
    }
    this.#release(records.length, bytes);
  }

  #refuse(
    batch: Batch,
    { afterMillis, message = 'The backend refused a batch for now.' }: Outcome & { status: 'retryable' },
  ): void {
    const elapsedMillis = this.#backoff.refused();
    if (elapsedMillis >= this.#giveUpAfterMillis) {
      this.#backoff.reset();
      this.#events.onDropped('failed', batch.records.length);
      this.#setState('failed', `Given up on a batch after ${Math.round(elapsedMillis / 1_000)} s: ${message}`);
      this.#release(batch.records.length, batch.bytes);
      return;
    }
    this.#refused = batch;
    this.#events.onRetry();
    this.#setState(elapsedMillis >= FAILED_AFTER_MILLIS ? 'failed' : 'degraded', message);
    this.#backoff.pause(afterMillis);
  }

  #release(records: number, bytes: number): void {
    this.#waitingRecords -= records;
    this.#waitingBytes -= bytes;
    this.#settled += records;
    this.#waits.reached(this.#settled);
  }

  /** Repeating `ok` is left out: the queue of a backend in good health would say it with every batch. */
  #setState(state: BackendState, error?: string): void {
    if (state === 'ok' && this.#state === 'ok') return;
    this.#state = state;
    this.#events.onState(state, error);
  }
}
