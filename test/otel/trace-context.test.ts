/**
 * Trace and span id of the active context are on every record: through awaits, timers and callbacks, on the fast path and on the object path, and
 * whenever OpenTelemetry is registered.
 */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { context, INVALID_SPAN_CONTEXT, type LogRecord, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTestLogging } from '../../src/testing.ts';
import { jsonLinesIn, runProgram, temporaryFolder } from '../support/child.ts';

const hex = (n: number, digits: number) => n.toString(16).padStart(digits, '0');
const spanOf = (n: number, sampled = true) => ({ traceId: hex(n, 32), spanId: hex(n, 16), traceFlags: sampled ? 1 : 0 });
const inSpan = <T>(n: number, run: () => T, sampled = true): T =>
  context.with(trace.setSpanContext(ROOT_CONTEXT, spanOf(n, sampled)), run);

beforeEach(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
afterEach(() => context.disable());

/** The ways a record comes to the ring. Each writes `n` as an attribute. */
type Emit = (n: number) => void;
function waysOf(logging: ReturnType<typeof createTestLogging>): Record<string, Emit> {
  const logger = logging.getLogger('spans');
  const library = logging.loggerProvider.getLogger('library');
  const emit = (record: LogRecord) => library.emit(record);
  return {
    'the level methods': (n) => logger.info('tick', { n }),
    'a message met once': (n) => logger.info(`tick ${n} ${Math.random()}`, { n }),
    'nested fields': (n) => logger.info('tick', { n, deep: { list: [1, { two: 2 }] } }),
    'the API, fast path': (n) => emit({ severityNumber: 9, body: 'tick', attributes: { n } }),
    'the API, object path': (n) => emit({ severityNumber: 10, body: { kind: 'tick' }, attributes: { n } }),
  };
}

describe.each(Object.keys(waysOf(createTestLogging())))('by %s', (way) => {
  test('a thousand interleaved tasks keep their own spans across awaits, timers and callbacks', async () => {
    const logging = createTestLogging({ ringBufferSize: 10_000 });
    const emit = waysOf(logging)[way]!;
    const task = async (n: number) => {
      emit(n);
      await nextTurn();
      emit(n);
      await sleep(n % 5);
      const fromTimer = new Promise<void>((resolve) => {
        setTimeout(() => resolve(emit(n)), n % 3);
      });
      await inSpan(n + 10_000, async () => {
        await nextTurn();
        emit(n + 10_000);
      });
      await sleep(5);
      await fromTimer; // on a busy machine the later one of two timers may come first
      queueMicrotask(() => emit(n));
    };
    await Promise.all(Array.from({ length: 1_000 }, (_, i) => inSpan(i + 1, () => task(i + 1))));
    const records = logging.records();
    expect(records).toHaveLength(5_000);
    for (const { traceId, spanId, traceFlags, attributes } of records) {
      expect({ traceId, spanId, traceFlags }).toEqual(spanOf(attributes.n as number));
    }
  });

  test.each([
    ['all of zeros, as of a tracer that does nothing', INVALID_SPAN_CONTEXT],
    ['with a trace id of zeros', { ...spanOf(7), traceId: hex(0, 32) }],
    ['with a span id of zeros', { ...spanOf(7), spanId: hex(0, 16) }],
    ['with a trace id that is no number', { ...spanOf(7), traceId: 'g'.repeat(32) }],
  ])('a span context %s is none', (_, invalid) => {
    const logging = createTestLogging();
    const emit = waysOf(logging)[way]!;
    inSpan(7, () => emit(7));
    context.with(trace.setSpanContext(ROOT_CONTEXT, invalid), () => emit(0));
    inSpan(8, () => emit(8));
    expect(logging.records().map(({ traceId, spanId }) => [traceId, spanId])).toEqual([
      [spanOf(7).traceId, spanOf(7).spanId],
      [undefined, undefined],
      [spanOf(8).traceId, spanOf(8).spanId],
    ]);
  });

  test('outside of a span there are no ids, also right after one; an unsampled span has its ids and flags 0', () => {
    const logging = createTestLogging();
    const emit = waysOf(logging)[way]!;
    emit(0);
    inSpan(7, () => emit(7));
    emit(0);
    inSpan(8, () => emit(8), false);
    inSpan(7, () => emit(7));
    expect(logging.records().map(({ traceId, traceFlags }) => [traceId, traceFlags])).toEqual([
      [undefined, undefined],
      [hex(7, 32), 1],
      [undefined, undefined],
      [hex(8, 32), 0],
      [hex(7, 32), 1],
    ]);
  });
});

test('audit events carry the span', () => {
  const logging = createTestLogging();
  inSpan(7, () => logging.getLogger('spans').audit('order_placed', { n: 1 }));
  expect(logging.audits()).toMatchObject([spanOf(7)]);
});

test('a span context that is not valid leaves no ids', () => {
  const logging = createTestLogging();
  const logger = logging.getLogger('spans');
  for (const span of [
    { ...spanOf(1), traceId: 'xyz' },
    { ...spanOf(1), spanId: 'g'.repeat(16) },
    { ...spanOf(1), traceId: undefined as never },
  ]) {
    context.with(trace.setSpanContext(ROOT_CONTEXT, span), () => logger.info('tick'));
  }
  expect(logging.records().map(({ traceId }) => traceId)).toEqual([undefined, undefined, undefined]);
});

test('OpenTelemetry may be registered, and registered anew, at any time after the first records', async () => {
  using folder = temporaryFolder();
  const { code } = await runProgram('../../otel/programs/late-api.ts', [folder.path]);
  expect(code).toBe(0);
  const withSpan = jsonLinesIn(folder.path, 'app').map(({ i, trace_id }) => [i, trace_id]);
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  expect(withSpan).toEqual([
    [1, undefined],
    [2, undefined],
    [3, traceId],
    [4, undefined],
    [5, undefined],
    [6, traceId],
  ]);
});

test('what the runtime instrumentation says of an uncaught error is in the file when the process has died of it', async () => {
  using folder = temporaryFolder();
  const { code } = await runProgram('../../otel/programs/uncaught.ts', [folder.path]);
  expect(code).toBe(1);
  const [line, ...more] = jsonLinesIn(folder.path, 'app');
  expect(more).toEqual([]);
  expect(line).toMatchObject({
    level: 'fatal',
    logger: '@opentelemetry/instrumentation-runtime-node',
    msg: 'exception',
    'exception.type': 'RangeError',
    'exception.message': 'price out of bounds',
  });
  expect(line!['exception.stacktrace']).toContain('Caused by: Error: short read');
});
