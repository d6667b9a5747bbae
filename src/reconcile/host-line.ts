/**
 * A line of a host's audit file (docs/output-formats.md).
 */

import { AUDIT_LINE_NAMES } from '../encoders/field-names.ts';
import type { AuditEvent } from './canonical.ts';

export interface HostEvent extends AuditEvent {
  readonly run: string;
  readonly number: number;
}

/**
 * Undefined for a line that is no audit event: a log record that a route sends to the trail, a mark, a checkpoint's neighbour.
 * @throws SyntaxError when it is no JSON.
 */
export function readHostLine(text: string): HostEvent | undefined {
  const line = JSON.parse(text) as Record<string, unknown>;
  const { time, audit_seq: number, event, run, logger = '', trace_id: traceId = '', span_id: spanId = '' } = line;
  if (typeof number !== 'number' || typeof run !== 'string' || typeof time !== 'string') return undefined;
  const fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(line)) if (!AUDIT_LINE_NAMES.has(name)) fields[fieldNameOf(name)] = value;
  return {
    run,
    number,
    timeUnixNanos: unixNanosOf(time),
    event: String(event),
    logger: String(logger),
    traceId: String(traceId),
    spanId: String(spanId),
    fields,
  };
}

function fieldNameOf(name: string): string {
  const bare = name.replace(/_+$/, '');
  return bare !== name && AUDIT_LINE_NAMES.has(bare) ? bare : name;
}

/** ISO 8601 in UTC with up to nine digits of a second, as decimal nanoseconds since 1970. */
export function unixNanosOf(time: string): string {
  const [seconds, fraction = ''] = time.replace(/Z$/, '').split('.') as [string, string?];
  return `${Date.parse(`${seconds}Z`) / 1000}${fraction.padEnd(9, '0')}`;
}
