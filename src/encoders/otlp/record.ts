/**
 * A record as an object → an OTLP log record: the slow way, for records that travel as objects, for marks of losses, and for the last record
 * before the output is full.
 */
import type { LogRecordData } from '../../contract/backend.ts';
import type { ProtobufWriter } from './protobuf-writer.ts';
import {
  RECORD_ATTRIBUTE,
  RECORD_BODY,
  RECORD_DROPPED_ATTRIBUTES,
  RECORD_EVENT_NAME,
  RECORD_FLAGS,
  RECORD_OBSERVED_TIME,
  RECORD_SEVERITY_NUMBER,
  RECORD_SEVERITY_TEXT,
  RECORD_SPAN_ID,
  RECORD_TIME,
  RECORD_TRACE_ID,
  SCOPE_LOGS_RECORD,
} from './tags.ts';
import { writeAnyValue, writeAttribute } from './value.ts';

/** Writes the record as a field of ScopeLogs. */
export function writeRecord(writer: ProtobufWriter, record: LogRecordData): void {
  const start = writer.open(SCOPE_LOGS_RECORD);
  writer.fixed64(RECORD_TIME, record.timeUnixNanos);
  writer.fixed64(RECORD_OBSERVED_TIME, record.observedTimeUnixNanos);
  if (record.severityNumber !== 0) writer.varint(RECORD_SEVERITY_NUMBER, record.severityNumber);
  if (record.severityText !== '') writer.text(RECORD_SEVERITY_TEXT, record.severityText);
  if (record.body !== null && record.body !== undefined) writeAnyValue(writer, RECORD_BODY, record.body);
  writeTags(writer, record.tags, record.attributes);
  for (const [key, value] of Object.entries(record.attributes)) writeAttribute(writer, RECORD_ATTRIBUTE, key, value);
  if (record.droppedAttributesCount !== undefined) writer.varint(RECORD_DROPPED_ATTRIBUTES, record.droppedAttributesCount);
  if (record.traceId !== undefined) writer.raw(RECORD_TRACE_ID, Buffer.from(record.traceId, 'hex'));
  if (record.spanId !== undefined) writer.raw(RECORD_SPAN_ID, Buffer.from(record.spanId, 'hex'));
  if (record.traceFlags) writer.fixed32(RECORD_FLAGS, record.traceFlags);
  if (record.eventName !== undefined) writer.text(RECORD_EVENT_NAME, record.eventName);
  writer.close(start);
}

/** Tags are the attribute `tags`, unless the record has one of that name itself. */
export function writeTags(writer: ProtobufWriter, tags: readonly string[], attributes: Readonly<Record<string, unknown>>): void {
  if (tags.length > 0 && !Object.hasOwn(attributes, 'tags')) writeAttribute(writer, RECORD_ATTRIBUTE, 'tags', tags);
}
