/**
 * An open loop: calls are due at moments fixed beforehand, whatever became of those before them.
 */
import type { Run } from '../workloads.ts';
import { nanos, sleepSync } from './clock.ts';

/** Calls are due in slices of this length. Between slices the thread sleeps: the machine's cores belong to the worker and the far end, too. */
const SLICE_NANOS = 500_000;

export interface Offer {
  readonly callsPerSecond: number;
  readonly seconds: number;
  /** Looked at now and then: true ends the offer early. */
  readonly givenUp?: () => boolean;
}

export interface Offered {
  readonly calls: number;
  readonly seconds: number;
}

/** Makes `callsPerSecond * seconds` calls, numbered from `from` on, without returning to the event loop. */
export function offer(run: Run, from: number, { callsPerSecond, seconds, givenUp = () => false }: Offer): Offered {
  const total = Math.round(callsPerSecond * seconds);
  const perSlice = (callsPerSecond * SLICE_NANOS) / 1e9;
  const start = nanos();
  let made = 0;
  for (let slice = 1; made < total; slice++) {
    const due = start + (slice - 1) * SLICE_NANOS;
    const early = due - nanos();
    if (early > 0) sleepSync(early / 1e6);
    const until = Math.min(total, Math.round(slice * perSlice));
    run(from + made, from + until);
    made = until;
    if (slice % 20 === 0 && givenUp()) break;
  }
  return { calls: made, seconds: (nanos() - start) / 1e9 };
}
