/**
 * `health()`: shared counters → one plain object. Reads only; may be called at any time, on the main thread, at the cost of some microseconds.
 */
import { TreeStore } from '../audit/run-tree/state.ts';
import { WitnessBoard } from '../audit/witness/board.ts';
import type {
  AuditTreeHealth,
  BackendHealth,
  ClockHealth,
  Health,
  LaneHealth,
  MemoryHealth,
  MetricsHealth,
  WitnessHealth,
} from '../caller/api.ts';
import { ClockBoard } from '../clock/clock-board.ts';
import { BackendCounters, pendingOf } from '../health/counters.ts';
import { cellOf, type Tally } from '../health/tally.ts';
import { UnroutedCounters } from '../health/unrouted.ts';
import { type BlockDescriptor, openBlock } from '../memory/block.ts';
import type { ProducerMemory } from '../memory/producer-memory.ts';
import { lastAuditSequence } from '../memory/run.ts';
import { SIGNAL_LEFT_OUT, SIGNAL_OVERFLOWED_SERIES } from '../memory/signals.ts';
import { type Lane, LEVELS } from '../record.ts';
import { accountOf, pendingIn as pendingInRing, type RingAccount } from '../ring/account.ts';
import { RING_DROP_REASONS } from '../ring/layout.ts';
import { lossesOf } from '../series/losses.ts';
import type { InstanceMemory } from './memory.ts';
import { tableOf } from './run/run-memory.ts';
import type { ThreadSettings } from './thread-wire.ts';
import type { WorkerHost } from './worker-host.ts';

/** Counters in shared memory, which every thread that has it can read. */
export interface AccountSources {
  readonly memory: Pick<InstanceMemory, 'signals' | 'counters' | 'run' | 'backendNames' | 'metricBackends'>;
  readonly producers: readonly ProducerMemory[];
  /** Series tables without a producer, as blocks. */
  readonly foldedSeries: readonly (readonly BlockDescriptor[])[];
}

export interface HealthSources extends AccountSources {
  readonly memory: InstanceMemory;
  readonly worker: Pick<WorkerHost, 'state' | 'restarts' | 'lastError'>;
  /** See {@link MemoryHealth.recovered}. */
  readonly recovered: MemoryHealth['recovered'];
  readonly warnings: readonly string[];
  /** Settings of the audit trail that its account needs. */
  readonly audit?: {
    readonly signingKey: string | undefined;
    readonly witnesses: readonly string[];
    readonly witnessQuorum: number;
  };
}

export function readHealth({ worker, recovered, warnings, audit, ...sources }: HealthSources): Health {
  const accounts = readAccounts(sources);
  return {
    memory: { ...memoryHealth(sources.memory), recovered },
    worker: {
      state: worker.state,
      restarts: worker.restarts,
      ...(worker.lastError !== undefined && { lastError: worker.lastError }),
    },
    ...accounts,
    audit: { ...accounts.audit, ...auditTrail(sources.memory, audit) },
    warnings,
  };
}

export function readAccounts({
  memory,
  producers,
  foldedSeries,
}: AccountSources): Pick<Health, 'lanes' | 'audit' | 'backends' | 'metrics'> {
  const backends: Record<string, BackendHealth> = {};
  const signals = openBlock(memory.signals).words;
  const countersMemory = openBlock(memory.counters).memory;
  const unrouted = new UnroutedCounters(countersMemory).read();
  let writtenThrough = 0;
  [...memory.backendNames, ...memory.metricBackends].forEach((name, index) => {
    const counters = new BackendCounters(countersMemory, index);
    writtenThrough += counters.get('written_through');
    backends[name] = backendHealth(counters);
  });
  return {
    lanes: { logs: laneHealth('logs', producers, unrouted), audit: laneHealth('audit', producers, unrouted) },
    audit: { lastSequence: lastAuditSequence(openBlock(memory.run)), writtenThrough },
    backends,
    metrics: metricsHealth(signals, [...producers.map(({ series }) => series), ...foldedSeries]),
  };
}

function memoryHealth({ allocator, notMapped }: InstanceMemory): Omit<MemoryHealth, 'recovered'> {
  if (allocator.in === 'shared') return { kind: 'shared', ...(notMapped !== undefined && { reason: notMapped }) };
  return { kind: 'mapped', folder: allocator.folder, sharedBlocks: tableOf(allocator)?.refused ?? 0 };
}

/** Where the counters of the log backends stand. */
type CounterMemory = Pick<ThreadSettings, 'counters' | 'logBackends'>;

/** A number of each log backend, added up. */
function ofBackends({ counters, logBackends }: CounterMemory, numberOf: (backend: BackendCounters) => number): number {
  let sum = 0;
  for (let index = 0; counters !== undefined && index < logBackends; index++)
    sum += numberOf(new BackendCounters(openBlock(counters).memory, index));
  return sum;
}

/** Records that are in a ring, or taken by a backend and neither delivered nor dropped. For every flush's report: cheaper than `health()`. */
export function pendingIn(memory: CounterMemory, producers: readonly ProducerMemory[]): number {
  let pending = ofBackends(memory, (backend) => backend.pending);
  for (const { logs, audit } of producers)
    pending += pendingInRing(openBlock(logs.ring).memory) + pendingInRing(openBlock(audit.ring).memory);
  return pending;
}

/** Records that the end of the instance has given up. They are not pending. */
export function droppedAtEnd(memory: CounterMemory): number {
  return ofBackends(memory, (backend) => backend.dropped('shutdown'));
}

/** Of those pending, records that wait on disk for the next run. */
export function spooledIn(memory: CounterMemory): number {
  return ofBackends(memory, (backend) => backend.spooled);
}

/** How far the proof of the run's audit trail has got, and the clock. Nothing where there is no audit file. */
export function auditTrail(
  { run, backendNames }: Pick<InstanceMemory, 'run' | 'backendNames'>,
  { signingKey, witnesses, witnessQuorum }: NonNullable<HealthSources['audit']> = NO_AUDIT,
): Pick<Health['audit'], 'tree' | 'clock'> {
  if (!backendNames.includes('audit')) return {};
  const block = openBlock(run);
  const { size, checkpointed, number, atMillis } = new TreeStore(block).load().state;
  const signing =
    signingKey ?? 'Checkpoints are not signed: hft-otel audit keygen FILE makes a key, and backends.audit.signingKey names it.';
  const tree = { lines: size, checkpointed, ...(number > 0 && { checkpointAt: atMillis }), signing };
  const clock = clockHealth(new ClockBoard(block));
  return { tree: { ...tree, ...witnessHealth(new WitnessBoard(block), witnesses, witnessQuorum) }, ...(clock && { clock }) };
}

const NO_AUDIT = { signingKey: undefined, witnesses: [], witnessQuorum: 0 };

function witnessHealth(
  board: WitnessBoard,
  witnesses: readonly string[],
  quorum: number,
): Pick<AuditTreeHealth, 'cosigned' | 'witnesses'> {
  if (quorum === 0) return {};
  const each = witnesses.map((witness, index): WitnessHealth => {
    const { lines, atMillis } = board.read(index);
    return { url: witness.split(' ')[0]!, lines, ...(atMillis > 0 && { at: atMillis }) };
  });
  return { cosigned: board.linesOf(witnesses.length, quorum), witnesses: each };
}

function clockHealth(board: ClockBoard): ClockHealth | undefined {
  const status = board.read();
  if (status === undefined) return undefined;
  const { atMillis, ...known } = status;
  return { ...known, at: atMillis };
}

function backendHealth(counters: BackendCounters): BackendHealth {
  const { state, lastError, counts, dropped, droppedByLane, circuits, spools } = counters.read();
  const droppedTotal = Object.values(dropped).reduce((sum, count) => sum + count, 0);
  return {
    state,
    taken: counts.taken,
    delivered: counts.delivered,
    dropped: Object.fromEntries(Object.entries(dropped).filter(([, count]) => count > 0)),
    droppedTotal,
    droppedByLane,
    pending: pendingOf(counts.taken, counts.delivered, droppedTotal),
    retries: counts.retries,
    bytes: counts.bytes,
    ...(lastError !== undefined && { lastError }),
    ...(Object.keys(circuits).length > 0 && { circuits }),
    ...(Object.keys(spools).length > 0 && { spools }),
    ...(counts.restored > 0 && { restored: counts.restored }),
    ...(counts.checkpoints > 0 && { checkpoints: counts.checkpoints }),
    ...(counts.failed_over > 0 && { failedOver: counts.failed_over }),
  };
}

function metricsHealth(signals: Int32Array, tables: readonly (readonly BlockDescriptor[])[]): MetricsHealth {
  const { rejected, overflowed } = lossesOf(tables.flatMap(([first]) => (first === undefined ? [] : [openBlock(first).memory])));
  const kind = rejected.kind + Atomics.load(signals, SIGNAL_LEFT_OUT);
  return {
    rejected: Object.fromEntries(Object.entries({ ...rejected, kind }).filter(([, count]) => count > 0)),
    overflowed,
    overflowedSeries: Atomics.load(signals, SIGNAL_OVERFLOWED_SERIES),
  };
}

function laneHealth(lane: Lane, producers: readonly ProducerMemory[], unrouted: Tally): LaneHealth {
  const accounts = producers.map((producer) => accountOf(openBlock(producer[lane].ring).memory));
  const sum = (of: (account: RingAccount) => number) => accounts.reduce((total, account) => total + of(account), 0);
  const most = (of: (account: RingAccount) => number) => accounts.reduce((largest, account) => Math.max(largest, of(account)), 0);
  const dropped: Partial<Record<(typeof LEVELS)[number], Record<string, number>>> = {};
  LEVELS.forEach((level, rank) => {
    RING_DROP_REASONS.forEach((reason, index) => {
      const count = sum((account) => account.dropped[rank][index]);
      if (count > 0) dropped[level] = { ...dropped[level], [reason]: count };
    });
  });
  const unroutedOf = LEVELS.map((level, rank) => [level, unrouted[cellOf(lane, rank)]] as const).filter(([, count]) => count > 0);
  return {
    accepted: sum(({ accepted }) => accepted),
    pending: sum(({ pending }) => pending),
    dropped,
    droppedTotal: sum(({ offered, accepted }) => offered - accepted),
    unrouted: Object.fromEntries(unroutedOf),
    unroutedTotal: unroutedOf.reduce((total, [, count]) => total + count, 0),
    sampledOut: Object.fromEntries(
      LEVELS.map((level, rank) => [level, sum(({ sampledOut }) => sampledOut[rank])] as const).filter(([, count]) => count > 0),
    ),
    ringFill: most(({ fill }) => fill),
    ringHighWater: most(({ highWater }) => highWater),
  };
}
