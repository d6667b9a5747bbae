/**
 * An audit event that its lane had no room for is written by the caller itself: straight into the audit file, as the line that the worker would have
 * written. The price is a system call of a few microseconds; the alternative would be to lose it.
 */

import type { RefusedAudit } from '../caller/producer.ts';
import { compileRedaction, type Redaction } from '../caller/redaction.ts';
import { traceBits, traceWords } from '../caller/trace-context.ts';
import { expandErrors, readFields } from '../codec/encode/arguments.ts';
import { MAX_RECORD_BYTES } from '../codec/encode/record-encoder.ts';
import { MAX_FIELDS } from '../codec/encode/shape.ts';
import { REDACTED_TEXT, SAMPLED_BIT } from '../codec/layout.ts';
import { decodeValue } from '../codec/values/value.ts';
import { MAX_KEY_BYTES } from '../codec/values/value-bytes.ts';
import { cutText } from '../codec/values/value-texts.ts';
import { ValueWriter } from '../codec/values/value-writer.ts';
import { getOrMake } from '../common/get-or-make.ts';
import type { LogRecordData } from '../contract/backend.ts';
import { jsonLine } from '../encoders/json/record.ts';
import { BackendCounters } from '../health/counters.ts';
import { SIGNAL_AUDIT_SEQUENCE } from '../memory/signals.ts';
import { unixNanos } from '../memory/unix-time.ts';
import { AUDIT_RANK, LEVELS, SEVERITY_NUMBERS, SEVERITY_TEXTS } from '../record.ts';
import { appendAuditLineSync } from './append.ts';
import type { AuditTarget } from './format.ts';

/** What a thread needs to write an audit event itself. */
export interface WriteThroughSettings {
  /** See `InstanceMemory`. */
  readonly auditCount: SharedArrayBuffer;
  readonly signals: SharedArrayBuffer;
  readonly redact: readonly string[];
  /** Where this thread writes audit events itself when its lane is full; undefined: there is no audit file. */
  readonly audit: AuditTarget | undefined;
  /** Where that is counted; undefined: no route leads to the audit file. */
  readonly auditCounters: { readonly memory: SharedArrayBuffer; readonly index: number } | undefined;
  readonly instanceId: string;
}

/** False: there is no audit file, or nobody counts what could not be written. Whether it could be stands in the audit backend's counters otherwise. */
export function writeAuditThrough(settings: WriteThroughSettings, refused: RefusedAudit): boolean {
  const sequence = (Atomics.add(new Int32Array(settings.auditCount), SIGNAL_AUDIT_SEQUENCE, 1) + 1) >>> 0;
  if (settings.audit === undefined) return false;
  const outcome = appendAuditLineSync(
    settings.audit,
    Buffer.from(jsonLine(recordOf(settings, refused, sequence), settings.instanceId)),
  );
  if (settings.auditCounters === undefined) return outcome.status === 'success';
  const counters = new BackendCounters(settings.auditCounters.memory, settings.auditCounters.index);
  counters.add('taken', 1);
  counters.add('written_through', 1);
  if (outcome.status === 'success') counters.add('delivered', 1);
  else {
    counters.drop('failed', 1);
    counters.setState('failed', 'message' in outcome ? outcome.message : undefined);
  }
  return true;
}

function recordOf(settings: WriteThroughSettings, { event, data, scope }: RefusedAudit, sequence: number): LogRecordData {
  const nowNanos = unixNanos(settings.signals);
  return {
    lane: 'audit',
    level: LEVELS[AUDIT_RANK],
    severityNumber: SEVERITY_NUMBERS[AUDIT_RANK],
    severityText: SEVERITY_TEXTS[AUDIT_RANK],
    body: event,
    eventName: event,
    timeUnixNanos: nowNanos,
    observedTimeUnixNanos: nowNanos,
    loggerName: scope.name,
    tags: scope.tags,
    ...encodedOnce(settings.redact, readFields(data, scope.attributes)),
    ...activeTrace(),
    sequence,
  };
}

function activeTrace(): Pick<LogRecordData, 'traceId' | 'spanId' | 'traceFlags'> {
  const bits = traceBits();
  if (bits === 0) return {};
  const ids = Buffer.from(traceWords.buffer).toString('hex');
  return { traceId: ids.slice(0, 32), spanId: ids.slice(32), traceFlags: (bits & SAMPLED_BIT) === 0 ? 0 : 1 };
}

/** The same encoding of values, and the same limits, that a record through the ring gets. */
function encodedOnce(
  redact: readonly string[],
  fields: Readonly<Record<string, unknown>>,
): Pick<LogRecordData, 'attributes' | 'droppedAttributesCount'> {
  const redaction = redactionOf(redact);
  const plain = Object.keys(fields);
  const { keys, values } = expandErrors(plain, Object.values(fields)) ?? { keys: plain, values: Object.values(fields) };
  const out: Record<string, unknown> = Object.create(null);
  const writer = new ValueWriter(redaction);
  writer.begin(MAX_RECORD_BYTES);
  for (let i = 0; i < keys.length; i++) {
    if (i >= MAX_FIELDS || writer.isFull) return { attributes: out, droppedAttributesCount: keys.length - i };
    const key = cutText(keys[i], MAX_KEY_BYTES);
    const start = writer.position;
    if (redaction.redactsKey(keys[i])) out[key] = REDACTED_TEXT;
    else {
      writer.field(keys[i], values[i]);
      out[key] = decodeValue(writer.bytes, start);
    }
  }
  return { attributes: out };
}

const redactions = new WeakMap<readonly string[], Redaction>();

/** A full lane has many events written through, one after the other. */
function redactionOf(entries: readonly string[]): Redaction {
  return getOrMake(redactions, entries, () => compileRedaction(entries));
}
