/**
 * The shared memory of an instance, beside that of its producers. All of it outlives a worker that dies.
 */
import type { ResolvedConfig } from '../config/resolved.ts';
import { runningBackends, runningMetricsBackends } from '../config/running.ts';
import { outboxBytes } from '../delivery/outbox.ts';
import { countersBytes } from '../health/counters.ts';
import { allocateSignals } from '../memory/signals.ts';
import { LANES, type Lane } from '../record.ts';

export interface InstanceMemory {
  /** See memory/signals.ts. */
  readonly signals: SharedArrayBuffer;
  /**
   * Signals whose word counts audit events: these, or those of the instance whose place this one has taken, if it has the same `service.instance.id`. Numbers of
   * one id are one count.
   */
  readonly auditCount: SharedArrayBuffer;
  /** One block for each log backend, then one for each metric backend; see health/counters.ts. */
  readonly counters: SharedArrayBuffer;
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
  readonly memory: SharedArrayBuffer;
  /** Bytes of its slots. */
  readonly slotBytes: number;
}

/** The outbox of a backend, and of one lane if it splits them. Undefined for a backend that takes objects. */
export function outboxOf(outboxes: readonly OutboxMemory[], backend: string, lane?: Lane): OutboxMemory | undefined {
  return outboxes.find((each) => each.backend === backend && each.lane === lane);
}

export function allocateMemory(config: ResolvedConfig, auditCount?: SharedArrayBuffer): InstanceMemory {
  const signals = allocateSignals();
  const running = runningBackends(config);
  const metricBackends = runningMetricsBackends(config).map(({ name }) => name);
  const outboxes = running.flatMap(({ name, backend, settings }) => {
    const queue = backend.queue?.(settings);
    if (queue === undefined) return [];
    const { slotBytes } = queue;
    const allocate = () => new SharedArrayBuffer(outboxBytes(queue.bytes, slotBytes));
    return backend.splitsLanes === true
      ? LANES.map((lane) => ({ backend: name, lane, memory: allocate(), slotBytes }))
      : [{ backend: name, memory: allocate(), slotBytes }];
  });
  return {
    signals,
    auditCount: auditCount ?? signals,
    counters: new SharedArrayBuffer(countersBytes(running.length + metricBackends.length)),
    outboxes,
    backendNames: running.map(({ name }) => name),
    metricBackends,
  };
}
