/**
 * An SDK `LoggerProvider` on the ring: what a collector gets equals what it gets from the SDK's own batch processor and exporter for the same records.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type AnyValue, context, type LogRecord, ROOT_CONTEXT, SeverityNumber, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { RingBufferLogRecordProcessor } from '../../src/adapters/otel-sdk/log-record-processor.ts';
import { closeAfterTest } from '../support/closing.ts';
import { type OtlpRecord, startOtlpServer } from '../support/otlp-server.ts';
import { openPipeline } from './support.ts';

beforeEach(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
afterEach(() => context.disable());

const RESOURCE = resourceFromAttributes({ 'service.name': 'sdk-service', 'host.name': 'lab-1', cores: 2, zones: ['a', 'b'] });

/** One provider with both processors behind it. */
async function openBoth(config: Parameters<typeof openPipeline>[0] = {}) {
  const pipeline = await openPipeline(config);
  const official = closeAfterTest(await startOtlpServer());
  const ring = new RingBufferLogRecordProcessor(pipeline.logging);
  const exporter = new OTLPLogExporter({ url: official.logsUrl });
  const batch = new BatchLogRecordProcessor({ exporter, maxQueueSize: 100_000 });
  const provider = new LoggerProvider({ resource: RESOURCE, processors: [ring, batch] });
  onTestFinished(() => provider.shutdown());
  return { ...pipeline, official, ring, provider };
}

/** What is compared: everything, with attributes by name because their order means nothing. */
function comparable(records: readonly OtlpRecord[]) {
  return records
    .map(({ attributeNames, attributes, resource, ...rest }) => ({
      ...rest,
      names: [...attributeNames].sort(),
      attributes: { ...attributes },
      resource: { ...resource },
    }))
    .sort((left, right) => Number(left.attributes.n) - Number(right.attributes.n));
}

const number = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double({ noDefaultInfinity: true }),
  fc.constantFrom(2 ** 53, -(2 ** 53), 1e20, -0, Number.NaN, Number.POSITIVE_INFINITY),
);
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ minLength: 400, maxLength: 3_000 }),
  fc.constantFrom('', '\ud800'),
);
const { value: anyValue } = fc.letrec<{ value: AnyValue; leaf: AnyValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string({ minLength: 1, unit: 'grapheme' }), tie('value'), { maxKeys: 4 }),
  ) as fc.Arbitrary<AnyValue>,
  leaf: fc.oneof(text, number, fc.boolean(), fc.constant(null), fc.uint8Array({ maxLength: 40 })),
}));
const attributeName = fc
  .string({ minLength: 1, maxLength: 20, unit: 'grapheme' })
  .filter((name) => name !== '__proto__' && name !== 'n');
const logRecord: fc.Arbitrary<LogRecord> = fc.record(
  {
    timestamp: fc.oneof(
      fc.tuple(fc.integer({ min: 1, max: 2_000_000_000 }), fc.nat(999_999_999)),
      fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }),
    ) as fc.Arbitrary<[number, number]>,
    observedTimestamp: fc.tuple(fc.integer({ min: 1, max: 2_000_000_000 }), fc.nat(999_999_999)) as fc.Arbitrary<
      [number, number]
    >,
    severityNumber: fc.integer({ min: 0, max: 24 }) as fc.Arbitrary<SeverityNumber>,
    severityText: fc.constantFrom('INFO', 'info', 'notice', 'W'),
    body: anyValue,
    eventName: fc.string({ minLength: 1, maxLength: 30 }),
    attributes: fc.dictionary(attributeName, anyValue, { maxKeys: 12 }) as fc.Arbitrary<LogRecord['attributes'] & object>,
    exception: fc.constantFrom(new RangeError('out of bounds'), 'a text', { code: 'E_LIMIT', message: 'm' }),
  },
  { requiredKeys: [] },
);

test('records with anything in them arrive as the official processor and exporter deliver them', async () => {
  const { logging, provider, official, server } = await openBoth({ level: 'trace', redact: [], ringBufferSize: 50_000 });
  const loggers = [
    provider.getLogger('plain'),
    provider.getLogger('versioned', '1.2.3', { schemaUrl: 'https://opentelemetry.io/schemas/1.30.0' }),
  ];
  let n = 0;
  fc.assert(
    fc.property(logRecord, fc.constantFrom(...loggers), fc.integer({ min: 0, max: 2 }), (record, logger, span) => {
      const numbered = { ...record, attributes: { ...record.attributes, n: n++ } };
      const emit = () => logger.emit(numbered);
      if (span === 0) emit();
      else {
        const ids = { traceId: (n + 1).toString(16).padStart(32, '0'), spanId: (n + 1).toString(16).padStart(16, '0') };
        context.with(trace.setSpanContext(ROOT_CONTEXT, { ...ids, traceFlags: span - 1 }), emit);
      }
    }),
    { numRuns: 1_000 },
  );
  await provider.forceFlush();
  expect(server.undecodable).toEqual([]);
  expect(logging.health().lanes.logs.dropped).toEqual({});
  expect(official.received).toHaveLength(n);
  expect(comparable(server.received)).toEqual(comparable(official.received));
});

test('what the SDK drops by its limits is told', async () => {
  const { logging, server } = await openPipeline();
  const provider = new LoggerProvider({
    processors: [new RingBufferLogRecordProcessor(logging)],
    logRecordLimits: { attributeCountLimit: 2 },
  });
  provider.getLogger('library').emit({ body: 'x', attributes: { a: 1, b: 2, c: 3, d: 4 } });
  const whole = new LoggerProvider({ processors: [new RingBufferLogRecordProcessor(logging)] });
  whole
    .getLogger('library')
    .emit({ body: 'y', attributes: Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`k${i}`, i])) });
  await provider.forceFlush();
  const [few, many] = [...server.received].sort((left, right) => (String(left.body) < String(right.body) ? -1 : 1));
  expect(few!.attributes).toEqual({ a: 1n, b: 2n });
  expect(few!.droppedAttributesCount).toBe(2);
  expect(Object.keys(many!.attributes)).toHaveLength(128);
  expect(many!.droppedAttributesCount).toBe(72);
});

test('attributes of an instrumentation scope are attributes of its records', async () => {
  const { provider, server } = await openBoth();
  provider.getLogger('library', '1', { attributes: { part: 'parser' } }).emit({ body: 'x' });
  await provider.forceFlush();
  expect(server.received).toMatchObject([{ scope: { name: 'library', version: '1' }, attributes: { part: 'parser' } }]);
});

test('a file has the records too', async () => {
  const { provider, delivered } = await openBoth();
  provider
    .getLogger('library')
    .emit({ severityNumber: SeverityNumber.ERROR, body: { a: [1] }, eventName: 'e', attributes: { k: 'v' } });
  provider.getLogger('library').emit({ severityNumber: SeverityNumber.INFO, body: 'no text for its severity' });
  const { lines } = await delivered();
  expect(lines[0]).toMatchObject({ level: 'error', logger: 'library', msg: { a: [1] }, event: 'e', k: 'v' });
  expect(lines.every((line) => !('severity_text' in line))).toBe(true);
});

test('a processor before ours may change a record, and ours takes what it is then', async () => {
  const { logging, server } = await openPipeline();
  const provider = new LoggerProvider({
    processors: [
      {
        onEmit: (record) => void record.setAttribute('added', true).setBody('changed').setSeverityNumber(SeverityNumber.FATAL),
        forceFlush: async () => {},
        shutdown: async () => {},
      },
      new RingBufferLogRecordProcessor(logging),
    ],
  });
  provider.getLogger('library').emit({ body: 'x', severityNumber: 9 });
  await provider.forceFlush();
  expect(server.received).toMatchObject([{ body: 'changed', severityNumber: 21, attributes: { added: true } }]);
});

test('a resource that is still being detected holds up no record; later ones have all of it', async () => {
  const { logging, server } = await openPipeline();
  let detect = (_name: string) => {};
  const resource = resourceFromAttributes({
    'service.name': 'sdk-service',
    'host.name': new Promise<string>((resolve) => {
      detect = resolve;
    }),
  });
  const provider = new LoggerProvider({ resource, processors: [new RingBufferLogRecordProcessor(logging)] });
  const logger = provider.getLogger('library');
  logger.emit({ body: 'early' });
  detect('lab-1');
  await sleep(5);
  logger.emit({ body: 'late' });
  await provider.forceFlush();
  const resourceOf = (body: string) => ({ ...server.received.find((record) => record.body === body)!.resource });
  expect(resourceOf('early')).toEqual({ 'service.name': 'sdk-service' });
  expect(resourceOf('late')).toEqual({ 'service.name': 'sdk-service', 'host.name': 'lab-1' });
});

test('enabled() follows the levels of the configuration and setLevel, from the first call on', async () => {
  const { provider, logging, server } = await openBoth({ levels: { 'noisy.*': 'error' } });
  const alone = new LoggerProvider({ processors: [new RingBufferLogRecordProcessor(logging)] });
  const noisy = alone.getLogger('noisy.library');
  expect(noisy.enabled({ severityNumber: SeverityNumber.INFO })).toBe(false);
  expect(noisy.enabled({ severityNumber: SeverityNumber.ERROR2 })).toBe(true);
  expect(alone.getLogger('quiet').enabled({ severityNumber: SeverityNumber.DEBUG })).toBe(true);
  // The other processor of this provider wants everything: ours is asked all the same, and keeps to its level.
  provider.getLogger('noisy.library').emit({ body: 'dropped', severityNumber: SeverityNumber.INFO });
  logging.setLevel('noisy.*', 'trace');
  expect(noisy.enabled({ severityNumber: SeverityNumber.TRACE })).toBe(true);
  noisy.emit({ body: 'kept', severityNumber: SeverityNumber.INFO });
  await logging.flush();
  expect(server.received.map(({ body }) => body)).toEqual(['kept']);
});

describe('flush and shutdown', () => {
  test('forceFlush settles when everything was delivered', async () => {
    const { provider, server } = await openBoth();
    for (let i = 0; i < 5_000; i++) provider.getLogger('library').emit({ body: 'tick', severityNumber: 9, attributes: { i } });
    await provider.forceFlush();
    expect(server.received).toHaveLength(5_000);
    expect(new Set(server.received.map(({ attributes }) => attributes.i)).size).toBe(5_000);
  });

  test('forceFlush rejects with HFT_FLUSH_TIMEOUT when the collector takes nothing; a later one delivers', async () => {
    const { logging, server } = await openPipeline();
    const processor = new RingBufferLogRecordProcessor(logging);
    const provider = new LoggerProvider({ processors: [processor] });
    server.answerAlways({ kind: 'silence' });
    provider.getLogger('library').emit({ body: 'tick' });
    await expect(processor.forceFlush({ timeoutMillis: 200 })).rejects.toMatchObject({ code: 'HFT_FLUSH_TIMEOUT' });
    await server.stop();
    server.answerAlways({ kind: 'ok' });
    await server.restart();
    await processor.forceFlush({ timeoutMillis: 5_000 });
    expect(server.received).toMatchObject([{ body: 'tick' }]);
  });

  test('shutdown delivers, and ends the instance that the processor made for itself', async () => {
    const server = closeAfterTest(await startOtlpServer());
    const processor = new RingBufferLogRecordProcessor({
      handleExits: false,
      backends: { otlp: { logsEndpoint: server.logsUrl }, console: { enabled: false } },
    });
    const provider = new LoggerProvider({ resource: RESOURCE, processors: [processor] });
    const logger = provider.getLogger('library');
    logger.emit({ body: 'last words' });
    await provider.shutdown();
    expect(server.received).toMatchObject([{ body: 'last words', resource: { 'service.name': 'sdk-service' } }]);
    expect(processor.logging.health().worker.state).toBe('stopped');
    logger.emit({ body: 'too late' });
    expect(server.received).toHaveLength(1);
  });

  test('shutdown of a processor leaves an instance that it was given alone', async () => {
    const { logging, server } = await openPipeline();
    const provider = new LoggerProvider({ processors: [new RingBufferLogRecordProcessor(logging)] });
    provider.getLogger('library').emit({ body: 'one' });
    await provider.shutdown();
    expect(server.received).toHaveLength(1);
    logging.getLogger('other').info('two');
    await logging.flush();
    expect(server.received).toHaveLength(2);
  });

  test('something else in the place of an instance is refused with what is wrong', () => {
    expect(() => new RingBufferLogRecordProcessor({ ringBufferSize: -1 })).toThrow('ringBufferSize');
  });
});
