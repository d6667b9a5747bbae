/**
 * The producer behind an instance, for the other front doors of this package; not for users.
 */
import type { Logging } from '../caller/api.ts';
import type { Producer } from '../caller/producer.ts';

const producers = new WeakMap<Logging, () => Producer>();

export function rememberProducer(logging: Logging, producer: () => Producer): void {
  producers.set(logging, producer);
}

/** The calling thread's producer of an instance made by this copy of the package. */
export function producerOf(logging: Logging): Producer {
  const producer = producers.get(logging);
  if (producer === undefined)
    throw new TypeError('This is no instance of createLogging or configureLogging of the same copy of hft-otel.');
  return producer();
}
