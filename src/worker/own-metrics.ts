/**
 * The pipeline's own metrics (health/instruments.ts), read from shared counters at each collection.
 */

import { type TreeState, TreeStore } from '../audit/run-tree/state.ts';
import { WitnessBoard, type WitnessedState } from '../audit/witness/board.ts';
import { ClockBoard } from '../clock/clock-board.ts';
import type { ClockStatus } from '../clock/clock-status.ts';
import { getOrMake } from '../common/get-or-make.ts';
import { runningBackends } from '../config/running.ts';
import { outboxAccount } from '../delivery/outbox.ts';
import { BACKEND_STATES, BackendCounters, type CircuitState, DROP_REASONS, type DropReason } from '../health/counters.ts';
import { OWN_INSTRUMENTS, type OwnInstrument } from '../health/instruments.ts';
import { CELLS } from '../health/tally.ts';
import { UnroutedCounters } from '../health/unrouted.ts';
import type { WorkerStart } from '../instance/wire.ts';
import { openBlock } from '../memory/block.ts';
import { lastAuditSequence } from '../memory/run.ts';
import { AUDIT_RANK, LANES, type Lane, LEVELS } from '../record.ts';
import type { RecoveryReport } from '../recovery/report.ts';
import { accountOf, type RingAccount } from '../ring/account.ts';
import { RING_DROP_REASONS } from '../ring/layout.ts';
import type { Observation, SeriesCollector } from '../series/collect.ts';
import { unixMillis } from '../time/clock.ts';
import { exporterTags, registerSdkMetrics } from './sdk-metrics.ts';

/** `rings`: all rings of a lane so far, those of threads that have ended too. `recoveries`: results of the recoveries of dead runs so far. */
export function registerOwnMetrics(
  collector: SeriesCollector,
  start: WorkerStart,
  rings: (lane: Lane) => readonly ArrayBufferLike[],
  recoveries: () => readonly RecoveryReport[],
): void {
  const observe = ({ name, kind, unit, description }: OwnInstrument, read: () => Iterable<Observation>) =>
    collector.addObservable({ name, kind, unit, description, read });
  const run = openBlock(start.run);
  const countersMemory = openBlock(start.counters).memory;
  const backends = [...start.backendNames, ...start.metricBackends].map((backend, index) => ({
    backend,
    counters: new BackendCounters(countersMemory, index),
  }));
  const accounts = oncePerCollection(collector, (lane: Lane) => rings(lane).map(accountOf));
  const byLane = (read: (accounts: readonly RingAccount[]) => number): Observation[] =>
    LANES.map((lane) => ({ value: read(accounts(lane)), tags: { lane } }));
  const byBackend = (read: (counters: BackendCounters) => number): Observation[] =>
    backends.map(({ backend, counters }) => ({ value: read(counters), tags: { backend } }));

  observe(OWN_INSTRUMENTS.accepted, () => byLane((lane) => sum(lane.map(({ accepted }) => accepted))));
  observe(OWN_INSTRUMENTS.ringFill, () => byLane((lane) => Math.max(0, ...lane.map(({ fill }) => fill))));
  observe(OWN_INSTRUMENTS.ringHighWater, () => byLane((lane) => Math.max(0, ...lane.map(({ highWater }) => highWater))));
  observe(OWN_INSTRUMENTS.dropped, () => LANES.flatMap((lane) => drops(lane, accounts(lane))));
  observe(OWN_INSTRUMENTS.sampledOut, () =>
    LEVELS.map((level, rank) => ({ value: sum(accounts('logs').map(({ sampledOut }) => sampledOut[rank])), tags: { level } })),
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
  observe(OWN_INSTRUMENTS.auditSequence, () => [{ value: lastAuditSequence(run) }]);
  const tree = new TreeStore(run);
  const signed = start.config.backends.audit.signingKey === undefined ? 'no' : 'yes';
  // A tree without a leaf has no metrics.
  const ofTree = (read: (state: TreeState) => Observation): Observation[] => {
    const { state } = tree.load();
    return state.size === 0 ? [] : [read(state)];
  };
  observe(OWN_INSTRUMENTS.auditLines, () => ofTree(({ size }) => ({ value: size })));
  observe(OWN_INSTRUMENTS.auditCheckpointed, () => ofTree(({ checkpointed }) => ({ value: checkpointed, tags: { signed } })));
  observe(OWN_INSTRUMENTS.auditCheckpointAge, () =>
    // Before the first one there is no age. That there are lines without one, the two numbers say.
    ofTree(({ atMillis }) => ({ value: Math.max(0, unixMillis() - atMillis) / 1_000 })).filter(
      () => tree.load().state.number > 0,
    ),
  );
  const { witnesses, witnessQuorum } = start.config.backends.audit;
  const board = new WitnessBoard(run);
  const byWitness = (read: (state: WitnessedState) => number | undefined): Observation[] =>
    witnesses.flatMap((witness, index) => {
      const value = read(board.read(index));
      return value === undefined ? [] : [{ value, tags: { witness: new URL(witness.split(' ')[0]!).host } }];
    });
  observe(OWN_INSTRUMENTS.auditCosigned, () => (tree.load().state.size === 0 ? [] : byWitness(({ lines }) => lines)));
  observe(OWN_INSTRUMENTS.auditCosignedAge, () =>
    byWitness(({ atMillis }) => (atMillis === 0 ? undefined : Math.max(0, unixMillis() - atMillis) / 1_000)),
  );
  observe(OWN_INSTRUMENTS.auditCosignedByQuorum, () =>
    witnessQuorum === 0 ? [] : ofTree(() => ({ value: board.linesOf(witnesses.length, witnessQuorum) })),
  );
  const clockBoard = new ClockBoard(run);
  const ofClock = (read: (status: ClockStatus) => number | undefined): Observation[] => {
    const status = clockBoard.read();
    const value = status && read(status);
    return value === undefined ? [] : [{ value, tags: { source: status!.source } }];
  };
  observe(OWN_INSTRUMENTS.clockOffset, () => ofClock(({ offsetMicros }) => offsetMicros && offsetMicros / 1e6));
  observe(OWN_INSTRUMENTS.clockMaxError, () => ofClock(({ maxErrorMicros }) => maxErrorMicros && maxErrorMicros / 1e6));
  observe(OWN_INSTRUMENTS.clockSynchronised, () => ofClock(({ isSynchronised }) => (isSynchronised === true ? 1 : 0)));
  observe(OWN_INSTRUMENTS.writtenThrough, () => [
    { value: sum(backends.map(({ counters }) => counters.get('written_through'))) },
  ]);
  observe(OWN_INSTRUMENTS.workerRestarts, () => [{ value: start.restarts }]);
  observe(OWN_INSTRUMENTS.memoryMapped, () => [{ value: start.allocator.in === 'mapped' ? 1 : 0 }]);
  observe(OWN_INSTRUMENTS.recoveredRuns, () =>
    (['recovered', 'damaged'] as const).map((outcome) => ({
      value: recoveries().filter(({ kind }) => kind === outcome).length,
      tags: { outcome },
    })),
  );
  observe(OWN_INSTRUMENTS.recoveredRecords, () => recoveredRecords(recoveries()));
  observe(OWN_INSTRUMENTS.backendDelivered, () => byBackend((counters) => counters.get('delivered')));
  observe(OWN_INSTRUMENTS.backendRetries, () => byBackend((counters) => counters.get('retries')));
  observe(OWN_INSTRUMENTS.backendState, () => byBackend((counters) => BACKEND_STATES.indexOf(counters.state)));
  observe(OWN_INSTRUMENTS.backendDropped, () =>
    backends.flatMap(({ backend, counters }) => DROP_REASONS.flatMap((reason) => backendDrops(backend, counters, reason))),
  );
  const byOutbox = (read: (account: ReturnType<typeof outboxAccount>) => number): Observation[] =>
    start.outboxes.map(({ backend, lane, memory }) => ({
      value: read(outboxAccount(openBlock(memory).memory)),
      tags: lane === undefined ? { backend } : { backend, lane },
    }));
  observe(OWN_INSTRUMENTS.backendQueue, () => byOutbox(({ bytes }) => bytes));
  observe(OWN_INSTRUMENTS.backendQueueCapacity, () => byOutbox(({ capacityBytes }) => capacityBytes));
  const byWay = (read: (counters: BackendCounters, lane: Lane) => number | undefined): Observation[] =>
    backends.flatMap(({ backend, counters }) =>
      LANES.flatMap((lane) => {
        const value = read(counters, lane);
        return value === undefined ? [] : [{ value, tags: { backend, lane } }];
      }),
    );
  observe(OWN_INSTRUMENTS.circuitState, () =>
    byWay((counters, lane) => {
      const state = counters.circuitOf(lane);
      return state && CIRCUIT_VALUES[state];
    }),
  );
  observe(OWN_INSTRUMENTS.spoolRecords, () => byWay((counters, lane) => counters.spoolOf(lane)?.records));
  observe(OWN_INSTRUMENTS.spoolBytes, () => byWay((counters, lane) => counters.spoolOf(lane)?.bytes));
  observe(OWN_INSTRUMENTS.spoolAge, () =>
    byWay((counters, lane) => {
      const spool = counters.spoolOf(lane);
      return spool && ageSeconds(spool.oldestUnixMillis);
    }),
  );
  observe(OWN_INSTRUMENTS.spoolCapacity, () => spoolCapacities(start));
  observe(OWN_INSTRUMENTS.restored, () => byBackend((counters) => counters.get('restored')));
  observe(OWN_INSTRUMENTS.checkpointCopies, () => byBackend((counters) => counters.get('checkpoints')));
  observe(OWN_INSTRUMENTS.failedOver, () => byBackend((counters) => counters.get('failed_over')));
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

/** The worse the larger. */
const CIRCUIT_VALUES: Readonly<Record<CircuitState, number>> = { closed: 0, half_open: 1, open: 2 };

function ageSeconds(oldestUnixMillis: number | undefined): number {
  return oldestUnixMillis === undefined ? 0 : Math.max(0, unixMillis() - oldestUnixMillis) / 1_000;
}

function spoolCapacities({ config }: WorkerStart): Observation[] {
  return runningBackends(config).flatMap(({ name: backend, backend: { spool }, settings }) => {
    const size = spool?.(settings);
    if (size === undefined) return [];
    return [
      { value: size.maxBytes, tags: { backend, lane: 'logs' } },
      { value: size.auditMaxBytes, tags: { backend, lane: 'audit' } },
    ];
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
      value: sum(accounts.map(({ dropped }) => dropped[rank][index])),
      tags: { lane, level, reason },
    })),
  );
}

/** Of counts by lane and level, only those above zero: most of the combinations never occur. */
function backendDrops(backend: string, counters: BackendCounters, reason: DropReason): Observation[] {
  const tally = counters.droppedTally(reason);
  const byLevel = CELLS.filter(({ cell }) => tally[cell] > 0).map(({ cell, lane, levelRank }) => ({
    value: tally[cell],
    tags: { backend, reason, lane, level: LEVELS[levelRank] },
  }));
  return [{ value: counters.droppedWithoutLevel(reason), tags: { backend, reason } }, ...byLevel];
}

function recoveredRecords(reports: readonly RecoveryReport[]): Observation[] {
  const recovered = reports.filter((report) => report.kind === 'recovered');
  return [
    ...LANES.map((lane) => ({ value: sum(recovered.map((report) => report[lane])), tags: { source: 'ring', lane } })),
    { value: sum(recovered.map(({ encoded }) => encoded)), tags: { source: 'queue' } },
  ];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
