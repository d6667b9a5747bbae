/**
 * Finished OTLP requests in shared memory, as an outbox slot holds them; made by the official serializer.
 */
import { ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer';
import { ReadableRecords } from '../../src/backends/otlp/readable-record.ts';
import type { LogRecordData } from '../../src/contract/backend.ts';
import type { ByteBatch } from '../../src/contract/sink.ts';
import { makeRecords } from './records.ts';

const readable = new ReadableRecords({ resource: { 'service.name': 'test' } });

export function otlpRequest(records: readonly LogRecordData[]): ByteBatch {
  const request = ProtobufLogsSerializer.serializeRequest(records.map((record) => readable.from(record)))!;
  const bytes = new Uint8Array(new SharedArrayBuffer(request.length));
  bytes.set(request);
  return { bytes, records: records.length };
}

/** So many records with the attribute `i` counting up from `from`. */
export function numberedRequest(count: number, from = 0): ByteBatch {
  return otlpRequest(makeRecords(count, from));
}

/** A request of about so many bytes. */
export function largeRequest(bytes: number): ByteBatch {
  const [record] = makeRecords(1);
  return otlpRequest([{ ...record, attributes: { text: 'x'.repeat(bytes) } }]);
}
