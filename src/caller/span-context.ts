/**
 * Reads a context's span as OpenTelemetry's API does. Not imported from there: loading the API takes 12 ms of the start of a service that does not use it. A
 * test holds both readings equal.
 */
import type { Context, Span, SpanContext } from '@opentelemetry/api';

/** All copies of the API, of any 1.x, find a context's span under this key (api 1.10.0, trace/context-utils and createContextKey). */
const SPAN_KEY = Symbol.for('OpenTelemetry Context Key SPAN');

export function spanContextOf(context: Context): SpanContext | undefined {
  return (context.getValue(SPAN_KEY) as Span | undefined)?.spanContext();
}

/** Ids as W3C Trace Context has them, "trace-id" and "parent-id": hexadecimal digits, not all of them zero. */
export function isValidSpanContext({ traceId, spanId }: SpanContext): boolean {
  return isId(traceId, 32) && isId(spanId, 16);
}

function isId(id: unknown, digits: number): boolean {
  return typeof id === 'string' && id.length === digits && /^[0-9a-f]*[1-9a-f][0-9a-f]*$/i.test(id);
}
