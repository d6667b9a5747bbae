/**
 * Loggers that we did not write, instrumented by packages that we did not write, deliver through our provider unchanged: to a file and to a collector.
 */
import { createRequire } from 'node:module';
import { Writable } from 'node:stream';
import { context, logs, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { logs as olderLogs } from '@opentelemetry/api-logs';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BunyanInstrumentation } from '@opentelemetry/instrumentation-bunyan';
import { PinoInstrumentation } from '@opentelemetry/instrumentation-pino';
import { WinstonInstrumentation } from '@opentelemetry/instrumentation-winston';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openPipeline } from './support.ts';

const require = createRequire(import.meta.url);
const SPAN = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };
const inSpan = (run: () => void) => context.with(trace.setSpanContext(ROOT_CONTEXT, SPAN), run);
const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() });

beforeEach(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
const ending: (() => void)[] = [];
afterEach(() => {
  for (const end of ending.splice(0)) end();
  logs.disable();
  olderLogs.disable();
  context.disable();
});

test('pino 10 by @opentelemetry/instrumentation-pino', async () => {
  const { logging, delivered } = await openPipeline();
  logs.setGlobalLoggerProvider(logging.loggerProvider);
  const instrumentation = new PinoInstrumentation();
  ending.push(() => instrumentation.disable());
  const { pino } = require('pino') as typeof import('pino');
  const logger = pino({ name: 'gateway', level: 'trace' }, nowhere());
  const before = BigInt(Date.now()) * 1_000_000n;
  logger.info({ symbol: 'BTCUSDT', qty: 0.5, nested: { a: [1, 'two'] } }, 'order placed');
  inSpan(() => logger.error(new RangeError('no liquidity'), 'order failed'));
  logger.fatal('going down');
  logger.trace('tick');

  const { records, lines } = await delivered();
  expect(records).toHaveLength(4);
  for (const { scope, resource } of records) {
    expect(scope).toMatchObject({ name: '@opentelemetry/instrumentation-pino', version: '0.70.0' });
    expect(resource['service.name']).toBe('otel-test');
  }
  expect(records.map(({ severityNumber, severityText }) => [severityNumber, severityText])).toEqual([
    [9, 'info'],
    [17, 'error'],
    [21, 'fatal'],
    [1, 'trace'],
  ]);
  const [placed, failed] = records;
  expect(placed).toMatchObject({
    body: 'order placed',
    attributes: { name: 'gateway', symbol: 'BTCUSDT', qty: 0.5, nested: { a: [1n, 'two'] } },
    traceId: '',
  });
  expect(placed!.timeUnixNanos).toBeGreaterThanOrEqual(before);
  expect(placed!.timeUnixNanos % 1_000_000n).toBe(0n); // pino's own time, in milliseconds
  expect(failed).toMatchObject({
    body: 'order failed',
    attributes: { 'exception.type': 'RangeError', 'exception.message': 'no liquidity' },
    traceId: SPAN.traceId,
    spanId: SPAN.spanId,
    flags: 1,
  });
  expect(failed!.attributes['exception.stacktrace']).toContain('log-instrumentations.test.ts');
  expect(failed!.attributeNames.length).toBe(new Set(failed!.attributeNames).size);
  expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
    ['info', 'order placed'],
    ['error', 'order failed'],
    ['fatal', 'going down'],
    ['trace', 'tick'],
  ]);
  expect(lines[1]).toMatchObject({ severity_text: 'error', trace_id: SPAN.traceId, 'exception.type': 'RangeError' });
});

test('bunyan 1 by @opentelemetry/instrumentation-bunyan', async () => {
  const { logging, delivered } = await openPipeline();
  logs.setGlobalLoggerProvider(logging.loggerProvider);
  const instrumentation = new BunyanInstrumentation();
  ending.push(() => instrumentation.disable());
  const bunyan = require('bunyan');
  const logger = bunyan.createLogger({ name: 'gateway', stream: nowhere(), level: 'debug' });
  logger.warn({ symbol: 'BTCUSDT', 'otel.event.name': 'quote.stale' }, 'stale quote');
  inSpan(() => logger.error(new TypeError('bad frame', { cause: new Error('short read') }), 'feed failed'));
  logger.trace('below the level of the logger');

  const { records, lines } = await delivered();
  expect(records.map(({ body, severityNumber, severityText }) => [body, severityNumber, severityText])).toEqual([
    ['stale quote', 13, 'warn'],
    ['feed failed', 17, 'error'],
  ]);
  const [stale, failed] = records;
  expect(stale!.scope).toMatchObject({ name: '@opentelemetry/instrumentation-bunyan', version: '0.69.0' });
  expect(stale!.attributes).toMatchObject({ name: 'gateway', symbol: 'BTCUSDT' });
  expect(failed).toMatchObject({
    traceId: SPAN.traceId,
    attributes: { 'exception.type': 'TypeError', 'exception.message': 'bad frame' },
  });
  expect(lines).toHaveLength(2);
  expect(lines[1]).toMatchObject({ level: 'error', msg: 'feed failed', span_id: SPAN.spanId });
});

test('winston 3 by @opentelemetry/instrumentation-winston, whose transport still emits through the older @opentelemetry/api-logs', async () => {
  const { logging, delivered } = await openPipeline();
  olderLogs.setGlobalLoggerProvider(logging.loggerProvider as Parameters<typeof olderLogs.setGlobalLoggerProvider>[0]);
  const instrumentation = new WinstonInstrumentation();
  ending.push(() => instrumentation.disable());
  const winston = require('winston') as typeof import('winston');
  const logger = winston.createLogger({ level: 'silly', transports: [new winston.transports.Stream({ stream: nowhere() })] });
  logger.info('order placed', { symbol: 'BTCUSDT', qty: 2 });
  inSpan(() => logger.error('order failed', { error: new RangeError('no liquidity') }));
  logger.http('GET /depth');

  const { records, lines } = await delivered();
  expect(records.map(({ body, severityNumber, severityText }) => [body, severityNumber, severityText])).toEqual([
    ['order placed', 9, 'info'],
    ['order failed', 17, 'error'],
    ['GET /depth', 7, 'http'],
  ]);
  expect(records[0]).toMatchObject({
    scope: { name: '@opentelemetry/winston-transport', version: '0.34.0' },
    attributes: { symbol: 'BTCUSDT', qty: 2n },
  });
  expect(records[1]).toMatchObject({
    traceId: SPAN.traceId,
    attributes: { 'exception.type': 'RangeError', 'exception.message': 'no liquidity' },
  });
  expect(lines.map(({ level }) => level)).toEqual(['info', 'error', 'debug']);
});

test('a provider that is registered after the library has its logger', async () => {
  const early = logs.getLogger('early-bird', '1.2.3');
  early.emit({ body: 'before there was a provider' });
  const { logging, delivered } = await openPipeline();
  logs.setGlobalLoggerProvider(logging.loggerProvider);
  early.emit({ severityNumber: 9, body: 'after' });
  const { records } = await delivered();
  expect(records).toMatchObject([{ body: 'after', scope: { name: 'early-bird', version: '1.2.3' } }]);
});
