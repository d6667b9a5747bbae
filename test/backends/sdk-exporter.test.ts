import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { OTLPExporterError } from '@opentelemetry/otlp-exporter-base';
import { ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer';
import { InMemoryLogRecordExporter, type LogRecordExporter } from '@opentelemetry/sdk-logs';
import { expect, test } from 'vitest';
import { ReadableRecords } from '../../src/backends/otlp/readable-record.ts';
import { SdkExporterBackend } from '../../src/backends/otlp/sdk-exporter.ts';
import { backendContract } from '../../src/testing/backend-contract.ts';
import { decodeProtobufRequest } from '../support/otlp-decode.ts';
import { makeRecord, makeRecords } from '../support/records.ts';

const records = () => new ReadableRecords({ resource: { 'service.name': 'gateway' } });

backendContract('SDK exporter', test, () => {
  const exporter = new InMemoryLogRecordExporter();
  // Its shutdown forgets what it has.
  const seen: number[] = [];
  const remembering: LogRecordExporter = {
    export: (logs, done) => {
      seen.push(...logs.map(({ attributes }) => attributes.number as number));
      exporter.export(logs, done);
    },
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  };
  return { backend: new SdkExporterBackend(remembering, records()), delivered: () => seen };
});

function answering(result: ExportResult): SdkExporterBackend {
  const exporter: LogRecordExporter = {
    export: (_logs, done) => done(result),
    forceFlush: async () => {},
    shutdown: async () => {},
  };
  return new SdkExporterBackend(exporter, records());
}

const failed = (error?: Error): ExportResult => ({ code: ExportResultCode.FAILED, ...(error && { error }) });

test.each([
  ['success', { code: ExportResultCode.SUCCESS }, 'success'],
  ['a final HTTP status', failed(new OTLPExporterError('Bad Request', 400)), 'failure'],
  ['a redirect', failed(new OTLPExporterError('Moved', 301)), 'failure'],
  ['an HTTP status that asks for more attempts', failed(new OTLPExporterError('Busy', 503)), 'retryable'],
  ['a network error', failed(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })), 'retryable'],
  ['a gRPC status', failed(Object.assign(new Error('unavailable'), { code: 14 })), 'retryable'],
  ['no reason at all', failed(), 'retryable'],
])('%s is understood', async (_name, result, status) => {
  expect((await answering(result).write(makeRecords(1))).status).toBe(status);
});

test('an exporter that throws refuses its batch', async () => {
  const exporter: LogRecordExporter = {
    export() {
      throw new Error('not ready');
    },
    forceFlush: async () => {},
    shutdown: async () => {},
  };
  await expect(new SdkExporterBackend(exporter, records()).write(makeRecords(1))).rejects.toThrow('not ready');
});

test('each kind of value as the official protobuf serializer passes it on', () => {
  const attributes = {
    integer: 42,
    float: 1.5,
    negativeZero: -0,
    nan: Number.NaN,
    infinite: -Infinity,
    huge: 1e300,
    small: 12n,
    exact: 2n ** 53n - 1n,
    beyond: 2n ** 53n + 1n,
    date: '2026-11-23T21:00:00.000Z',
    text: 'ü',
    yes: true,
    nothing: null,
    missing: undefined,
    bytes: new Uint8Array([1, 2, 3]),
    list: [1, 'a', null, 2n ** 60n],
    map: { a: { b: [false] } },
  };
  const request = ProtobufLogsSerializer.serializeRequest([
    records().from(makeRecord({ tags: [], attributes, body: { op: 'buy', ids: [1n] } })),
  ])!;
  const [decoded] = decodeProtobufRequest(request);
  expect(decoded.body).toEqual({ op: 'buy', ids: [1n] });
  expect(decoded.attributes).toEqual({
    integer: 42n,
    float: 1.5,
    negativeZero: 0n,
    nan: Number.NaN,
    infinite: -Infinity,
    huge: 1e300,
    small: 12n,
    exact: 2n ** 53n - 1n,
    beyond: '9007199254740993',
    date: '2026-11-23T21:00:00.000Z',
    text: 'ü',
    yes: true,
    nothing: null,
    missing: null,
    bytes: new Uint8Array([1, 2, 3]),
    list: [1n, 'a', null, String(2n ** 60n)],
    map: { a: { b: [false] } },
  });
});

test('a record without trace, event or tags has none of them', () => {
  const record = records().from(makeRecord({ tags: [], attributes: {} }));
  expect(record).not.toHaveProperty('spanContext');
  expect(record).not.toHaveProperty('eventName');
  expect(Object.keys(record.attributes)).toEqual([]);
  expect(record.hrTime).toEqual([1_764_000_000, 123_456_789]);
});

test('a field named tags wins over the tags of the logger', () => {
  const record = records().from(makeRecord({ attributes: { tags: 'mine' } }));
  expect(record.attributes.tags).toBe('mine');
});

test('records of one logger have the same scope object, however many loggers there are', () => {
  const readable = records();
  const scopeOf = (loggerName: string, loggerVersion?: string) =>
    readable.from(makeRecord({ loggerName, ...(loggerVersion && { loggerVersion }) })).instrumentationScope;
  expect(scopeOf('a')).toBe(scopeOf('a'));
  expect(scopeOf('a')).not.toBe(scopeOf('b'));
  expect(scopeOf('a', '1')).not.toBe(scopeOf('a'));
  for (let i = 0; i < 10_000; i++) scopeOf(`logger-${i}`);
  expect(scopeOf('a')).toEqual({ name: 'a' });
});

test('resource attributes that the SDK has no type for become JSON text', () => {
  const readable = records();
  const resource = { 'host.cpus': 8, nested: { a: 1 }, mixed: [1, 'a'], list: ['a', 'b'] };
  expect(readable.from(makeRecord({ resource })).resource.attributes).toEqual({
    'host.cpus': 8,
    nested: '{"a":1}',
    mixed: '[1,"a"]',
    list: ['a', 'b'],
  });
});
