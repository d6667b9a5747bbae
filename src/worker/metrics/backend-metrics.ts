/** What backends have taken, lost and still hold, as metrics. */
import { runningBackends } from '../../config/running.ts';
import { outboxAccount } from '../../delivery/outbox.ts';
import { BACKEND_STATES, type BackendCounters, type CircuitState, DROP_REASONS, type DropReason } from '../../health/counters.ts';
import { OWN_INSTRUMENTS } from '../../health/instruments.ts';
import { CELLS } from '../../health/tally.ts';
import type { WorkerStart } from '../../instance/wire.ts';
import { openBlock } from '../../memory/block.ts';
import { LANES, type Lane, LEVELS } from '../../record.ts';
import type { Observation } from '../../series/collect.ts';
import { ageSeconds, type Observe, sumOf } from './observe.ts';

export interface CountedBackend {
  readonly backend: string;
  readonly counters: BackendCounters;
}

/** `backends`: of records and of metrics. */
export function observeBackends(observe: Observe, start: WorkerStart, backends: readonly CountedBackend[]): void {
  const byBackend = (read: (counters: BackendCounters) => number): Observation[] =>
    backends.map(({ backend, counters }) => ({ value: read(counters), tags: { backend } }));
  observe(OWN_INSTRUMENTS.writtenThrough, () => [{ value: sumOf(backends, ({ counters }) => counters.get('written_through')) }]);
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
  const byLane = (read: (counters: BackendCounters, lane: Lane) => number | undefined): Observation[] =>
    backends.flatMap(({ backend, counters }) =>
      LANES.flatMap((lane) => {
        const value = read(counters, lane);
        return value === undefined ? [] : [{ value, tags: { backend, lane } }];
      }),
    );
  observe(OWN_INSTRUMENTS.circuitState, () =>
    byLane((counters, lane) => {
      const state = counters.circuitOf(lane);
      return state && CIRCUIT_VALUES[state];
    }),
  );
  observe(OWN_INSTRUMENTS.spoolRecords, () => byLane((counters, lane) => counters.spoolOf(lane)?.records));
  observe(OWN_INSTRUMENTS.spoolBytes, () => byLane((counters, lane) => counters.spoolOf(lane)?.bytes));
  observe(OWN_INSTRUMENTS.spoolAge, () =>
    byLane((counters, lane) => {
      const spool = counters.spoolOf(lane);
      return spool && (spool.oldestUnixMillis === undefined ? 0 : ageSeconds(spool.oldestUnixMillis));
    }),
  );
  observe(OWN_INSTRUMENTS.spoolCapacity, () => spoolCapacities(start));
  observe(OWN_INSTRUMENTS.restored, () => byBackend((counters) => counters.get('restored')));
  observe(OWN_INSTRUMENTS.checkpointCopies, () => byBackend((counters) => counters.get('checkpoints')));
  observe(OWN_INSTRUMENTS.failedOver, () => byBackend((counters) => counters.get('failed_over')));
}

/** The worse the larger. */
const CIRCUIT_VALUES: Readonly<Record<CircuitState, number>> = { closed: 0, half_open: 1, open: 2 };

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

/** Of counts by lane and level, only those above zero: most of the combinations never occur. */
function backendDrops(backend: string, counters: BackendCounters, reason: DropReason): Observation[] {
  const tally = counters.droppedTally(reason);
  const byLevel = CELLS.filter(({ cell }) => tally[cell] > 0).map(({ cell, lane, levelRank }) => ({
    value: tally[cell],
    tags: { backend, reason, lane, level: LEVELS[levelRank] },
  }));
  return [{ value: counters.droppedWithoutLevel(reason), tags: { backend, reason } }, ...byLevel];
}
