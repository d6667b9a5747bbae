import { ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer';
import { afterEach, expect, test } from 'vitest';
import { OtlpHttpSink } from '../../src/backends/otlp-http-sink.ts';
import { ReadableRecords } from '../../src/otel/readable-record.ts';
import { type OtlpServer, startOtlpServer } from '../support/otlp-server.ts';
import { makeRecord } from '../support/records.ts';

const open: { stop?(): Promise<void>; close?(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await (each.stop?.() ?? each.close?.());
});
async function server(): Promise<OtlpServer> {
  const started = await startOtlpServer();
  open.push(started);
  return started;
}
function sink(...parts: ConstructorParameters<typeof OtlpHttpSink>): OtlpHttpSink {
  const made = new OtlpHttpSink(...parts);
  open.push(made);
  return made;
}
export function batch(records: number) {
  const readable = new ReadableRecords({ resource: { 'service.name': 'test' } });
  const request = ProtobufLogsSerializer.serializeRequest(
    Array.from({ length: records }, (_, i) => readable.from(makeRecord({ sequence: i, attributes: { i } }))),
  )!;
  const bytes = new Uint8Array(new SharedArrayBuffer(request.length));
  bytes.set(request);
  return { bytes, records };
}

test('a request in shared memory arrives whole', async () => {
  const { logsUrl, received, requests } = await server();
  const to = sink({ url: logsUrl, headers: { 'x-api': 'k' } });
  expect(await to.write(batch(100))).toEqual({ status: 'success' });
  expect(received.map(({ attributes }) => attributes.i)).toEqual(Array.from({ length: 100 }, (_, i) => BigInt(i)));
  expect(requests[0].headers).toMatchObject({ 'content-type': 'application/x-protobuf', 'x-api': 'k' });
  expect(requests[0].headers['transfer-encoding']).toBeUndefined();
});
