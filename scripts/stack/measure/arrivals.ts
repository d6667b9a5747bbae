// From the call to the record being in the answer to a query: Loki is asked again and again for the probes it has not shown yet.

import { setTimeout as sleep } from 'node:timers/promises';
import { queryLoki } from '../query.ts';
import { PROBE_EXCHANGE } from './load-order.ts';

/** Between two questions; a record is seen that much, and the time of an answer, later than it could have been. */
const POLL_MILLIS = 20;
/** Behind the newest that was seen: batches overtake each other on the way. */
const LOOK_BACK_MILLIS = 3_000;

export interface Arrivals {
  /** Of every probe of the lane that was logged since the beginning, in ms. */
  readonly delays: number[];
  /** How long each question took, in ms: part of the delays. */
  readonly questions: number[];
}

/** Watches until `signal` is aborted. */
export async function watchArrivals(
  lokiUrl: string,
  service: string,
  lane: 'logs' | 'audit',
  signal: AbortSignal,
): Promise<Arrivals> {
  const seen = new Set<bigint>();
  const delays: number[] = [];
  const questions: number[] = [];
  let newestUnixMillis = 0;
  const startedUnixMillis = Date.now();
  const selection = `{service_name="${service}", exchange="${PROBE_EXCHANGE}", lane="${lane}"}`;
  while (!signal.aborted) {
    const asked = performance.now();
    const { lines } = await queryLoki(lokiUrl, selection, {
      from: Math.max(startedUnixMillis, newestUnixMillis - LOOK_BACK_MILLIS),
      to: Date.now() + 1_000,
      stepSeconds: 15,
    });
    questions.push(performance.now() - asked);
    const answeredUnixMillis = performance.timeOrigin + performance.now();
    for (const { timeUnixNanos } of lines) {
      if (seen.has(timeUnixNanos)) continue;
      seen.add(timeUnixNanos);
      newestUnixMillis = Math.max(newestUnixMillis, Number(timeUnixNanos / 1_000_000n));
      delays.push(answeredUnixMillis - Number(timeUnixNanos / 1_000n) / 1_000);
    }
    await sleep(POLL_MILLIS);
  }
  return { delays, questions };
}
