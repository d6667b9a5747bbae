/**
 * The shared memory of an instance, beside that of its producers. All of it outlives a worker that dies.
 */

import { beginTree } from '../audit/run-tree/begin.ts';
import { identifyRun, isSameRun, type RunIdentity } from '../audit/run-tree/settings.ts';
import { producerBytes } from '../caller/producer.ts';
import { randomUint32 } from '../common/random.ts';
import type { ResolvedConfig } from '../config/resolved.ts';
import { runningBackends, runningMetricsBackends } from '../config/running.ts';
import { OUTBOX_FORMAT, outboxBytes } from '../delivery/outbox.ts';
import { COUNTERS_FORMAT, countersBytes } from '../health/counters.ts';
import { type Allocator, type AllocatorSettings, allocatorOf } from '../memory/allocator.ts';
import type { BlockDescriptor } from '../memory/block.ts';
import { freeBytesIn, removeFolder } from '../memory/mapped/run-folder.ts';
import { allocateRun } from '../memory/run.ts';
import { allocateSignals } from '../memory/signals.ts';
import { LANES } from '../record.ts';
import type { OutboxMemory } from './outboxes.ts';
import { directoryOf, noRoom, notMapped, openRunMemory, type RunMemory, rejoin } from './run/run-memory.ts';

/** Tells an instance from others of its process, and from those before it in the same place. */
export interface InstancePlace {
  readonly name: string;
  /** Raised by each `configureLogging` that replaces an instance. */
  readonly generation: number;
}

export interface InstanceMemory {
  /** Where its further blocks come from: those of its threads, and of its worker. */
  readonly allocator: AllocatorSettings;
  /** Why its memory does not outlive the process; undefined if it does, or if persistence is off. */
  readonly notMapped?: string;
  /** See memory/signals.ts. */
  readonly signals: BlockDescriptor;
  /** See memory/run.ts. */
  readonly run: BlockDescriptor;
  /** Which run that is. */
  readonly runIdentity: RunIdentity;
  /** The place that the instance has; one that is put in its place has the same name. */
  readonly place: InstancePlace;
  /** One block for each log backend, then one for each metric backend; see health/counters.ts. */
  readonly counters: BlockDescriptor;
  /** Of backends that take bytes; see delivery/outbox.ts. */
  readonly outboxes: readonly OutboxMemory[];
  /** Names of the log backends, in the order of their bits and counters. */
  readonly backendNames: readonly string[];
  /** Metric backends; their counters stand behind those. */
  readonly metricBackends: readonly string[];
}

/** The run of an instance that is replaced, and the allocator of its memory. */
export type RunBefore = Pick<InstanceMemory, 'run' | 'runIdentity' | 'allocator' | 'place'>;

/** `before`: this run goes on if it has the same `service.instance.id` and writes the same audit files. */
export function allocateMemory(config: ResolvedConfig, before?: RunBefore): InstanceMemory {
  const goesOn = before !== undefined && isSameRun(before.runIdentity, config) ? before : undefined;
  const specs = blocksOf(config);
  const bytes = [...specs.outboxes.map(({ spec }) => spec), specs.counters].reduce((sum, each) => sum + each.bytes, 0);
  const opened = goesOn === undefined ? openRunMemory(config, bytes + producerBytes(config)) : rejoin(goesOn.allocator);
  const place = before === undefined ? newPlace() : { ...before.place, generation: before.place.generation + 1 };
  const memory = { ...allocateFrom(opened, config, specs, goesOn), place };
  const { allocator } = opened;
  if (allocator.in === 'shared' || goesOn !== undefined || isAllMapped(memory)) return memory;
  // Another process has taken the room since it was measured.
  removeFolder(allocator.folder);
  const unmapped = notMapped(noRoom(directoryOf(config), bytes, freeBytesIn(directoryOf(config))));
  return { ...allocateFrom(unmapped, config, specs), place };
}

/** The blocks of an instance, beside its run and its producers'. */
function blocksOf(config: ResolvedConfig) {
  const outboxes = runningBackends(config).flatMap(({ name, backend, settings }) => {
    const queue = backend.queue?.(settings);
    if (queue === undefined) return [];
    const { slotBytes } = queue;
    const spec = { kind: 'outbox', format: OUTBOX_FORMAT, bytes: outboxBytes(queue.bytes, slotBytes), owner: name } as const;
    return backend.splitsLanes === true
      ? LANES.map((lane) => ({ backend: name, lane, spec: { ...spec, lane }, slotBytes }))
      : [{ backend: name, spec, slotBytes }];
  });
  const backends = runningBackends(config).length + runningMetricsBackends(config).length;
  const owner = runningBackends(config)
    .map(({ name }) => name)
    .join(',');
  const counters = { kind: 'counters', format: COUNTERS_FORMAT, bytes: countersBytes(backends), owner } as const;
  return { outboxes, counters };
}

function allocateFrom(
  { allocator: settings, notMapped: reason }: RunMemory,
  config: ResolvedConfig,
  { outboxes, counters }: ReturnType<typeof blocksOf>,
  before?: RunBefore,
): Omit<InstanceMemory, 'place'> {
  const allocator = allocatorOf(settings);
  return {
    allocator: settings,
    ...(reason !== undefined && { notMapped: reason }),
    signals: allocateSignals().descriptor,
    ...(before === undefined ? beginRun(config, allocator) : { run: before.run, runIdentity: before.runIdentity }),
    counters: allocator.allocate(counters).descriptor,
    outboxes: outboxes.map(({ spec, ...outbox }) => ({ ...outbox, memory: allocator.allocate(spec).descriptor })),
    backendNames: runningBackends(config).map(({ name }) => name),
    metricBackends: runningMetricsBackends(config).map(({ name }) => name),
  };
}

function newPlace(): InstancePlace {
  return { name: String(randomUint32()), generation: 0 };
}

function isAllMapped({ run, counters, outboxes }: InstanceMemory): boolean {
  return [run, counters, ...outboxes.map(({ memory }) => memory)].every(({ place }) => place.in === 'mapped');
}

function beginRun(config: ResolvedConfig, allocator: Allocator): Pick<InstanceMemory, 'run' | 'runIdentity'> {
  const run = allocateRun(allocator, config.instanceId);
  const { audit } = config.backends;
  if (audit.enabled) beginTree(run, audit);
  return { run: run.descriptor, runIdentity: identifyRun(run, config) };
}
