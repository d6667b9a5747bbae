/**
 * OTLP log requests → plain records, read by a decoder that shares no code with what writes them: protobufjs over a schema written for the tests.
 */
import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';

/** One log record as a server sees it. 64-bit integers are bigint; an attribute without a value is null. */
export interface OtlpRecord {
  readonly resource: Readonly<Record<string, unknown>>;
  readonly scope: { readonly name: string; readonly version: string; readonly attributes: Readonly<Record<string, unknown>> };
  readonly timeUnixNanos: bigint;
  readonly observedTimeUnixNanos: bigint;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly eventName: string;
  readonly body: unknown;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly droppedAttributesCount: number;
  /** Names of the attributes as they came: a name that comes twice stands here twice. */
  readonly attributeNames: readonly string[];
  /** Hex; empty when absent. */
  readonly traceId: string;
  readonly spanId: string;
  readonly flags: number;
}

const root = protobuf.parse(readFileSync(new URL('./otlp-logs.proto', import.meta.url), 'utf8')).root;
const ExportLogsServiceRequest = root.lookupType('otlp.ExportLogsServiceRequest');
const ExportLogsServiceResponse = root.lookupType('otlp.ExportLogsServiceResponse');
const Status = root.lookupType('otlp.Status');

interface Long {
  toString(): string;
}
interface KeyValue {
  key: string;
  value?: AnyValue | null;
}
interface AnyValue {
  value?: string;
  stringValue: string;
  boolValue: boolean;
  intValue: Long;
  doubleValue: number;
  arrayValue: { values: AnyValue[] };
  kvlistValue: { values: KeyValue[] };
  bytesValue: Uint8Array;
}

/** Throws on bytes that are no such request, down to the last of them. */
export function decodeProtobufRequest(bytes: Uint8Array): OtlpRecord[] {
  // biome-ignore lint/suspicious/noExplicitAny: protobufjs gives its messages no types.
  const request = ExportLogsServiceRequest.decode(bytes) as any;
  const records: OtlpRecord[] = [];
  for (const { resource, scopeLogs } of request.resourceLogs) {
    const resourceAttributes = mapOf(resource?.attributes);
    for (const { scope, logRecords } of scopeLogs) {
      const decodedScope = { name: scope?.name ?? '', version: scope?.version ?? '', attributes: mapOf(scope?.attributes) };
      for (const record of logRecords) {
        records.push({
          resource: resourceAttributes,
          scope: decodedScope,
          timeUnixNanos: BigInt(String(record.timeUnixNano)),
          observedTimeUnixNanos: BigInt(String(record.observedTimeUnixNano)),
          severityNumber: record.severityNumber,
          severityText: record.severityText,
          eventName: record.eventName,
          body: anyValueOf(record.body),
          attributes: mapOf(record.attributes),
          droppedAttributesCount: record.droppedAttributesCount,
          attributeNames: record.attributes.map(({ key }: KeyValue) => key),
          traceId: Buffer.from(record.traceId).toString('hex'),
          spanId: Buffer.from(record.spanId).toString('hex'),
          flags: record.flags,
        });
      }
    }
  }
  return records;
}

function anyValueOf(value: AnyValue | null | undefined): unknown {
  switch (value?.value) {
    case 'stringValue':
      return value.stringValue;
    case 'boolValue':
      return value.boolValue;
    case 'intValue':
      return BigInt(String(value.intValue));
    case 'doubleValue':
      return value.doubleValue;
    case 'arrayValue':
      return value.arrayValue.values.map(anyValueOf);
    case 'kvlistValue':
      return mapOf(value.kvlistValue.values);
    case 'bytesValue':
      return Uint8Array.from(value.bytesValue);
    default:
      return null;
  }
}

function mapOf(pairs: readonly KeyValue[] | undefined): Record<string, unknown> {
  const map: Record<string, unknown> = Object.create(null);
  for (const { key, value } of pairs ?? []) map[key] = anyValueOf(value);
  return map;
}

/** Throws on text that is no such request. */
export function decodeJsonRequest(text: string): OtlpRecord[] {
  // biome-ignore lint/suspicious/noExplicitAny: JSON from outside.
  const request = JSON.parse(text) as any;
  const records: OtlpRecord[] = [];
  for (const { resource, scopeLogs } of request.resourceLogs) {
    const resourceAttributes = jsonMapOf(resource?.attributes);
    for (const { scope, logRecords } of scopeLogs) {
      const decodedScope = { name: scope?.name ?? '', version: scope?.version ?? '', attributes: jsonMapOf(scope?.attributes) };
      for (const record of logRecords) {
        records.push({
          resource: resourceAttributes,
          scope: decodedScope,
          timeUnixNanos: BigInt(record.timeUnixNano ?? 0),
          observedTimeUnixNanos: BigInt(record.observedTimeUnixNano ?? 0),
          severityNumber: record.severityNumber ?? 0,
          severityText: record.severityText ?? '',
          eventName: record.eventName ?? '',
          body: jsonValueOf(record.body),
          attributes: jsonMapOf(record.attributes),
          droppedAttributesCount: record.droppedAttributesCount ?? 0,
          attributeNames: record.attributes.map(({ key }: KeyValue) => key),
          traceId: record.traceId ?? '',
          spanId: record.spanId ?? '',
          flags: record.flags ?? 0,
        });
      }
    }
  }
  return records;
}

// biome-ignore lint/suspicious/noExplicitAny: JSON from outside.
function jsonValueOf(value: any): unknown {
  const [kind] = Object.keys(value ?? {});
  switch (kind) {
    case 'stringValue':
    case 'boolValue':
      return value[kind];
    case 'intValue':
      return jsonInt64(value.intValue);
    case 'doubleValue':
      if (typeof value.doubleValue !== 'number') throw new TypeError(`doubleValue is ${JSON.stringify(value.doubleValue)}`);
      return value.doubleValue;
    case 'arrayValue':
      return value.arrayValue.values.map(jsonValueOf);
    case 'kvlistValue':
      return jsonMapOf(value.kvlistValue.values);
    case 'bytesValue':
      return Uint8Array.from(Buffer.from(value.bytesValue, 'base64'));
    case undefined:
      return null;
    default:
      throw new TypeError(`AnyValue of unknown kind ${kind}`);
  }
}

/** As a collector reads it: a number or text of digits within 64 bits, or the request is refused. */
function jsonInt64(value: unknown): bigint {
  const whole = BigInt(value as number | string);
  if (whole !== BigInt.asIntN(64, whole)) throw new RangeError(`intValue ${whole} has more than 64 bits`);
  return whole;
}

function jsonMapOf(pairs: readonly KeyValue[] | undefined): Record<string, unknown> {
  const map: Record<string, unknown> = Object.create(null);
  for (const { key, value } of pairs ?? []) map[key] = jsonValueOf(value);
  return map;
}

/** The body of a 200. */
export function encodeResponse(rejected: number, message: string): Uint8Array {
  const partialSuccess = rejected === 0 && message === '' ? undefined : { rejectedLogRecords: rejected, errorMessage: message };
  return ExportLogsServiceResponse.encode(
    ExportLogsServiceResponse.fromObject(partialSuccess ? { partialSuccess } : {}),
  ).finish();
}

/** The body of an error, a google.rpc.Status. */
export function encodeStatus(code: number, message: string): Uint8Array {
  return Status.encode(Status.create({ code, message })).finish();
}
