/**
 * The shared memory of an instance, beside that of its producers. All of it outlives a worker that dies.
 */
import type { ResolvedConfig } from '../config/resolved.ts';
import { runningBackends, runningMetricsBackends } from '../config/running.ts';
import { DEFAULT_SLOT_BYTES, outboxBytes } from '../delivery/outbox.ts';
import { countersBytes } from '../health/counters.ts';
import { allocateSignals } from '../memory/signals.ts';

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
  /** By backend name, for backends that take bytes; see delivery/outbox.ts. */
  readonly outboxes: Readonly<Record<string, SharedArrayBuffer>>;
  /** Names of the log backends, in the order of their bits and counters. */
  readonly backendNames: readonly string[];
  /** Metric backends; their counters stand behind those. */
  readonly metricBackends: readonly string[];
}

/** The audit lane's own outbox of a backend that keeps the lanes apart. */
export const AUDIT_OUTBOX_SUFFIX = ':audit';

/** The slots of a backend's outbox. */
export function slotBytesOf(config: ResolvedConfig, name: string): number {
  const running = runningBackends(config).find((each) => each.name === name);
  return running?.backend.queue?.(running.settings)?.slotBytes ?? DEFAULT_SLOT_BYTES;
}

export function allocateMemory(config: ResolvedConfig, auditCount?: SharedArrayBuffer): InstanceMemory {
  const signals = allocateSignals();
  const running = runningBackends(config);
  const metricBackends = runningMetricsBackends(config).map(({ name }) => name);
  const outboxes: Record<string, SharedArrayBuffer> = {};
  for (const { name, backend, settings } of running) {
    const queue = backend.queue?.(settings);
    if (queue === undefined) continue;
    const allocate = () => new SharedArrayBuffer(outboxBytes(queue.bytes, queue.slotBytes));
    outboxes[name] = allocate();
    if (backend.splitsLanes === true) outboxes[`${name}${AUDIT_OUTBOX_SUFFIX}`] = allocate();
  }
  return {
    signals,
    auditCount: auditCount ?? signals,
    counters: new SharedArrayBuffer(countersBytes(running.length + metricBackends.length)),
    outboxes,
    backendNames: running.map(({ name }) => name),
    metricBackends,
  };
}
