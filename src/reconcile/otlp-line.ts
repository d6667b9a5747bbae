/**
 * A line of a gateway's or a writer's audit file: one OTLP request as JSON (the collector's file exporter).
 */

import type { AuditEvent } from './canonical.ts';

export interface FarEvent extends AuditEvent {
  readonly run: string;
  readonly number: number;
}

interface AnyValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string | number;
  readonly doubleValue?: number | string;
  readonly bytesValue?: string;
  readonly arrayValue?: { readonly values?: readonly AnyValue[] };
  readonly kvlistValue?: { readonly values?: readonly KeyValue[] };
}

interface KeyValue {
  readonly key: string;
  readonly value?: AnyValue;
}

interface LogRecord {
  readonly timeUnixNano?: string;
  readonly body?: AnyValue;
  readonly eventName?: string;
  readonly attributes?: readonly KeyValue[];
  readonly traceId?: string;
  readonly spanId?: string;
}

interface Request {
  readonly resourceLogs?: readonly {
    readonly resource?: { readonly attributes?: readonly KeyValue[] };
    readonly scopeLogs?: readonly { readonly scope?: { readonly name?: string }; readonly logRecords?: readonly LogRecord[] }[];
  }[];
}

/** Attributes of a record beside the fields of its event. */
const OWN_ATTRIBUTES = new Set(['hft.audit', 'hft.audit.seq', 'event.name']);

/**
 * The audit events of one request; other records are passed over.
 * @throws SyntaxError when it is no JSON, TypeError when it is no OTLP.
 */
export function readOtlpLine(text: string): FarEvent[] {
  const events: FarEvent[] = [];
  for (const { resource, scopeLogs = [] } of (JSON.parse(text) as Request).resourceLogs ?? []) {
    const { 'hft.run': named, 'service.instance.id': id } = objectOf(resource?.attributes);
    const run = String(named ?? id ?? '');
    for (const { scope, logRecords = [] } of scopeLogs)
      for (const record of logRecords) {
        const attributes = objectOf(record.attributes);
        const number = Number(attributes['hft.audit.seq']);
        if (!Number.isSafeInteger(number)) continue;
        const fields = Object.fromEntries(Object.entries(attributes).filter(([key]) => !OWN_ATTRIBUTES.has(key)));
        events.push({
          run,
          number,
          timeUnixNanos: record.timeUnixNano ?? '0',
          event: record.eventName || textOf(record.body),
          logger: scope?.name ?? '',
          traceId: record.traceId ?? '',
          spanId: record.spanId ?? '',
          fields,
        });
      }
  }
  return events;
}

function objectOf(pairs: readonly KeyValue[] = []): Record<string, unknown> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, plainOf(value)]));
}

function plainOf(value: AnyValue = {}): unknown {
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(plainOf);
  if (value.kvlistValue !== undefined) return objectOf(value.kvlistValue.values);
  return value.stringValue ?? value.boolValue ?? value.intValue ?? value.doubleValue ?? value.bytesValue ?? null;
}

function textOf(value: AnyValue | undefined): string {
  return String(plainOf(value) ?? '');
}
