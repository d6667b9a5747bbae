/**
 * An instance replaces another. Threads go on writing meanwhile: the new instance reads the rings that the old one has not drained when it ends.
 *
 * ```
 *   alone ── handOver(successor) ──▶ leaving ── threads gone or late, shut down ──▶ gone
 *     │                             rings: this one's; series: the successor's     rings and series: the successor's
 *     │
 *     └── expectFrom(predecessor) ──▶ expecting ── the predecessor is gone ──▶ alone
 *                                     a shutdown waits for the rings that it leaves
 * ```
 */
import type { FlushReport } from '../caller/api.ts';
import type { BlockDescriptor } from '../memory/block.ts';
import { type ProducerMemory, passedOn } from '../memory/producer-memory.ts';
import { SIGNAL_REPLACED } from '../memory/signals.ts';
import { Deadline } from '../time/deadline.ts';
import type { ProducerRegistry } from './producer-registry.ts';
import type { ThreadService } from './thread-service.ts';
import type { WorkerHost } from './worker-host.ts';

/** A thread's turn is over within milliseconds; one that blocks, or was terminated, is not waited for longer. */
const THREADS_LEAVE_MILLIS = 1_000;
const THREADS_LOOK_MILLIS = 10;

export interface HandoverParts {
  readonly signals: Int32Array;
  readonly instanceId: string;
  readonly producers: ProducerRegistry;
  readonly worker: () => Pick<WorkerHost, 'post'>;
}

export class Handover {
  readonly #parts: HandoverParts;
  #state: 'alone' | 'leaving' | 'gone' = 'alone';
  #successor: Handover | undefined;
  #predecessor: Promise<void> | undefined;

  constructor(parts: HandoverParts) {
    this.#parts = parts;
  }

  /** Settles when the predecessor has passed on its rings; undefined when there is no predecessor. */
  get predecessor(): Promise<void> | undefined {
    return this.#predecessor;
  }

  /** Another instance takes the place of this one, and gets the rings that it leaves. */
  get isLeaving(): boolean {
    return this.#state === 'leaving';
  }

  /** Metrics of this instance's threads, for its successor: handles that were bound to them go on counting. */
  get series(): readonly ProducerMemory[] {
    return this.#parts.producers.seriesOnly;
  }

  /** A producer of another thread, of this instance's own time or passed on by its predecessor. */
  takeProducer(memory: ProducerMemory): void {
    const { producers, worker } = this.#parts;
    if (this.#state === 'gone') this.#successor?.takeProducer(memory);
    else if (producers.adopt(memory)) worker().post({ type: 'producer', memory });
  }

  /** A table of series has grown, by a handle that was bound before this instance was configured or replaced, or since. */
  takeSeries(producer: string, block: BlockDescriptor): void {
    if (this.#state !== 'alone') return this.#successor?.takeSeries(producer, block);
    this.#parts.producers.addSeries(producer, block);
    this.#parts.worker().post({ type: 'series', producer, block });
  }

  /**
   * Ends the instance because another was configured in its place. Threads go over to that one at their next turn of the event loop; this worker stays until
   * they have, or are too late.
   *
   * @param successor undefined: the other one is switched off, and records that are not drained by then are lost
   * @param shutdown ends this instance
   */
  async handOver(
    successor: Handover | undefined,
    threads: ThreadService | undefined,
    shutdown: () => Promise<FlushReport>,
  ): Promise<void> {
    const { signals, instanceId, producers } = this.#parts;
    this.#state = 'leaving';
    this.#successor = successor;
    Atomics.store(signals, SIGNAL_REPLACED, 1);
    await this.#threadsGone(threads);
    await shutdown();
    this.#state = 'gone';
    for (const memory of producers.undrained) successor?.takeProducer(passedOn(memory, instanceId));
  }

  /** `predecessor`: settles when it has passed on its rings. */
  expectFrom(predecessor: Promise<void>): void {
    this.#predecessor = predecessor.finally(() => {
      this.#predecessor = undefined;
    });
  }

  async #threadsGone(threads: ThreadService | undefined): Promise<void> {
    const deadline = Deadline.in(THREADS_LEAVE_MILLIS);
    while (!deadline.isOver) {
      threads?.receiveNow();
      if (this.#parts.producers.openThreads.length === 0) return;
      await deadline.pause(THREADS_LOOK_MILLIS);
    }
  }
}
