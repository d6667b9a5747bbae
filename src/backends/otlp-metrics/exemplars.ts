/**
 * Exemplars in OTLP requests for metrics. OpenTelemetry's serializers leave them out (otlp-transformer 0.301.0, metrics-serializer and internal), so they are put
 * into what these have made: the data points of histograms come in the order of the collection.
 */
import { DataPointType, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { Exemplar } from '../../series/exemplars.ts';
import { exemplarsOf } from '../series-producer.ts';

/** Fields of opentelemetry/proto/metrics/v1/metrics.proto, v1. */
const HISTOGRAM = 9;
const EXPONENTIAL_HISTOGRAM = 10;
/** From a request to a metric: resource_metrics, scope_metrics, metrics. */
const PATH = [1, 2, 2] as const;
const DATA_POINTS = 1;
const EXEMPLARS_OF = new Map([
  [HISTOGRAM, 8],
  [EXPONENTIAL_HISTOGRAM, 11],
]);
const TIME_UNIX_NANO = 2;
const AS_DOUBLE = 3;
const SPAN_ID = 4;
const TRACE_ID = 5;

const WIRE_FIXED64 = 1;
const WIRE_BYTES = 2;

/** Exemplars of each data point of a histogram, in order; undefined when there are none at all. */
function listExemplars({ scopeMetrics }: ResourceMetrics): (readonly Exemplar[])[] | undefined {
  const lists = scopeMetrics.flatMap(({ metrics }) =>
    metrics.flatMap((metric) =>
      metric.dataPointType === DataPointType.HISTOGRAM || metric.dataPointType === DataPointType.EXPONENTIAL_HISTOGRAM
        ? metric.dataPoints.map(exemplarsOf)
        : [],
    ),
  );
  return lists.some((list) => list.length > 0) ? lists : undefined;
}

/** `request`: what OpenTelemetry's protobuf serializer has made of `metrics`. */
export function withExemplars(request: Uint8Array, metrics: ResourceMetrics): Uint8Array {
  const lists = listExemplars(metrics);
  if (lists === undefined) return request;
  let next = 0;
  const metricOf = (bytes: Buffer): Buffer =>
    mapField(bytes, (field, content) => {
      const exemplars = EXEMPLARS_OF.get(field);
      if (exemplars === undefined) return content;
      return mapField(content, (inner, point) =>
        inner === DATA_POINTS
          ? Buffer.concat([point, ...lists[next++]!.map((each) => message(exemplars, exemplarBytes(each)))])
          : point,
      );
    });
  const descend = (bytes: Buffer, depth: number): Buffer =>
    depth === PATH.length
      ? metricOf(bytes)
      : mapField(bytes, (field, content) => (field === PATH[depth] ? descend(content, depth + 1) : content));
  return descend(Buffer.from(request.buffer, request.byteOffset, request.byteLength), 0);
}

/** The message with each length-delimited field as `map` makes it. All other bytes are copied as they are. */
function mapField(bytes: Buffer, map: (field: number, content: Buffer) => Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const start = at;
    const tag = readVarint(bytes, at);
    at = tag.end;
    if ((tag.value & 7) !== WIRE_BYTES) {
      at = skip(bytes, at, tag.value & 7);
      parts.push(bytes.subarray(start, at));
      continue;
    }
    const length = readVarint(bytes, at);
    at = length.end + length.value;
    const content = bytes.subarray(length.end, at);
    const mapped = map(tag.value >>> 3, content);
    parts.push(mapped === content ? bytes.subarray(start, at) : message(tag.value >>> 3, mapped));
  }
  return Buffer.concat(parts);
}

function skip(bytes: Buffer, at: number, wire: number): number {
  if (wire === WIRE_FIXED64) return at + 8;
  return wire === 0 ? readVarint(bytes, at).end : at + 4;
}

function readVarint(bytes: Buffer, at: number): { readonly value: number; readonly end: number } {
  let value = 0;
  let scale = 1;
  for (; ; scale *= 128) {
    const byte = bytes[at++]!;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return { value, end: at };
  }
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) | 0x80);
  return Buffer.from([...bytes, value]);
}

function message(field: number, content: Buffer): Buffer {
  return Buffer.concat([varint((field << 3) | WIRE_BYTES), varint(content.length), content]);
}

function exemplarBytes({ timeMillis, value, traceId, spanId }: Exemplar): Buffer {
  const numbers = Buffer.alloc(18);
  numbers[0] = (TIME_UNIX_NANO << 3) | WIRE_FIXED64;
  numbers.writeBigUInt64LE(nanosOf(timeMillis), 1);
  numbers[9] = (AS_DOUBLE << 3) | WIRE_FIXED64;
  numbers.writeDoubleLE(value, 10);
  if (traceId === undefined || spanId === undefined) return numbers;
  return Buffer.concat([numbers, message(SPAN_ID, Buffer.from(spanId, 'hex')), message(TRACE_ID, Buffer.from(traceId, 'hex'))]);
}

function nanosOf(millis: number): bigint {
  return BigInt(Math.round(millis * 1000)) * 1000n;
}

/** The parts of a JSON request that lead to data points of histograms. */
interface JsonRequest {
  readonly resourceMetrics: readonly {
    readonly scopeMetrics: readonly {
      readonly metrics: readonly { readonly histogram?: JsonPoints; readonly exponentialHistogram?: JsonPoints }[];
    }[];
  }[];
}

interface JsonPoints {
  readonly dataPoints: { exemplars?: unknown[] }[];
}

/** The same of a request in JSON. */
export function withJsonExemplars(request: Uint8Array, metrics: ResourceMetrics): Uint8Array {
  const lists = listExemplars(metrics);
  if (lists === undefined) return request;
  const parsed = JSON.parse(new TextDecoder().decode(request)) as JsonRequest;
  const points = parsed.resourceMetrics
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
    .flatMap(({ histogram, exponentialHistogram }) => (histogram ?? exponentialHistogram)?.dataPoints ?? []);
  points.forEach((point, index) => {
    if (lists[index]!.length === 0) return;
    point.exemplars = lists[index]!.map(({ timeMillis, value, traceId, spanId }) => ({
      timeUnixNano: String(nanosOf(timeMillis)),
      asDouble: value,
      ...(traceId !== undefined && { traceId, spanId }),
    }));
  });
  return new TextEncoder().encode(JSON.stringify(parsed));
}
