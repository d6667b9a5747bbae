/**
 * Moves slots from an outbox to a sink, at the sink's pace: several writes under way at once if the sink likes that, a growing pause when it
 * refuses, and every record counted where it ends.
 *
 * A refused slot keeps its place at the front. While the sink refuses, one write at a time probes it, however many are allowed otherwise.
 */

import { errorText } from '../common/error-text.ts';
import type { Outcome } from '../contract/backend.ts';
import type { Sink } from '../contract/sink.ts';
import type { BackendCounters } from '../health/counters.ts';
import { Deadline, TIMED_OUT } from '../time/deadline.ts';
import { SYSTEM_TIMERS, type Timers } from '../time/timers.ts';
import { Waits } from '../time/waits.ts';
import { Backoff, FAILED_AFTER_MILLIS } from './backoff.ts';
import type { Outbox, OutboxSlot } from './outbox.ts';
import type { OnAnswer } from './outcome.ts';

export interface PumpOptions {
  readonly outbox: Outbox;
  readonly sink: Sink;
  readonly counters: BackendCounters;
  /** Writes under way at once. Default 1, which files need: their order is the order of the records. */
  readonly concurrency?: number;
  /** What has not been taken when it is closed stays in the outbox, uncounted, for whoever delivers it then (audit/rescue.ts). Default false: it is dropped. */
  readonly keepsWhatIsLeft?: boolean;
  /** A slot was taken. `calledNanos`: of its first record; see outbox.ts. */
  readonly onDelivered?: (calledNanos: number) => void;
  /** The sink has answered. */
  readonly onAnswer?: OnAnswer;
  readonly initialPauseMillis?: number;
  readonly maxPauseMillis?: number;
  readonly timers?: Timers;
  /** In [0, 1), for the jitter. */
  readonly random?: () => number;
}

export class Pump {
  readonly #outbox: Outbox;
  readonly #sink: Sink;
  readonly #counters: BackendCounters;
  readonly #concurrency: number;
  readonly #keepsWhatIsLeft: boolean;
  readonly #onDelivered: ((calledNanos: number) => void) | undefined;
  readonly #onAnswer: OnAnswer | undefined;
  readonly #timers: Timers;
  readonly #backoff: Backoff;

  /** Slots a sink has refused for now, oldest first. */
  readonly #refused: OutboxSlot[] = [];
  /** Of a refused slot, the records that its sink has taken all the same. */
  readonly #partlyTaken = new WeakMap<OutboxSlot, number>();
  readonly #underWay = new Set<OutboxSlot>();
  /** Marks are order numbers of slots. */
  readonly #waits = new Waits();
  #closed = false;

  constructor(options: PumpOptions) {
    this.#outbox = options.outbox;
    this.#sink = options.sink;
    this.#counters = options.counters;
    this.#concurrency = options.concurrency ?? 1;
    this.#keepsWhatIsLeft = options.keepsWhatIsLeft ?? false;
    this.#onDelivered = options.onDelivered;
    this.#onAnswer = options.onAnswer;
    this.#timers = options.timers ?? SYSTEM_TIMERS;
    const { initialPauseMillis, maxPauseMillis, random } = options;
    this.#backoff = new Backoff({ initialPauseMillis, maxPauseMillis, random, timers: this.#timers, onOver: () => this.kick() });
  }

  /** Starts as many writes as are allowed now. To be called whenever something was committed to the outbox, and once at the start. */
  kick(): void {
    if (this.#closed || this.#backoff.pausing) return;
    const allowed = this.#backoff.refusing ? 1 : this.#concurrency;
    while (this.#underWay.size < allowed) {
      const slot = this.#refused.shift() ?? this.#outbox.take(this.#underWay.size === 0);
      if (slot === undefined) return;
      void this.#send(slot);
    }
  }

  /**
   * True once everything that is in the outbox now was taken (or refused for good and counted) and the sink has made it safe; false when
   * `timeoutMillis` were not enough, with the reason in the counters' last error. Appends that come later do not prolong it.
   */
  async flush(timeoutMillis: number): Promise<boolean> {
    const deadline = Deadline.in(timeoutMillis, this.#timers);
    this.#outbox.seal();
    this.#backoff.endOwn();
    this.kick();
    const taken = this.#waits.until(this.#outbox.newestOrder, deadline);
    this.#answerFlushes();
    if (!(await taken)) return false;
    for (let attempt = 1; ; attempt++) {
      const failure = await deadline.run(() => this.#sink.flush());
      if (failure === undefined) return true;
      if (failure !== TIMED_OUT) this.#counters.setState('degraded', failure, this.#timers.now());
      const pauseMillis = this.#backoff.ownPauseMillis(attempt);
      if (pauseMillis >= deadline.left) return false;
      await deadline.pause(pauseMillis);
    }
  }

  /** SIGHUP. */
  reopen(): void {
    this.#sink.reopen?.();
  }

  /** Flushes, drops what has not been taken by then with reason `shutdown` (unless it keeps what is left), and closes the sink. Never takes longer than `timeoutMillis`, whatever the sink does. */
  async close(timeoutMillis: number): Promise<boolean> {
    const deadline = Deadline.in(timeoutMillis, this.#timers);
    const complete = await this.flush(timeoutMillis);
    this.#closed = true;
    this.#backoff.end();
    if (!this.#keepsWhatIsLeft) this.#giveUp();
    await deadline.run(() => this.#sink.close());
    return complete;
  }

  #giveUp(): void {
    const taken = this.#refused.reduce((sum, slot) => sum + Math.min(slot.records, this.#partlyTaken.get(slot) ?? 0), 0);
    const left = this.#outbox.recordsWaiting - taken;
    if (taken > 0) this.#counters.add('delivered', taken);
    if (left > 0) this.#counters.drop('shutdown', left);
    this.#outbox.clear();
  }

  async #send(slot: OutboxSlot): Promise<void> {
    this.#underWay.add(slot);
    const startedMillis = this.#timers.monotonic();
    let outcome: Outcome;
    try {
      outcome = await this.#sink.write(slot);
    } catch (error) {
      outcome = { status: 'retryable', message: errorText(error) };
    }
    this.#onAnswer?.(this.#timers.monotonic() - startedMillis, outcome);
    this.#underWay.delete(slot);
    if (this.#closed) return; // Given up and counted when the deadline came.
    this.#settle(slot, outcome);
    this.#answerFlushes();
    this.kick();
  }

  /** Counts before it releases: a death in between makes the slot be sent, and counted, once more. */
  #settle(slot: OutboxSlot, outcome: Outcome): void {
    if (outcome.status === 'retryable') {
      this.#refuse(slot, outcome);
      return;
    }
    this.#backoff.reset();
    if (outcome.status === 'failure') {
      this.#counters.drop('rejected', slot.records);
      this.#counters.setState('failed', outcome.message ?? 'The destination refused a batch.', this.#timers.now());
    } else {
      const rejected = outcome.status === 'partial' ? Math.min(outcome.rejected, slot.records) : 0;
      this.#counters.add('delivered', slot.records - rejected);
      this.#counters.add('bytes', slot.bytes.length);
      this.#counters.add('batches', 1);
      this.#onDelivered?.(slot.calledNanos);
      if (rejected > 0) this.#counters.drop('rejected', rejected);
      // Partial with nothing rejected is a warning (OTLP says so too): taken, but somebody should look.
      if (outcome.status === 'partial') {
        this.#counters.setState(
          'degraded',
          outcome.message ?? `The destination refused ${rejected} records of a batch.`,
          this.#timers.now(),
        );
      } else if (this.#counters.state !== 'ok') this.#counters.setState('ok');
    }
    this.#outbox.release(slot);
  }

  #refuse(slot: OutboxSlot, outcome: Outcome & { status: 'retryable' }): void {
    const state = this.#backoff.refused() >= FAILED_AFTER_MILLIS ? 'failed' : 'degraded';
    this.#counters.add('retries', 1);
    this.#counters.setState(state, outcome.message ?? 'The destination refused a batch for now.', this.#timers.now());
    if (outcome.taken !== undefined) this.#partlyTaken.set(slot, outcome.taken);
    this.#refused.push(slot);
    this.#refused.sort((left, right) => left.order - right.order);
    this.#backoff.pause(outcome.afterMillis);
  }

  /** Flushes wait until no slot up to theirs is left. */
  #answerFlushes(): void {
    if (!this.#waits.isEmpty) this.#waits.reached(this.#outbox.oldestOrder - 1);
  }
}
