/**
 * The shared memory of an instance, beside that of its producers. All of it outlives a worker that dies.
 */
import type { ResolvedConfig } from '../config/resolved.ts';
import { DEFAULT_SLOT_BYTES, outboxBytes } from '../delivery/outbox.ts';
import { countersBytes } from '../health/counters.ts';
import { allocateSignals } from '../memory/signals.ts';
import { compileRoutes } from '../router/rules.ts';
import { type MetricBackendName, metricBackendsOf } from './metric-backends.ts';

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
  readonly metricBackends: readonly MetricBackendName[];
}

/** The audit lane's own outbox of a backend that keeps the lanes apart. */
export const AUDIT_OUTBOX_SUFFIX = ':audit';

const AUDIT_SLOT_BYTES = 262_144;
const MAX_FILE_SLOT_BYTES = 4_194_304;
/** The drain takes audit records only while 1.5 MiB are free. */
const MIN_AUDIT_BYTES = 2_097_152;

/**
 * An eighth of the queue, 1 to 4 MiB. A write takes two turns of the worker's loop, however long it is, and a turn encodes half a MiB when the worker is at its
 * limit: writes of 1 MiB then fall behind (2.5 million records a second for 3 s with a queue of 64 MiB: 4.9 of 7.5 million lost, none with 4 MiB).
 */
function fileSlotBytes(queueBytes: number): number {
  const eighth = (queueBytes >> 3) & ~7;
  return Math.min(Math.max(eighth, DEFAULT_SLOT_BYTES), MAX_FILE_SLOT_BYTES);
}

/** Bytes of an outbox slot: a write or a request is at most this long. */
export function slotBytesOf(config: ResolvedConfig, backend: string): number {
  if (backend === 'otlp') return config.backends.otlp.maxRequestBytes;
  if (backend === 'file') return fileSlotBytes(config.backends.file.bufferBytes);
  // Audit records are few, and each slot is on disk before it is free again: many small ones.
  return backend === 'audit' ? AUDIT_SLOT_BYTES : DEFAULT_SLOT_BYTES;
}

export function allocateMemory(config: ResolvedConfig, auditCount?: SharedArrayBuffer): InstanceMemory {
  const signals = allocateSignals();
  const backendNames = compileRoutes(config).backends;
  const metricBackends = metricBackendsOf(config);
  const { console: terminal, file, audit, otlp } = config.backends;
  const queueBytes: Readonly<Record<string, number>> = {
    console: terminal.bufferBytes,
    file: file.bufferBytes,
    audit: Math.max(audit.bufferBytes, MIN_AUDIT_BYTES),
    ...(otlp.protocol === 'http/protobuf' && { otlp: otlp.queueBytes }),
  };
  const outboxes: Record<string, SharedArrayBuffer> = {};
  for (const name of backendNames) {
    const bytes = queueBytes[name];
    if (bytes === undefined) continue;
    const allocate = () => new SharedArrayBuffer(outboxBytes(bytes, slotBytesOf(config, name)));
    outboxes[name] = allocate();
    if (name === 'otlp') outboxes[`${name}${AUDIT_OUTBOX_SUFFIX}`] = allocate();
  }
  return {
    signals,
    auditCount: auditCount ?? signals,
    counters: new SharedArrayBuffer(countersBytes(backendNames.length + metricBackends.length)),
    outboxes,
    backendNames,
    metricBackends,
  };
}
