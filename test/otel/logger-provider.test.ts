/**
 * Our `LoggerProvider`: every field of the API's log record arrives, at a collector and in a file, and no record makes `emit` throw.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { runInNewContext } from 'node:vm';
import { context, type LogRecord, logs, ROOT_CONTEXT, SeverityNumber, trace } from '@opentelemetry/api';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { createTestLogging } from '../../src/testing.ts';
import { openPipeline } from './support.ts';

const SPAN = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };

afterEach(() => logs.disable());

/** What one emitted record becomes, up to the ring. */
function emitted(record: LogRecord) {
  const logging = createTestLogging();
  logging.loggerProvider.getLogger('library', '1.2.3').emit(record);
  const records = logging.records();
  expect(records).toHaveLength(1);
  return records[0]!;
}

test('every field, to a collector and to a file', async () => {
  const { logging, delivered } = await openPipeline({ resource: { 'deployment.environment.name': 'lab' } });
  logs.setGlobalLoggerProvider(logging.loggerProvider);
  const logger = logs.getLogger('library', '1.2.3', {
    schemaUrl: 'https://opentelemetry.io/schemas/1.30.0',
    attributes: { part: 'parser' },
  });
  logger.emit({
    timestamp: [1_764_000_000, 123_456_789],
    observedTimestamp: new Date(1_764_000_001_250),
    severityNumber: SeverityNumber.WARN2,
    severityText: 'notice',
    body: { kind: 'fill', legs: [{ qty: 1.5 }, null, true], raw: Uint8Array.of(1, 2, 255) },
    eventName: 'order.filled',
    attributes: { symbol: 'BTCUSDT', ids: [1, 2, 3], deep: { a: { b: 'c' } }, empty: null },
    exception: new RangeError('price out of bounds', { cause: new Error('short read') }),
    context: trace.setSpanContext(ROOT_CONTEXT, SPAN),
  });
  const { records, lines } = await delivered();
  expect(records).toHaveLength(1);
  const [record] = records;
  expect(record).toMatchObject({
    scope: { name: 'library', version: '1.2.3' },
    timeUnixNanos: 1_764_000_000_123_456_789n,
    observedTimeUnixNanos: 1_764_000_001_250_000_000n,
    severityNumber: 14,
    severityText: 'notice',
    body: { kind: 'fill', legs: [{ qty: 1.5 }, null, true], raw: Uint8Array.of(1, 2, 255) },
    eventName: 'order.filled',
    attributes: {
      part: 'parser',
      symbol: 'BTCUSDT',
      ids: [1n, 2n, 3n],
      deep: { a: { b: 'c' } },
      empty: null,
      'exception.type': 'RangeError',
      'exception.message': 'price out of bounds',
    },
    traceId: SPAN.traceId,
    spanId: SPAN.spanId,
    flags: 1,
  });
  expect(record!.resource).toMatchObject({ 'service.name': 'otel-test', 'deployment.environment.name': 'lab' });
  expect(record!.attributes['exception.stacktrace']).toMatch(
    /RangeError: price out of bounds[\s\S]*Caused by: Error: short read/,
  );
  expect(record!.attributeNames.length).toBe(new Set(record!.attributeNames).size);
  expect(lines).toEqual([
    expect.objectContaining({
      time: '2025-11-24T16:00:00.123456789Z',
      level: 'warning',
      severity_text: 'notice',
      logger: 'library',
      msg: { kind: 'fill', legs: [{ qty: 1.5 }, null, true], raw: 'AQL/' },
      event: 'order.filled',
      symbol: 'BTCUSDT',
      trace_id: SPAN.traceId,
      span_id: SPAN.spanId,
    }),
  ]);
});

test('a record without a time has ours: nanoseconds of now', async () => {
  const before = BigInt(Date.now() - 1) * 1_000_000n;
  const plain = emitted({ severityNumber: 9, body: 'now' });
  const open = emitted({ severityNumber: 10, body: 'now' });
  const after = BigInt(Date.now() + 2) * 1_000_000n;
  for (const { timeUnixNanos, observedTimeUnixNanos } of [plain, open]) {
    expect(timeUnixNanos).toBeGreaterThan(before);
    expect(timeUnixNanos).toBeLessThan(after);
    expect(observedTimeUnixNanos).toBe(timeUnixNanos);
  }
});

test.each<[string, unknown, bigint]>([
  ['[seconds, nanoseconds]', [1_764_000_000, 1], 1_764_000_000_000_000_001n],
  ['milliseconds', 1_764_000_000_123, 1_764_000_000_123_000_000n],
  ['milliseconds with a fraction', 1_764_000_000_123.5, 1_764_000_000_123_500_000n],
  ['a Date', new Date('2025-11-24T16:00:00.001Z'), 1_764_000_000_001_000_000n],
  ['a Date before 1970', new Date('1969-12-31T23:59:59.999Z'), -1_000_000n],
])('a time given as %s', (_kind, timestamp, nanos) => {
  expect(emitted({ body: 'x', timestamp: timestamp as never }).timeUnixNanos).toBe(nanos);
});

test('a time given as a reading of performance.now() is that moment', () => {
  const millis = Number(emitted({ body: 'x', timestamp: performance.now() }).timeUnixNanos) / 1e6;
  expect(Math.abs(millis - (performance.timeOrigin + performance.now()))).toBeLessThan(1_000);
});

test.each(['yesterday', Number.NaN, new Date(Number.NaN), [1], {}, Number.POSITIVE_INFINITY])(
  'what is no time (%j) leaves the record the time of the call',
  (timestamp) => {
    const record = emitted({ body: 'x', timestamp: timestamp as never });
    expect(record.timeUnixNanos).toBe(record.observedTimeUnixNanos);
    expect(Math.abs(Number(record.timeUnixNanos / 1_000_000n) - Date.now())).toBeLessThan(5_000);
  },
);

test.each([
  [undefined, 0, '', 'info'],
  [0, 0, '', 'info'],
  [1, 1, 'TRACE', 'trace'],
  [8, 8, 'DEBUG4', 'debug'],
  [9, 9, 'INFO', 'info'],
  [12, 12, 'INFO4', 'info'],
  [13, 13, 'WARN', 'warning'],
  [17, 17, 'ERROR', 'error'],
  [21, 21, 'FATAL', 'fatal'],
  [24, 24, 'FATAL4', 'fatal'],
  [99, 99, '', 'fatal'],
  ['9', 0, '', 'info'],
  [-3, 0, '', 'info'],
  [Number.NaN, 0, '', 'info'],
])('severity number %s without a text: number %s, text "%s", level %s', (given, severityNumber, severityText, level) => {
  const record = emitted({ severityNumber: given as SeverityNumber, body: 'x', timestamp: 1e12 });
  expect(record).toMatchObject({ severityNumber, severityText, level });
});

describe('exceptions', () => {
  const attributesOf = (exception: unknown, attributes?: LogRecord['attributes']) =>
    emitted({ body: 'x', exception, ...(attributes !== undefined && { attributes }) }).attributes;

  test('a text or a number is the message', () => {
    expect(attributesOf('no liquidity')).toEqual({ 'exception.message': 'no liquidity' });
    expect(attributesOf(404)).toEqual({ 'exception.message': '404' });
  });

  test('what is left of an error after JSON has its type, message, stack and its own properties', () => {
    expect(attributesOf({ type: 'RangeError', message: 'm', stack: 's', code: 'E_LIMIT', name: 'RangeError' })).toEqual({
      'exception.type': 'RangeError',
      'exception.message': 'm',
      'exception.stacktrace': 's',
      'exception.code': 'E_LIMIT',
    });
    expect(attributesOf({ code: 'ECONNRESET', message: 'm' })).toEqual({
      'exception.type': 'ECONNRESET',
      'exception.message': 'm',
    });
  });

  test('an error of another realm is an error', () => {
    expect(attributesOf(runInNewContext('new TypeError("elsewhere")'))).toMatchObject({
      'exception.type': 'TypeError',
      'exception.message': 'elsewhere',
    });
  });

  test('what the caller says of it wins, and no name comes twice', () => {
    const attributes = attributesOf(new Error('m'), { 'exception.type': 'Mine', exception: 'kept', other: 1 });
    expect(attributes).toMatchObject({ 'exception.type': 'Mine', 'exception.message': 'm', other: 1 });
    expect(Object.values(attributes)).toContain('kept');
  });

  test('an object that says nothing is kept as it is; null is none', () => {
    expect(attributesOf({ odd: true })).toEqual({ exception: { odd: true } });
    expect(attributesOf(null)).toEqual({});
  });

  test('an error among the attributes beside the exception is kept too', () => {
    const attributes = attributesOf(new Error('first'), { inner: new Error('second') as never });
    expect(attributes['exception.message']).toBe('first');
    expect(attributes.inner).toMatchObject({ message: 'second' });
  });
});

test('loggers of one name, version, schema URL and attributes are one; others are not', () => {
  const { loggerProvider } = createTestLogging();
  const get = (...args: Parameters<typeof loggerProvider.getLogger>) => loggerProvider.getLogger(...args);
  expect(get('a', '1')).toBe(get('a', '1'));
  expect(get('a', '1')).not.toBe(get('a', '2'));
  expect(get('a', '1')).not.toBe(get('a', '1', { schemaUrl: 'https://example.com/1' }));
  expect(get('a', '1', { attributes: { x: 1 } })).not.toBe(get('a', '1', { attributes: { x: 2 } }));
});

test('enabled() and emit() follow levels as they are now', () => {
  const logging = createTestLogging({ levels: { 'noisy.*': 'error' } });
  const logger = logging.loggerProvider.getLogger('noisy.library');
  expect(logger.enabled({ severityNumber: SeverityNumber.WARN4 })).toBe(false);
  expect(logger.enabled({ severityNumber: SeverityNumber.ERROR })).toBe(true);
  logger.emit({ severityNumber: 9, body: 'fast path' });
  logger.emit({ severityNumber: 10, body: 'object path' });
  expect(logging.records()).toEqual([]);
  logging.setLevel('noisy.*', 'trace');
  expect(logger.enabled({ severityNumber: SeverityNumber.TRACE })).toBe(true);
  logger.emit({ severityNumber: 9, body: 'fast path' });
  logger.emit({ severityNumber: 10, body: 'object path' });
  expect(logging.records().map(({ body }) => body)).toEqual(['fast path', 'object path']);
});

test('credentials are redacted on both paths', () => {
  const logging = createTestLogging();
  const logger = logging.loggerProvider.getLogger('library');
  logger.emit({ severityNumber: 9, body: 'x', attributes: { api_key: 'abc', n: 1 } });
  logger.emit({ severityNumber: 10, body: 'x', attributes: { api_key: 'abc', headers: { authorization: 'Bearer abc' } } });
  expect(JSON.stringify(logging.records(), (_k, v) => (typeof v === 'bigint' ? `${v}` : v))).not.toContain('abc');
});

test('no record makes emit throw, and each leaves one record', () => {
  const hostile = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withTypedArray: true,
    withObjectString: true,
  });
  const anyRecord = fc.record(
    {
      timestamp: hostile,
      observedTimestamp: hostile,
      severityNumber: hostile,
      severityText: hostile,
      body: hostile,
      eventName: hostile,
      attributes: hostile,
      exception: hostile,
      context: fc.oneof(hostile, fc.constant(ROOT_CONTEXT)),
    },
    { requiredKeys: [] },
  );
  const logging = createTestLogging();
  const logger = logging.loggerProvider.getLogger('library');
  fc.assert(
    fc.property(fc.oneof(anyRecord, hostile), (record) => {
      logging.clear();
      expect(() => logger.emit(record as LogRecord)).not.toThrow();
      expect(logging.records()).toHaveLength(1);
    }),
    { numRuns: 500 },
  );
});

test('getters that throw cost their own field only', () => {
  const attributes = {
    good: 1,
    get bad(): string {
      throw new Error('no');
    },
  };
  expect(emitted({ body: 'x', attributes, exception: new Error('m') }).attributes).toMatchObject({
    good: 1,
    bad: '[getter threw: Error: no]',
    'exception.message': 'm',
  });
});

test('the context given with a record counts, and not the active one', async () => {
  await sleep(0);
  const other = { ...SPAN, spanId: '00f067aa0ba902b7' };
  expect(emitted({ body: 'x', context: trace.setSpanContext(context.active(), other) }).spanId).toBe(other.spanId);
  const invalid = trace.setSpanContext(ROOT_CONTEXT, { ...SPAN, traceId: '0'.repeat(32) });
  expect(emitted({ body: 'x', context: invalid }).traceId).toBeUndefined();
});
