/** A backend of metrics with counters of its own, and how they stand. */
import { MetricsAccount } from '../../../src/contract/metrics-backend.ts';
import { BackendCounters, countersBytes } from '../../../src/health/counters.ts';

export function freshCounters(): BackendCounters {
  return new BackendCounters(new SharedArrayBuffer(countersBytes(1)), 0);
}

export function stateOf(counters: BackendCounters) {
  const { state, lastError } = counters.read();
  const delivered = counters.get('delivered');
  const failed = counters.dropped('failed');
  return { state, ...(lastError !== undefined && { lastError }), delivered, failed };
}

export type Counted<Backend> = Backend & { state(): ReturnType<typeof stateOf> };

export function counted<Options extends { readonly account: MetricsAccount }, Backend extends object>(
  Made: new (options: Options) => Backend,
  options: Omit<Options, 'account'>,
): Counted<Backend> {
  const counters = freshCounters();
  const backend = new Made({ ...options, account: new MetricsAccount(counters) } as unknown as Options);
  return Object.assign(backend, { state: () => stateOf(counters) });
}
