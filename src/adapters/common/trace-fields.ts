/**
 * Ids of a trace among the fields of a foreign record, as OpenTelemetry's instrumentations for pino, winston and bunyan put them there. They become the
 * record's own, in place of the active span's.
 */
import { isValidSpanId, isValidTraceId } from '@opentelemetry/api';
import type { IntakeLogger, Severity } from '../../intake/intake.ts';

/** The field without which the others say nothing. */
export const TRACE_ID = 'trace_id';

/** Whether a field of this name says something of a trace. */
export function isOfTrace(key: string): boolean {
  return key === TRACE_ID || key === 'span_id' || key === 'trace_flags';
}

/** Writes a foreign record, whose fields may hold the ids of its trace. `more`: further arguments of its call. */
export function writeWithTrace(
  logger: IntakeLogger,
  severity: Severity,
  message: unknown,
  fields: Readonly<Record<string, unknown>>,
  more: readonly unknown[] = [],
): void {
  const traceId = fields.trace_id;
  if (traceId === undefined) {
    logger.call(severity, [message, fields, ...more]);
    return;
  }
  const spanId = fields.span_id;
  if (typeof traceId !== 'string' || typeof spanId !== 'string' || !isValidTraceId(traceId) || !isValidSpanId(spanId)) {
    logger.call(severity, [message, fields, ...more]);
    return;
  }
  const { trace_id: _, span_id: __, trace_flags: flags, ...others } = fields;
  const traceFlags = Number.parseInt(String(flags ?? '0'), 16) || 0;
  logger.call(severity, [message, others, ...more], { traceId, spanId, traceFlags });
}
