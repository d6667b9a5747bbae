/**
 * An audit event that its lane had no room for is written by the caller itself: straight into the audit file, as the line that the worker would have
 * written. The price is a system call of a few microseconds; the alternative would be to lose it.
 */
import { appendAuditLineSync } from '../backends/audit-append.ts';
import type { LogRecordData } from '../backends/backend.ts';
import { readClock } from '../caller/clock.ts';
import type { RefusedAudit } from '../caller/producer.ts';
import { compileRedaction } from '../caller/redaction.ts';
import { expandErrors, fieldsOf, keysOf, readGuarded } from '../codec/arguments.ts';
import { REDACTED_TEXT } from '../codec/layout.ts';
import { MAX_RECORD_BYTES } from '../codec/record-encoder.ts';
import { decodeValue } from '../codec/value.ts';
import { ValueWriter } from '../codec/value-writer.ts';
import { jsonLine } from '../encoders/json-record.ts';
import { BackendCounters } from '../health/counters.ts';
import { SEVERITY_NUMBERS, SEVERITY_TEXTS } from '../record.ts';
import { SIGNAL_AUDIT_SEQUENCE } from '../ring/signals.ts';
import type { InstanceMemory } from './memory.ts';
import type { ThreadSettings } from './thread-wire.ts';

const INFO = 1;

export function writeAuditThrough(settings: ThreadSettings, refused: RefusedAudit, memory?: InstanceMemory): void {
  const sequence = (Atomics.add(new Int32Array(settings.signals), SIGNAL_AUDIT_SEQUENCE, 1) + 1) >>> 0;
  const index = memory?.backendNames.indexOf('audit') ?? -1;
  const counters = index < 0 ? undefined : new BackendCounters(memory!.counters, index);
  if (settings.audit === undefined) {
    counters?.drop('failed', 1);
    return;
  }
  const outcome = appendAuditLineSync(
    settings.audit,
    Buffer.from(jsonLine(recordOf(settings, refused, sequence), settings.instanceId)),
  );
  if (counters === undefined) return;
  counters.add('taken', 1);
  counters.add('written_through', 1);
  if (outcome.status === 'success') counters.add('delivered', 1);
  else {
    counters.drop('failed', 1);
    counters.setState('failed', 'message' in outcome ? outcome.message : undefined);
  }
}

function recordOf(settings: ThreadSettings, { event, data, scope }: RefusedAudit, sequence: number): LogRecordData {
  const nowNanos = BigInt(Date.now()) * 1_000_000n + (readClock() % 1_000_000n);
  return {
    lane: 'audit',
    level: 'info',
    severityNumber: SEVERITY_NUMBERS[INFO],
    severityText: SEVERITY_TEXTS[INFO],
    body: event,
    eventName: event,
    timeUnixNanos: nowNanos,
    observedTimeUnixNanos: nowNanos,
    loggerName: scope.name,
    tags: scope.tags,
    attributes: encodedOnce(settings.redact, { ...scope.attributes, ...flatFields(data) }),
    sequence,
  };
}

function flatFields(data: unknown): Record<string, unknown> {
  const fields = fieldsOf(data);
  const keys = keysOf(fields);
  const values = readGuarded(fields, keys);
  const expanded = expandErrors(keys, values) ?? { keys, values };
  return Object.fromEntries(expanded.keys.map((key, i) => [key, expanded.values[i]]));
}

/** The same encoding of values that a record through the ring gets. */
function encodedOnce(redact: readonly string[], fields: Record<string, unknown>): Record<string, unknown> {
  const redaction = compileRedaction(redact);
  const out: Record<string, unknown> = Object.create(null);
  for (const [key, value] of Object.entries(fields)) {
    if (redaction.redactsKey(key)) {
      out[key] = REDACTED_TEXT;
      continue;
    }
    const writer = new ValueWriter(redaction);
    const start = writer.begin(MAX_RECORD_BYTES);
    writer.field(key, value);
    out[key] = decodeValue(writer.bytes, start);
  }
  return out;
}
