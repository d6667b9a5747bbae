/**
 * The shared memory of an instance, beside that of its producers. All of it outlives a worker that dies.
 */
import type { ResolvedConfig } from '../config/resolved.ts';
import { runningBackends, runningMetricsBackends } from '../config/running.ts';
import { OUTBOX_FORMAT, outboxBytes } from '../delivery/outbox.ts';
import { COUNTERS_FORMAT, countersBytes } from '../health/counters.ts';
import { type AllocatorSettings, allocatorOf, SHARED_MEMORY } from '../memory/allocator.ts';
import { type BlockDescriptor, openBlock } from '../memory/block.ts';
import { allocateRun, instanceIdOf } from '../memory/run.ts';
import { allocateSignals } from '../memory/signals.ts';
import { LANES, type Lane } from '../record.ts';

export interface InstanceMemory {
  /** Where its further blocks come from: those of its threads, and of its worker. */
  readonly allocator: AllocatorSettings;
  /** See memory/signals.ts. */
  readonly signals: BlockDescriptor;
  /** See memory/run.ts. */
  readonly run: BlockDescriptor;
  /** One block for each log backend, then one for each metric backend; see health/counters.ts. */
  readonly counters: BlockDescriptor;
  /** Of backends that take bytes; see delivery/outbox.ts. */
  readonly outboxes: readonly OutboxMemory[];
  /** Names of the log backends, in the order of their bits and counters. */
  readonly backendNames: readonly string[];
  /** Metric backends; their counters stand behind those. */
  readonly metricBackends: readonly string[];
}

export interface OutboxMemory {
  readonly backend: string;
  /** Absent: for both lanes. */
  readonly lane?: Lane;
  readonly memory: BlockDescriptor;
  /** Bytes of its slots. */
  readonly slotBytes: number;
}

/** The outbox of a backend, and of one lane if it splits them. Undefined for a backend that takes objects. */
export function outboxOf(outboxes: readonly OutboxMemory[], backend: string, lane?: Lane): OutboxMemory | undefined {
  return outboxes.find((each) => each.backend === backend && each.lane === lane);
}

/** `before`: the run of the instance whose place this one takes; it goes on if it is of the same `service.instance.id`. */
export function allocateMemory(config: ResolvedConfig, before?: BlockDescriptor): InstanceMemory {
  const settings = SHARED_MEMORY;
  const allocator = allocatorOf(settings);
  const running = runningBackends(config);
  const metricBackends = runningMetricsBackends(config).map(({ name }) => name);
  const outboxes = running.flatMap(({ name, backend, settings }) => {
    const queue = backend.queue?.(settings);
    if (queue === undefined) return [];
    const { slotBytes } = queue;
    const spec = { kind: 'outbox', format: OUTBOX_FORMAT, bytes: outboxBytes(queue.bytes, slotBytes) } as const;
    const allocate = () => allocator.allocate(spec).descriptor;
    return backend.splitsLanes === true
      ? LANES.map((lane) => ({ backend: name, lane, memory: allocate(), slotBytes }))
      : [{ backend: name, memory: allocate(), slotBytes }];
  });
  return {
    allocator: settings,
    signals: allocateSignals().descriptor,
    run: isRunOf(before, config.instanceId) ? before : allocateRun(allocator, config.instanceId).descriptor,
    counters: allocator.allocate({
      kind: 'counters',
      format: COUNTERS_FORMAT,
      bytes: countersBytes(running.length + metricBackends.length),
    }).descriptor,
    outboxes,
    backendNames: running.map(({ name }) => name),
    metricBackends,
  };
}

function isRunOf(run: BlockDescriptor | undefined, instanceId: string): run is BlockDescriptor {
  return run !== undefined && instanceIdOf(openBlock(run)) === instanceId;
}
