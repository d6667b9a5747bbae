/**
 * We read a context's span without loading OpenTelemetry's API; it must be what the API reads.
 */
import { isSpanContextValid, ROOT_CONTEXT, type SpanContext, trace } from '@opentelemetry/api';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isValidSpanContext, spanContextOf } from '../../src/caller/span-context.ts';

const id = (digits: number) =>
  fc.oneof(
    fc.string({ unit: fc.constantFrom(...'0123456789abcdefABCDEF'), minLength: digits, maxLength: digits }),
    fc.constantFrom('0'.repeat(digits), `${'0'.repeat(digits - 1)}1`, `${'a'.repeat(digits - 1)}g`, 'a'.repeat(digits + 1)),
    fc.string(),
  );
const spanContexts: fc.Arbitrary<SpanContext> = fc.record({
  traceId: id(32),
  spanId: id(16),
  traceFlags: fc.constantFrom(0, 1),
});

test('the span of a context is the one that the API finds there', () => {
  fc.assert(
    fc.property(spanContexts, (spanContext) => {
      const context = trace.setSpanContext(ROOT_CONTEXT, spanContext);
      expect(spanContextOf(context)).toBe(trace.getSpanContext(context));
    }),
  );
  expect(spanContextOf(ROOT_CONTEXT)).toBeUndefined();
});

test('ids are valid when the API says so', () => {
  fc.assert(
    fc.property(spanContexts, (spanContext) => {
      expect(isValidSpanContext(spanContext)).toBe(isSpanContextValid(spanContext));
    }),
  );
});
