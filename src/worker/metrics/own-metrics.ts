/**
 * The pipeline's own metrics (health/instruments.ts), read from shared counters at each collection.
 */

import { getOrMake } from '../../common/get-or-make.ts';
import { runningBackends } from '../../config/running.ts';
import { BackendCounters } from '../../health/counters.ts';
import { OWN_INSTRUMENTS } from '../../health/instruments.ts';
import { CELLS } from '../../health/tally.ts';
import { UnroutedCounters } from '../../health/unrouted.ts';
import type { WorkerStart } from '../../instance/wire.ts';
import { openBlock } from '../../memory/block.ts';
import { AUDIT_RANK, LANES, type Lane, LEVELS } from '../../record.ts';
import type { RecoveryReport } from '../../recovery/report.ts';
import { accountOf, type RingAccount } from '../../ring/account.ts';
import { RING_DROP_REASONS } from '../../ring/layout.ts';
import type { Observation, SeriesCollector } from '../../series/collect.ts';
import { observeAuditTrail, observeClock } from './audit-metrics.ts';
import { observeBackends } from './backend-metrics.ts';
import { type Observe, sumOf } from './observe.ts';
import { exporterTags, registerSdkMetrics } from './sdk-metrics.ts';

/** `rings`: all rings of a lane so far, those of threads that have ended too. `recoveries`: results of the recoveries of dead runs so far. */
export function registerOwnMetrics(
  collector: SeriesCollector,
  start: WorkerStart,
  rings: (lane: Lane) => readonly ArrayBufferLike[],
  recoveries: () => readonly RecoveryReport[],
): void {
  const observe: Observe = ({ name, kind, unit, description }, read) =>
    collector.addObservable({ name, kind, unit, description, read });
  const countersMemory = openBlock(start.counters).memory;
  const backends = [...start.backendNames, ...start.metricBackends].map((backend, index) => ({
    backend,
    counters: new BackendCounters(countersMemory, index),
  }));
  const accounts = oncePerCollection(collector, (lane: Lane) => rings(lane).map(accountOf));
  const byLane = (read: (accounts: readonly RingAccount[]) => number): Observation[] =>
    LANES.map((lane) => ({ value: read(accounts(lane)), tags: { lane } }));

  observe(OWN_INSTRUMENTS.accepted, () => byLane((lane) => sumOf(lane, ({ accepted }) => accepted)));
  observe(OWN_INSTRUMENTS.ringFill, () => byLane((lane) => Math.max(0, ...lane.map(({ fill }) => fill))));
  observe(OWN_INSTRUMENTS.ringHighWater, () => byLane((lane) => Math.max(0, ...lane.map(({ highWater }) => highWater))));
  observe(OWN_INSTRUMENTS.dropped, () => LANES.flatMap((lane) => drops(lane, accounts(lane))));
  observe(OWN_INSTRUMENTS.sampledOut, () =>
    LEVELS.map((level, rank) => ({ value: sumOf(accounts('logs'), ({ sampledOut }) => sampledOut[rank]), tags: { level } })),
  );
  observe(OWN_INSTRUMENTS.unrouted, () => {
    const unrouted = new UnroutedCounters(countersMemory).read();
    return CELLS.filter(({ lane, levelRank }) => lane === 'logs' || levelRank === AUDIT_RANK).map(
      ({ cell, lane, levelRank }) => ({
        value: unrouted[cell],
        tags: { lane, level: LEVELS[levelRank] },
      }),
    );
  });
  observeAuditTrail(observe, start);
  observeClock(observe, start);
  observe(OWN_INSTRUMENTS.workerRestarts, () => [{ value: start.restarts }]);
  observe(OWN_INSTRUMENTS.memoryMapped, () => [{ value: start.allocator.in === 'mapped' ? 1 : 0 }]);
  observe(OWN_INSTRUMENTS.recoveredRuns, () =>
    (['recovered', 'damaged'] as const).map((outcome) => ({
      value: recoveries().filter(({ kind }) => kind === outcome).length,
      tags: { outcome },
    })),
  );
  observe(OWN_INSTRUMENTS.recoveredRecords, () => recoveredRecords(recoveries()));
  observeBackends(observe, start, backends);
  observe(OWN_INSTRUMENTS.seriesRejected, () =>
    Object.entries(collector.losses.rejected).map(([reason, value]) => ({ value, tags: { reason } })),
  );
  observe(OWN_INSTRUMENTS.seriesOverflowed, () => [{ value: collector.losses.overflowed }]);
  observe(OWN_INSTRUMENTS.seriesMerged, () => [{ value: collector.losses.overflowedSeries }]);
  registerSdkMetrics(observe, {
    lanes: LANES.map((lane) => ({ lane, accounts: () => accounts(lane) })),
    backends: runningBackends(start.config).map((running, index) => ({ tags: exporterTags(running), ...backends[index] })),
  });
}

/** One reading for all observables of a collection, so that their values belong together. */
function oncePerCollection<K, V>(collector: SeriesCollector, read: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  let collection = 0;
  return (key) => {
    if (collection !== collector.collections) known.clear();
    collection = collector.collections;
    return getOrMake(known, key, () => read(key));
  };
}

function drops(lane: Lane, accounts: readonly RingAccount[]): Observation[] {
  return LEVELS.flatMap((level, rank) =>
    RING_DROP_REASONS.map((reason, index) => ({
      value: sumOf(accounts, ({ dropped }) => dropped[rank][index]),
      tags: { lane, level, reason },
    })),
  );
}

function recoveredRecords(reports: readonly RecoveryReport[]): Observation[] {
  const recovered = reports.filter((report) => report.kind === 'recovered');
  return [
    ...LANES.map((lane) => ({ value: sumOf(recovered, (report) => report[lane]), tags: { source: 'ring', lane } })),
    { value: sumOf(recovered, ({ encoded }) => encoded), tags: { source: 'queue' } },
  ];
}
