/**
 * The producer of an instance, for the other entry points of this package; not for users.
 */
import type { FlushReport, Logging } from '../caller/api.ts';
import type { LogHost } from '../caller/log-host.ts';
import type { Producer } from '../caller/producer.ts';

const producers = new WeakMap<Logging, () => Producer>();

/** Flushes the instance of a producer. */
type Flush = (options: { timeoutMillis: number }) => Promise<Pick<FlushReport, 'complete'>>;

const flushes = new WeakMap<LogHost, Flush>();

export function rememberProducer(logging: Logging, producer: () => Producer): void {
  producers.set(logging, producer);
  rememberFlush(producer(), (options) => logging.flush(options));
}

export function rememberFlush(producer: LogHost, flush: Flush): void {
  flushes.set(producer, flush);
}

/** Undefined: no instance of this thread has it. */
export function flushOf(producer: LogHost): Flush | undefined {
  return flushes.get(producer);
}

/** The calling thread's producer of an instance made by this copy of the package. */
export function producerOf(logging: Logging): Producer {
  const producer = producers.get(logging);
  if (producer === undefined)
    throw new TypeError('This is no instance of createLogging or configureLogging of the same copy of hft-otel.');
  return producer();
}
