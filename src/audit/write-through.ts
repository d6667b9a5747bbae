/**
 * An audit event that its lane had no room for is written by the caller itself: straight into the audit file, as the line that the worker would have
 * written. The price is a system call of a few microseconds; the alternative would be to lose it.
 */

import type { RefusedAudit } from '../caller/producer.ts';
import { traceBits, traceWords } from '../caller/trace-context.ts';
import { readFields } from '../codec/encode/arguments.ts';
import { encodedAttributes } from '../codec/encode/encoded-attributes.ts';
import { SAMPLED_BIT } from '../codec/layout.ts';
import { getOrMake } from '../common/get-or-make.ts';
import type { LogRecordData } from '../contract/backend.ts';
import { jsonLine } from '../encoders/json/record.ts';
import { BackendCounters } from '../health/counters.ts';
import { SIGNAL_AUDIT_SEQUENCE } from '../memory/signals.ts';
import { unixNanos } from '../memory/unix-time.ts';
import { AUDIT_RANK, LEVELS, SEVERITY_NUMBERS, SEVERITY_TEXTS } from '../record.ts';
import { compileRedaction, type Redaction } from '../redaction/redaction.ts';
import { appendAuditLineSync } from './append.ts';
import type { AuditTarget } from './format.ts';

/** What a thread needs to write an audit event itself. */
export interface WriteThroughSettings {
  /** See `InstanceMemory`. */
  readonly auditCount: SharedArrayBuffer;
  readonly signals: SharedArrayBuffer;
  readonly redact: readonly string[];
  readonly redactTexts: boolean;
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
    ...encodedOnce(settings, data, scope.attributes),
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
  settings: WriteThroughSettings,
  data: unknown,
  context: object,
): Pick<LogRecordData, 'attributes' | 'droppedAttributesCount'> {
  const { attributes, dropped } = encodedAttributes(redactionOf(settings), context, readFields(data));
  return { attributes, ...(dropped > 0 && { droppedAttributesCount: dropped }) };
}

const redactions = new WeakMap<readonly string[], Redaction>();

/** A full lane has many events written through, one after the other. */
function redactionOf({ redact, redactTexts }: WriteThroughSettings): Redaction {
  return getOrMake(redactions, redact, () => compileRedaction(redact, { texts: redactTexts }));
}
