/**
 * Audit events that a worker has left behind when it is gone for good: encoded in its outbox, and frames in the rings. They are not to end with the process,
 * so this thread writes them into the audit file, waiting for the disk. Only where no worker uses that memory any more.
 */

import { decodeFrame } from '../codec/decode.ts';
import type { ResolvedConfig } from '../config/resolved.ts';
import { Outbox } from '../delivery/outbox.ts';
import { jsonLine } from '../encoders/json/record.ts';
import { BackendCounters } from '../health/counters.ts';
import type { ProducerMemory } from '../memory/producer-memory.ts';
import { unixNanos } from '../memory/unix-time.ts';
import { LaneSource } from '../read/lane-source.ts';
import { pendingIn } from '../ring/account.ts';
import { readClock } from '../time/clock.ts';
import { appendAuditLineSync } from './append.ts';

/** Whatever the routes say: what they would send elsewhere goes nowhere any more. */
const TO_THE_AUDIT_FILE = { maskFor: () => 1 };

/** The part of an instance's memory that audit events may still lie in, and where they are counted; see `InstanceMemory`. */
export interface RescueMemory {
  readonly signals: SharedArrayBuffer;
  readonly counters: SharedArrayBuffer;
  readonly outboxes: readonly { readonly backend: string; readonly memory: SharedArrayBuffer }[];
  readonly backendNames: readonly string[];
}

/** Never throws. What cannot be written stays where it is, and is told as undelivered. */
export function rescueAudit(config: ResolvedConfig, memory: RescueMemory, producers: readonly ProducerMemory[]): void {
  const { audit } = config.backends;
  const outbox = memory.outboxes.find(({ backend }) => backend === 'audit')?.memory;
  if (!audit.enabled || outbox === undefined) return;
  const counters = new BackendCounters(memory.counters, memory.backendNames.indexOf('audit'));
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
