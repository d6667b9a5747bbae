/**
 * A line of a host's audit file (docs/output-formats.md).
 */

import { DROPPED_KEY } from '../record.ts';
import type { AuditEvent } from './canonical.ts';

export interface HostEvent extends AuditEvent {
  readonly run: string;
  readonly number: number;
}

/** Names that lines have of their own: a field of the same name has underscores behind it. */
const OWN_NAMES = new Set(['time', 'audit_seq', 'event', 'run', 'logger', 'trace_id', 'span_id', 'seq', DROPPED_KEY]);

/**
 * Undefined for a line that is no audit event: a log record that a route sends to the trail, a mark, a checkpoint's neighbour.
 * @throws SyntaxError when it is no JSON.
 */
export function readHostLine(text: string): HostEvent | undefined {
  const line = JSON.parse(text) as Record<string, unknown>;
  const { time, audit_seq: number, event, run, logger = '', trace_id: traceId = '', span_id: spanId = '' } = line;
  if (typeof number !== 'number' || typeof run !== 'string' || typeof time !== 'string') return undefined;
  const fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(line)) if (!OWN_NAMES.has(name)) fields[fieldNameOf(name)] = value;
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
  return bare !== name && OWN_NAMES.has(bare) ? bare : name;
}

/** ISO 8601 in UTC with up to nine digits of a second, as decimal nanoseconds since 1970. */
export function unixNanosOf(time: string): string {
  const [seconds, fraction = ''] = time.replace(/Z$/, '').split('.') as [string, string?];
  return `${Date.parse(`${seconds}Z`) / 1000}${fraction.padEnd(9, '0')}`;
}
