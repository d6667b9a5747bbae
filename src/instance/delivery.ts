/**
 * Bringing everything that an instance has accepted through every backend: for a flush, at its shutdown, for the instance that takes its place, at the end of
 * the process.
 */
import { rescueAudit } from '../audit/rescue.ts';
import type { FlushReport, Health } from '../caller/api.ts';
import type { Producer } from '../caller/producer.ts';
import type { ResolvedConfig } from '../config/resolved.ts';
import { type ProducerMemory, passedOn } from '../memory/producer-memory.ts';
import { SIGNAL_REPLACED } from '../memory/signals.ts';
import { monotonicMillis } from '../time/clock.ts';
import { Deadline } from '../time/deadline.ts';
import { drainAsleep } from './drain-asleep.ts';
import { askFlush, flushed } from './flushing.ts';
import { pendingIn } from './health.ts';
import { reportLoss } from './last-words.ts';
import type { InstanceMemory } from './memory.ts';
import type { ProducerRegistry } from './producer-registry.ts';
import type { RecordHosts } from './record-hosts.ts';
import type { ThreadService } from './thread-service.ts';
import type { WorkerHost } from './worker-host.ts';

/** Time that closing backends may take beyond the flush. */
const CLOSE_GRACE_MILLIS = 1_000;

/** Least time that backends get to close, when the flush has taken all of it. */
const LEAST_CLOSE_MILLIS = 100;

/** A thread's turn is over within milliseconds; one that blocks, or was terminated, is not waited for longer. */
const THREADS_LEAVE_MILLIS = 1_000;
const THREADS_LOOK_MILLIS = 10;

/** The parts of an instance that take part. */
export interface DeliveryParts {
  readonly config: ResolvedConfig;
  readonly memory: InstanceMemory;
  /** This thread's own. */
  readonly producer: Producer;
  /** Those of all threads. */
  readonly producers: ProducerRegistry;
  /** Callbacks of observable instruments on this thread. */
  readonly observables: { observeSync(): void; shutdown(): void };
  /** Undefined where the instance serves this thread alone. */
  readonly threads: ThreadService | undefined;
  readonly worker: WorkerHost;
  readonly hosts: RecordHosts;
  readonly health: () => Health;
  /** All is delivered or given up, and the worker is gone. */
  readonly onEnded: () => void;
}

export class Delivery {
  readonly #parts: DeliveryParts;
  readonly #signals: Int32Array;
  #shutdown: Promise<FlushReport> | undefined;
  /** While another instance, whose place this one has taken, may still pass on what it leaves. */
  #predecessor: Promise<void> | undefined;
  #hasPassedOn = false;
  #closedComplete = true;
  #exitDeadline: Deadline | undefined;

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
    this.#signals = new Int32Array(parts.memory.signals);
  }

  async flush(timeoutMillis = this.#usualMillis): Promise<FlushReport> {
    const started = monotonicMillis();
    if (this.#shutdown !== undefined) return this.#shutdown;
    this.#bringUp();
    const complete = await this.#flushed(Deadline.in(timeoutMillis), false);
    const { worker } = this.#parts;
    if (!complete && worker.isHopeless && worker.state === 'failed') this.#rescueAudit();
    return this.#report(complete, started);
  }

  shutdown(timeoutMillis = this.#usualMillis): Promise<FlushReport> {
    this.#shutdown ??= this.#shutDown(Deadline.in(timeoutMillis));
    return this.#shutdown;
  }

  /**
   * Ends because `successor` has been configured in its place. Threads go over to that one when they hear of it, at their next turn; this worker stays
   * until they have. What it has not drained then, and what a thread that has no turn writes meanwhile, is the successor's to deliver.
   */
  async giveWay(successor: { takeOver(memory: ProducerMemory): void }): Promise<void> {
    const { config, producers } = this.#parts;
    Atomics.store(this.#signals, SIGNAL_REPLACED, 1);
    this.#shutdown ??= this.#threadsGone().then(() => this.#shutDown(Deadline.in(this.#usualMillis)));
    await this.#shutdown;
    this.#hasPassedOn = true;
    for (const memory of producers.undrained) successor.takeOver(passedOn(memory, config.instanceId));
  }

  /** What comes from now on is the successor's. */
  get hasPassedOn(): boolean {
    return this.#hasPassedOn;
  }

  /** `predecessor`: settles when it has passed on what it leaves. A shutdown waits for it. */
  expectFrom(predecessor: Promise<void>): void {
    this.#predecessor = predecessor.finally(() => {
      this.#predecessor = undefined;
    });
  }

  /** What the worker says at its end: whether its backends have taken everything. */
  hearClosed(isComplete: boolean): void {
    this.#closedComplete = isComplete;
  }

  /** At the end of the process, without the event loop; see exits.ts. Never throws. */
  drainSync(isLast: boolean): void {
    const { memory, producer, producers, worker, hosts, health } = this.#parts;
    try {
      if (this.#shutdown !== undefined && worker.state === 'stopped') return;
      // One deadline for all of an exit, however often it drains.
      this.#exitDeadline ??= Deadline.in(this.#usualMillis);
      this.#bringUp();
      const complete = drainAsleep({ signals: this.#signals, worker, hosts, deadline: this.#exitDeadline, isLast });
      if (!isLast) return;
      producer.close();
      // A worker that has not come up in all this time will not.
      if (!complete && worker.state !== 'running') this.#rescueAudit();
      if (!complete) reportLoss(pendingIn(memory, producers.all), health(), this.#usualMillis);
    } catch {
      // Nothing that happens at the end of a process may change how it ends.
    }
  }

  get #usualMillis(): number {
    return this.#parts.config.exitTimeoutMillis;
  }

  /** What this thread still holds back, and what others have said and nobody has heard yet, belongs to what is delivered. */
  #bringUp(): void {
    const { producer, observables, threads } = this.#parts;
    producer.settle();
    observables.observeSync();
    threads?.hearNow();
  }

  async #shutDown(deadline: Deadline): Promise<FlushReport> {
    const started = monotonicMillis();
    const { producer, observables, threads, worker, hosts, onEnded } = this.#parts;
    observables.observeSync();
    observables.shutdown();
    producer.close();
    threads?.hearNow();
    threads?.close();
    let complete = await this.#flushed(deadline, true);
    const closing = Deadline.in(Math.max(LEAST_CLOSE_MILLIS, deadline.left));
    if (this.#predecessor !== undefined) {
      await closing.race(this.#predecessor);
      complete = await this.#flushed(closing, true);
    }
    worker.post({ type: 'close', timeoutMillis: Math.max(LEAST_CLOSE_MILLIS, closing.left) });
    await worker.stopped(closing.plus(CLOSE_GRACE_MILLIS));
    this.#rescueAudit();
    hosts.close();
    onEnded();
    return this.#report(complete && this.#closedComplete, started);
  }

  #flushed(deadline: Deadline, isLast: boolean): Promise<boolean> {
    const isHopeless = this.#parts.worker.lastChance();
    const asked = askFlush(this.#signals, deadline, isLast);
    return flushed(this.#signals, asked, deadline, isHopeless);
  }

  async #threadsGone(): Promise<void> {
    const deadline = Deadline.in(THREADS_LEAVE_MILLIS);
    while (!deadline.isOver) {
      this.#parts.threads?.hearNow();
      if (this.#parts.producers.openThreads.length === 0) return;
      await deadline.pause(THREADS_LOOK_MILLIS);
    }
  }

  /** Only while no worker runs. */
  #rescueAudit(): void {
    const { config, memory, producers } = this.#parts;
    rescueAudit(config, memory, producers.all);
  }

  #report(complete: boolean, started: number): FlushReport {
    const { memory, producers } = this.#parts;
    return { complete, pending: pendingIn(memory, producers.all), elapsedMillis: monotonicMillis() - started };
  }
}
