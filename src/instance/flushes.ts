/** Flushes that the thread of an instance asks for, and their reports. */
import type { FlushReport } from '../caller/api.ts';
import type { Producer } from '../caller/producer.ts';
import { FlushAsker } from '../memory/flush.ts';
import type { ProducerMemory } from '../memory/producer-memory.ts';
import { monotonicMillis } from '../time/clock.ts';
import type { Deadline } from '../time/deadline.ts';
import { droppedAtEnd, pendingIn, spooledIn } from './health.ts';
import type { ProducerRegistry } from './producer-registry.ts';
import type { ThreadService } from './thread-service.ts';
import type { ThreadSettings } from './thread-wire.ts';
import type { WorkerHost } from './worker-host.ts';

export interface FlushParts {
  readonly settings: Pick<ThreadSettings, 'counters' | 'logBackends'>;
  /** This thread's own. */
  readonly producer: Producer;
  /** Those of all threads. */
  readonly producers: ProducerRegistry;
  /** Callbacks of observable instruments on this thread. */
  readonly observables: { observeSync(): void };
  /** Undefined where the instance serves this thread alone. */
  readonly threads: ThreadService | undefined;
  readonly worker: WorkerHost;
}

export class Flushes {
  readonly #parts: FlushParts;
  readonly #asker: FlushAsker;

  constructor(parts: FlushParts) {
    this.#parts = parts;
    this.#asker = new FlushAsker(parts.producer.signals);
  }

  /** What a flush has to cover: marks that no further record would bring along, values of observable instruments, rings that other threads have announced. */
  gather(): void {
    const { producer, observables, threads } = this.#parts;
    producer.settle();
    observables.observeSync();
    threads?.receiveNow();
  }

  /** True if every backend took everything in time. If the worker does not start, the flush waits until one more start has failed. */
  flush(deadline: Deadline, ending = 0): Promise<boolean> {
    return this.#asker.flush(deadline, ending, this.#parts.worker.tryOnce());
  }

  /** The same without the event loop. */
  flushSync(deadline: Deadline, ending: number, whileAsleep: () => boolean): boolean {
    return this.#asker.flushSync(deadline, ending, whileAsleep);
  }

  /** Records of all threads that are in a ring or with a backend. */
  get pending(): number {
    const { settings, producers } = this.#parts;
    return pendingIn(settings, producers.all);
  }

  /** Of these, records that wait on disk for the next run. */
  get spooled(): number {
    return spooledIn(this.#parts.settings);
  }

  /** Records that no run of the service will send, or only after a recovery: pending ones that are not in a spool, and those dropped at the end. */
  get undelivered(): number {
    return this.#undelivered(this.#parts.producers.all);
  }

  /** The same without the records in rings. */
  get undeliveredByBackends(): number {
    return this.#undelivered([]);
  }

  #undelivered(producers: readonly ProducerMemory[]): number {
    const { settings } = this.#parts;
    return pendingIn(settings, producers) - this.spooled + droppedAtEnd(settings);
  }

  report(complete: boolean, startedMillis: number): FlushReport {
    const spooled = complete ? 0 : this.spooled;
    const dropped = droppedAtEnd(this.#parts.settings);
    return {
      complete,
      pending: complete ? 0 : this.pending,
      ...(spooled > 0 && { spooled }),
      ...(dropped > 0 && { dropped }),
      elapsedMillis: monotonicMillis() - startedMillis,
    };
  }
}
