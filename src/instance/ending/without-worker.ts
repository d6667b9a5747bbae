/**
 * The end of an instance whose worker has not begun: the thread that made it delivers, where it can (docs/decisions/ends-without-worker.md).
 */
import type { ProducerMemory } from '../../memory/producer-memory.ts';
import type { Deadline } from '../../time/deadline.ts';

/** Delivers on this thread (worker/at-exit.ts). */
export interface DeliveryAtExit {
  /** Delivers everything that is in the rings of these producers. False: a destination did not take all of it in time. `isLast`: nothing comes after it. */
  deliver(producers: readonly ProducerMemory[], deadline: Deadline, isLast: boolean): boolean;
  /** The process goes on: what was not taken is given up and counted (`shutdown`), where no other thread or process can deliver it. */
  close(): void;
}

/** Undefined: a worker has begun, or a backend needs one. Otherwise no worker begins any more. */
export type OpenDelivery = () => DeliveryAtExit | undefined;

export class WithoutWorker {
  /** Whatever a worker would have done beside. */
  readonly open: OpenDelivery;
  readonly #isLeft: () => boolean;

  /** `isLeft`: delivery is all that a worker would have to do. */
  constructor(open: OpenDelivery, isLeft: () => boolean) {
    this.open = open;
    this.#isLeft = isLeft;
  }

  openIfLeft(): DeliveryAtExit | undefined {
    return this.#isLeft() ? this.open() : undefined;
  }
}
