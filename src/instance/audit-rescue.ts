/**
 * Audit events that a worker has left behind when it is gone for good: encoded in its outbox, and frames in the rings. They are not to end with the process,
 * so this thread writes them into the audit file, waiting for the disk. Only where no worker uses that memory any more.
 */
import { appendAuditLineSync } from '../backends/audit-append.ts';
import { readClock } from '../caller/clock.ts';
import { decodeFrame } from '../codec/decode.ts';
import type { ResolvedConfig } from '../config/resolved.ts';
import { jsonLine } from '../encoders/json-record.ts';
import type { BackendCounters } from '../health/counters.ts';
import { pendingIn } from '../ring/account.ts';
import type { ProducerMemory } from '../ring/memory.ts';
import { LaneSource } from '../worker/lane-source.ts';
import { Outbox } from '../worker/outbox.ts';
import { countersOf, type InstanceMemory } from './memory.ts';
import { unixNanos } from './unix-time.ts';

/** Whatever the routes say: what they would send elsewhere goes nowhere any more. */
const TO_THE_AUDIT_FILE = { maskFor: () => 1 };

/** Never throws. What cannot be written stays where it is, and is told as undelivered. */
export function rescueAudit(config: ResolvedConfig, memory: InstanceMemory, producers: readonly ProducerMemory[]): void {
  const { audit } = config.backends;
  const outbox = memory.outboxes.audit;
  if (!audit.enabled || outbox === undefined) return;
  const counters = countersOf(memory, 'audit');
  const append = (lines: Uint8Array) => appendAuditLineSync(audit, lines, { sync: true }).status === 'success';
  try {
    if (!emptyOutbox(new Outbox(outbox), counters, append)) return;
    for (const producer of producers) {
      // What is left of a lane that has been drained is its account alone.
      if (pendingIn(producer.audit.ring) > 0)
        emptyRing(producer, memory.signals, producer.auditInstanceId ?? config.instanceId, counters, append);
    }
  } catch {
    // Memory that cannot be read is what the worker may have ended of.
  }
}

/** What the worker had encoded comes first: it is older than anything in a ring. */
function emptyOutbox(outbox: Outbox, counters: BackendCounters, append: (lines: Uint8Array) => boolean): boolean {
  for (let slot = outbox.take(true); slot !== undefined; slot = outbox.take(true)) {
    if (!append(slot.bytes)) return false;
    counters.add('delivered', slot.records);
    outbox.release(slot);
  }
  return true;
}

function emptyRing(
  producer: ProducerMemory,
  signals: SharedArrayBuffer,
  instanceId: string,
  counters: BackendCounters,
  append: (lines: Uint8Array) => boolean,
): void {
  const clock = { offsetNanos: unixNanos(signals) - readClock() };
  const source = new LaneSource(producer, 'audit', TO_THE_AUDIT_FILE, clock, Number.POSITIVE_INFINITY);
  while (source.scan() > 0) {
    const context = source.decodeContext();
    const frames = source.frames.subarray(0, source.count);
    const lines = Array.from(frames, (frame) => jsonLine(decodeFrame(source, frame, context), instanceId));
    if (lines.length > 0 && !append(Buffer.from(lines.join('')))) return;
    for (const counter of ['taken', 'written_through', 'delivered'] as const) counters.add(counter, lines.length);
    source.release();
  }
}
