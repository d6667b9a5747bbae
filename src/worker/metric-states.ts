/**
 * States of metric backends, and what the collector alone knows → shared memory, where `health()` on the main thread and our own metrics find them.
 */

import { WarningCounters } from '../health/warning-counters.ts';
import type { WorkerStart } from '../instance/wire.ts';
import { SIGNAL_OVERFLOWED_SERIES } from '../memory/signals.ts';
import { repeat } from '../time/real-timers.ts';
import type { WorkerMetrics } from './metrics.ts';

const INTERVAL_MILLIS = 500;

/** Brings them over now, twice a second, and whenever the answer is called. */
export function mirrorMetricStates(metrics: WorkerMetrics, start: WorkerStart, onTrouble: (message: string) => void): () => void {
  const signals = new Int32Array(start.signals);
  const first = start.backendNames.length;
  const lastErrors = new Map<string, string | undefined>();
  const counters = new Map(
    start.metricBackends.map((name, index) => [name, new WarningCounters(start.counters, first + index, name, onTrouble)]),
  );
  const before =
    start.restarts > 0
      ? new Map(Array.from(counters, ([name, each]) => [name, [each.get('delivered'), each.dropped('failed')]]))
      : undefined;
  const mirror = () => {
    Atomics.store(signals, SIGNAL_OVERFLOWED_SERIES, metrics.losses.overflowedSeries);
    for (const [name, each] of counters) {
      const backend = metrics.states()[name];
      if (backend === undefined) continue;
      if (each.state !== backend.state || lastErrors.get(name) !== backend.lastError)
        each.setState(backend.state, backend.lastError);
      lastErrors.set(name, backend.lastError);
      // Counts of a predecessor stay.
      const [delivered, failed] = before?.get(name) ?? [0, 0];
      each.add('delivered', delivered + backend.delivered - each.get('delivered'));
      each.drop('failed', failed + backend.failed - each.dropped('failed'));
      each.add('taken', each.get('delivered') + each.dropped('failed') - each.get('taken'));
    }
  };
  mirror();
  repeat(mirror, INTERVAL_MILLIS);
  return mirror;
}
