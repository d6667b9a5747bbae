/**
 * The end of an instance whose worker has not begun: the thread that made the instance delivers, where it can (docs/decisions/ends-without-worker.md).
 */
import type { ProducerMemory } from '../../memory/producer-memory.ts';
import { Deadline } from '../../time/deadline.ts';

export interface DeliveryOptions {
  /** A reader of the console that has no room is waited for until then; with {@link retries}, so is each destination that refuses. */
  readonly deadline: Deadline;
  /** Whether a destination that has refused is tried again, with this thread asleep between the attempts. */
  readonly retries: boolean;
}

/** Delivers on this thread (worker/at-exit.ts). */
export interface DeliveryAtExit {
  /** Delivers everything that is in the rings of these producers. False: a destination did not take all of it in time. */
  deliver(producers: readonly ProducerMemory[], options: DeliveryOptions): boolean;
  /**
   * Closes files and streams, and answers the flushes that threads have asked for. To be called once, behind the last {@link deliver}.
   *
   * `givesUp`: what no destination has taken is counted as lost (`shutdown`), except for what the audit file or the next start of the service can still write.
   */
  close(options: { readonly givesUp: boolean }): void;
}

export interface WithoutWorkerParts {
  /** Undefined: a worker has begun, or a backend needs one. Otherwise no worker begins any more. */
  readonly open: () => DeliveryAtExit | undefined;
  /** Whether a worker would do more than deliver. */
  readonly isWorkerNeeded: () => boolean;
}

export class WithoutWorker {
  readonly #parts: WithoutWorkerParts;
  #delivery: DeliveryAtExit | undefined;

  constructor(parts: WithoutWorkerParts) {
    this.#parts = parts;
  }

  /**
   * Undefined: a worker has begun, or is needed. Otherwise the same delivery for every caller, because two would read the same rings and outboxes; one that is
   * open already goes on.
   */
  openUnlessWorkerIsNeeded(): DeliveryAtExit | undefined {
    return this.#delivery ?? (this.#parts.isWorkerNeeded() ? undefined : this.#open());
  }

  /**
   * Behind a worker that has been ended: everything is offered to each destination once. False: a worker had begun, this thread delivers already, or a
   * destination refused.
   */
  deliverOnce(producers: readonly ProducerMemory[], { givesUp }: { readonly givesUp: boolean }): boolean {
    if (this.#delivery !== undefined) return false;
    const delivery = this.#open();
    const isComplete = delivery?.deliver(producers, { deadline: Deadline.in(0), retries: false }) === true;
    delivery?.close({ givesUp });
    return isComplete;
  }

  #open(): DeliveryAtExit | undefined {
    this.#delivery = this.#parts.open();
    return this.#delivery;
  }
}
