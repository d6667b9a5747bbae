/**
 * Takes batches from a queue to a destination, at the destination's pace: bytes and objects alike. It decides how many are under way, when a batch is offered
 * again, when a destination has failed and when a batch is given up, and it counts every record where it ends.
 *
 * A refused batch keeps its place at the front. While the destination refuses, one attempt at a time probes it, however many are allowed otherwise.
 */
import { errorText } from '../common/error-text.ts';
import type { Outcome } from '../contract/backend.ts';
import type { BackendCounters, BackendState } from '../health/counters.ts';
import { Deadline, TIMED_OUT } from '../time/deadline.ts';
import { SYSTEM_TIMERS, type Timers } from '../time/timers.ts';
import { Waits } from '../time/waits.ts';
import type { Admission, MakeAdmission } from './admission.ts';
import { Backoff, FAILED_AFTER_MILLIS } from './backoff.ts';
import type { Batch, BatchQueue } from './batch-queue.ts';
import { type OnAnswer, readOutcome } from './outcome.ts';
import { Pace } from './pace.ts';
import type { Sender } from './sender.ts';
import { countGivenUp, countQueueGivenUp, countSettled, type Final } from './settled.ts';

/** An attempt that takes longer makes its destination `failed` until it settles: three times the longest usual request timeout. */
export const STALLED_AFTER_MILLIS = 30_000;

/** Time that an end leaves for storing waiting batches: some 100 MiB on a slow disk, more than an outbox holds. */
const KEEP_MILLIS = 1_000;

export interface EngineOptions<B extends Batch = Batch> {
  readonly queue: BatchQueue<B>;
  readonly sender: Sender<B>;
  readonly counters: BackendCounters;
  /** Attempts under way at once. Default 1, which files need: their order is the order of the records. */
  readonly concurrency?: number | undefined;
  /** Time from the start of an attempt in which batches that are not full wait for more records, milliseconds. Default 0; see pace.ts. A flush does not wait. */
  readonly intervalMillis?: number | undefined;
  /** How long the destination may refuse before the batch at hand is dropped (`failed`), milliseconds. Default `Infinity`: until the shutdown. */
  readonly giveUpAfterMillis?: number | undefined;
  /** When attempts are allowed. Default: {@link Backoff}, with the pauses below. */
  readonly admission?: MakeAdmission | undefined;
  /** The destination took a batch. */
  readonly onDelivered?: ((batch: B) => void) | undefined;
  /** A batch was given up; its records are counted as dropped. */
  readonly onGivenUp?: ((batch: B) => void) | undefined;
  /** Called for every attempt, as soon as it is answered. */
  readonly onAnswer?: OnAnswer | undefined;
  /** First and longest pause after a refusal, milliseconds; see backoff.ts. */
  readonly initialPauseMillis?: number | undefined;
  readonly maxPauseMillis?: number | undefined;
  readonly timers?: Timers | undefined;
  /** In [0, 1), for the jitter. */
  readonly random?: (() => number) | undefined;
}

export class DeliveryEngine<B extends Batch = Batch> {
  readonly #options: EngineOptions<B>;
  readonly #queue: BatchQueue<B>;
  readonly #sender: Sender<B>;
  readonly #counters: BackendCounters;
  readonly #concurrency: number;
  readonly #giveUpAfterMillis: number;
  readonly #timers: Timers;
  readonly #admission: Admission;
  readonly #pace: Pace;

  /** Of a batch that was put back, the records that its destination has taken all the same. */
  readonly #partlyTaken = new Map<B, number>();
  #underWay = 0;
  /** Marks are numbers of batches. */
  readonly #waits = new Waits();
  #isClosed = false;
  #onAway: (() => void)[] = [];

  constructor(options: EngineOptions<B>) {
    this.#options = options;
    this.#queue = options.queue;
    this.#sender = options.sender;
    this.#counters = options.counters;
    this.#concurrency = options.concurrency ?? 1;
    this.#giveUpAfterMillis = options.giveUpAfterMillis ?? Number.POSITIVE_INFINITY;
    this.#timers = options.timers ?? SYSTEM_TIMERS;
    const onAllowed = () => this.kick();
    this.#pace = new Pace(options.intervalMillis ?? 0, this.#timers, onAllowed);
    this.#admission = options.admission?.(onAllowed) ?? new Backoff({ ...options, timers: this.#timers, onOver: onAllowed });
  }

  /** True after a close that gave up waiting batches. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Starts as many attempts as are allowed now. To be called whenever something was put into the queue, and once at the start. */
  kick(): void {
    this.#answerFlushes();
    while (!this.#isClosed && this.#underWay < this.#admission.allowed(this.#concurrency)) {
      const batch = this.#queue.take(this.#underWay === 0 && this.#pace.mayGo());
      if (batch === undefined) return;
      void this.#attempt(batch);
    }
  }

  /**
   * True once everything that is in the queue now was taken (or refused for good and counted) and the destination has made it safe; false when
   * `timeoutMillis` were not enough, with the reason in the counters' last error. Later batches do not prolong it.
   */
  async flush(timeoutMillis: number): Promise<boolean> {
    const deadline = Deadline.in(timeoutMillis, this.#timers);
    this.#queue.seal();
    this.#admission.hurry();
    this.kick();
    const taken = this.#waits.until(this.#queue.newestOrder, deadline);
    this.#answerFlushes();
    if (!(await taken)) return false;
    for (let attempt = 1; ; attempt++) {
      const failure = await deadline.run(() => this.#sender.flush?.());
      if (failure === undefined) return true;
      if (failure !== TIMED_OUT) this.#setState('degraded', failure);
      const pauseMillis = this.#admission.pauseMillis(attempt);
      if (pauseMillis >= deadline.left) return false;
      await deadline.pause(pauseMillis);
    }
  }

  /**
   * The same at the end of a process. A destination that is away is not waited for if the queue can keep what waits, and time is left for that. True: everything
   * was taken.
   */
  async flushAtEnd(timeoutMillis: number): Promise<boolean> {
    if (this.#queue.keep === undefined) return this.flush(timeoutMillis);
    const left = Math.max(timeoutMillis / 2, timeoutMillis - KEEP_MILLIS);
    return this.#admission.isAway ? false : Promise.race([this.flush(left), this.#away()]);
  }

  /** Stores waiting batches where the next run finds them, if the queue can. */
  async keep(timeoutMillis: number): Promise<void> {
    const failure = await Deadline.in(timeoutMillis, this.#timers).run(() => this.#queue.keep?.());
    if (typeof failure === 'string') this.#setState('failed', failure);
  }

  /** SIGHUP. */
  reopen(): void {
    this.#sender.reopen?.();
  }

  /**
   * Flushes as at the end of a process, closes the queue and counts what it loses by that (`shutdown`), and closes the destination. Never takes longer than
   * `timeoutMillis`, in any state of the destination.
   */
  async close(timeoutMillis: number): Promise<boolean> {
    const deadline = Deadline.in(timeoutMillis, this.#timers);
    let complete = await this.flushAtEnd(timeoutMillis);
    // Marks of records that the flush has lost. A lost mark leaves no further mark, so the loop ends.
    while (complete && this.#queue.oldestOrder !== Number.POSITIVE_INFINITY) complete = await this.flushAtEnd(deadline.left);
    this.#isClosed = true;
    this.#admission.close();
    this.#pace.close();
    if (!complete) await this.keep(deadline.left);
    countQueueGivenUp(this.#counters, this.#queue, this.#partlyTaken);
    const failure = await deadline.run(() => this.#sender.close?.());
    await deadline.run(() => this.#queue.end?.());
    if (typeof failure === 'string') this.#setState('failed', failure);
    return complete;
  }

  /** Settles, with false, when the destination turns out to be away. */
  #away(): Promise<false> {
    return new Promise((resolve) => this.#onAway.push(() => resolve(false)));
  }

  async #attempt(batch: B): Promise<void> {
    this.#underWay++;
    this.#admission.attempted();
    this.#pace.attempted();
    const stalled = this.#timers.setTimeout(() => {
      if (this.#isClosed) return;
      this.#setState('failed', `A write has not settled for ${STALLED_AFTER_MILLIS} ms; its promise must resolve or reject.`);
    }, STALLED_AFTER_MILLIS);
    const startedMillis = this.#timers.monotonic();
    let outcome: Outcome;
    try {
      outcome = readOutcome(await this.#sender.send(batch), batch.records);
    } catch (error) {
      outcome = { status: 'retryable', message: errorText(error) };
    }
    this.#timers.clearTimeout(stalled);
    this.#options.onAnswer?.(this.#timers.monotonic() - startedMillis, outcome);
    this.#underWay--;
    if (this.#isClosed) return; // It was given up and counted when the deadline came.
    if (outcome.status === 'retryable') this.#refused(batch, outcome);
    else this.#settled(batch, outcome);
    this.#answerFlushes();
    this.kick();
  }

  #settled(batch: B, outcome: Final): void {
    this.#admission.answered();
    this.#partlyTaken.delete(batch);
    const isTaken = countSettled(this.#counters, batch, outcome, this.#timers.now());
    this.#queue.release(batch);
    if (isTaken) this.#options.onDelivered?.(batch);
    else this.#options.onGivenUp?.(batch);
  }

  #refused(batch: B, outcome: Outcome & { status: 'retryable' }): void {
    const elapsedMillis = this.#admission.refused(outcome.afterMillis);
    const message = outcome.message ?? 'The destination refused a batch for now.';
    if (elapsedMillis >= this.#giveUpAfterMillis) {
      this.#admission.answered();
      this.#admission.hurry();
      this.#giveUp(batch, `Given up on a batch after ${Math.round(elapsedMillis / 1_000)} s: ${message}`);
      return;
    }
    this.#counters.add('retries', 1);
    this.#setState(elapsedMillis >= FAILED_AFTER_MILLIS ? 'failed' : 'degraded', message);
    if (outcome.taken !== undefined) this.#partlyTaken.set(batch, outcome.taken);
    this.#queue.putBack(batch);
  }

  #giveUp(batch: B, message: string): void {
    countGivenUp(this.#counters, batch, 'failed', message, this.#timers.now());
    this.#queue.release(batch);
    this.#options.onGivenUp?.(batch);
  }

  #setState(state: BackendState, error: string): void {
    this.#counters.setState(state, error, this.#timers.now());
  }

  /** Flushes wait until no batch up to theirs is left. */
  #answerFlushes(): void {
    if (this.#admission.isAway) for (const onAway of this.#onAway.splice(0)) onAway();
    if (!this.#waits.isEmpty) this.#waits.reached(this.#queue.oldestOrder - 1);
  }
}
