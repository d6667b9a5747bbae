/**
 * A bridge's target that logs through us: what it says goes to the other backends, and not back to the bridge for ever.
 */
import { createRequire } from 'node:module';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { context, logs, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { PinoInstrumentation } from '@opentelemetry/instrumentation-pino';
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import winston from 'winston';
import type { HFTLogger } from '../../src/caller/api.ts';
import type { LogRecordData } from '../../src/contract/backend.ts';
import type { BridgeTarget } from '../../src/contract/bridge-target.ts';
import { openPipeline } from '../otel/support.ts';

const ending: (() => void)[] = [];
afterEach(() => {
  for (const end of ending.splice(0)) end();
  logs.disable();
  context.disable();
});

/** Long enough for some hundred rounds of a loop, if there were one. */
const SETTLE_MILLIS = 150;

/** A pipeline whose bridge leads to `target`, made with a logger of the same instance. */
async function openLoop(makeTarget: (echo: HFTLogger) => BridgeTarget) {
  let echo: HFTLogger;
  const lazy = new Proxy({} as HFTLogger, { get: (_none, name) => echo[name as keyof HFTLogger].bind(echo) });
  const pipeline = await openPipeline({ backends: { bridge: { enabled: true, level: 'debug', target: makeTarget(lazy) } } });
  echo = pipeline.logging.getLogger('echo');
  return pipeline;
}

async function messagesAfter(pipeline: Awaited<ReturnType<typeof openLoop>>) {
  await pipeline.logging.flush();
  await sleep(SETTLE_MILLIS);
  const { lines, records } = await pipeline.delivered();
  expect(records.filter(({ attributes }) => attributes['hft.audit'] === undefined)).toHaveLength(lines.length);
  return lines.map(({ logger, msg }) => `${logger}: ${msg}`).sort();
}

test('pino whose destination logs each of its lines', async () => {
  const pipeline = await openLoop((echo) =>
    pino(
      { level: 'debug' },
      new Writable({
        write: (line, _encoding, done) => {
          echo.info(`pino wrote ${JSON.parse(String(line)).msg}`);
          done();
        },
      }),
    ),
  );
  pipeline.logging.getLogger('gateway').info('order placed');
  pipeline.logging.getLogger('gateway').audit('order_placed', {});
  expect(await messagesAfter(pipeline)).toEqual([
    'echo: pino wrote order placed',
    'echo: pino wrote order_placed',
    'gateway: order placed',
  ]);
});

test('pino that is instrumented to emit through our own provider', async () => {
  const require = createRequire(import.meta.url);
  const instrumentation = new PinoInstrumentation();
  ending.push(() => instrumentation.disable());
  const instrumented = (require('pino') as typeof import('pino')).pino;
  const pipeline = await openLoop(() =>
    instrumented({ level: 'debug' }, new Writable({ write: (_line, _encoding, done) => done() })),
  );
  logs.setGlobalLoggerProvider(pipeline.logging.loggerProvider);
  pipeline.logging.getLogger('gateway').info('order placed');
  expect(await messagesAfter(pipeline)).toEqual(['@opentelemetry/instrumentation-pino: order placed', 'gateway: order placed']);
});

test('winston with a transport that logs each of its records', async () => {
  const pipeline = await openLoop((echo) =>
    winston.createLogger({
      level: 'debug',
      transports: [
        new winston.transports.Stream({
          stream: new Writable({
            write: (_line, _encoding, done) => {
              echo.warning('winston wrote a line', { nested: { a: 1 } });
              done();
            },
          }),
        }),
      ],
    }),
  );
  for (let i = 0; i < 3; i++) pipeline.logging.getLogger('gateway').info('order placed', { i });
  const messages = await messagesAfter(pipeline);
  expect(messages.filter((message) => message.startsWith('echo'))).toHaveLength(3);
  expect(messages.filter((message) => message.startsWith('gateway'))).toHaveLength(3);
});

test('a function that logs later, and through the API with a context of its own', async () => {
  const pipeline = await openLoop((echo) => async ({ body }: LogRecordData) => {
    await sleep(1);
    echo.info(`later: ${body}`);
    setTimeout(() => echo.info(`much later: ${body}`), 5);
    logs.getLogger('library').emit({ severityNumber: 9, body: `api: ${body}` });
    logs.getLogger('library').emit({ severityNumber: 10, body: `api, open: ${body}`, context: ROOT_CONTEXT });
  });
  logs.setGlobalLoggerProvider(pipeline.logging.loggerProvider);
  pipeline.logging.getLogger('gateway').info('x');
  expect(await messagesAfter(pipeline)).toEqual([
    'echo: later: x',
    'echo: much later: x',
    'gateway: x',
    'library: api, open: x',
    'library: api: x',
  ]);
});

test('everything else reaches the target while it is at work, with its span; what the target logs has none', async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };
  const seen: LogRecordData[] = [];
  const pipeline = await openLoop((echo) => async (record: LogRecordData) => {
    seen.push(record);
    echo.info('seen', { i: record.attributes.i });
    await sleep(0);
  });
  const log = pipeline.logging.getLogger('gateway');
  for (let i = 0; i < 200; i++) {
    context.with(trace.setSpanContext(ROOT_CONTEXT, span), () => log.info('tick', { i }));
    if (i % 20 === 0) await sleep(1);
  }
  await pipeline.logging.flush();
  await sleep(SETTLE_MILLIS);
  expect(seen.map(({ attributes }) => attributes.i)).toEqual(Array.from({ length: 200 }, (_, i) => i));
  expect(seen.every(({ traceId }) => traceId === span.traceId)).toBe(true);
  const { lines, records } = await pipeline.delivered();
  expect(lines.filter(({ msg }) => msg === 'seen')).toHaveLength(200);
  for (const { msg, trace_id } of lines) expect(trace_id).toBe(msg === 'tick' ? span.traceId : undefined);
  for (const { body, traceId, flags } of records) {
    expect([traceId, flags]).toEqual(body === 'tick' ? [span.traceId, 1] : ['', 0]);
  }
  const { taken, delivered, pending, droppedTotal } = pipeline.logging.health().backends.bridge!;
  expect({ taken, delivered, pending, droppedTotal }).toEqual({ taken: 200, delivered: 200, pending: 0, droppedTotal: 0 });
});
