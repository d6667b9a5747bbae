/**
 * Our records as the OpenTelemetry SDK's `ReadableLogRecord`, for its exporters and others.
 *
 * Values of the SDK's `AnyValue` stay as they are: texts, numbers, booleans, null, bytes (`Uint8Array`), arrays and nested maps. Its serializers would drop two
 * kinds without a message:
 *
 * | value | arrives as |
 * |---|---|
 * | bigint within ±2^53 | the number |
 * | bigint beyond | the text of its digits |
 * | NaN, ±Infinity and integers from ±2^63 on, with `numbers: 'json'` | text: JSON has no such numbers, and a collector refuses the whole request for one of them |
 */
import type { AnyValue, Attributes, HrTime } from '@opentelemetry/api';
import type { InstrumentationScope } from '@opentelemetry/core';
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { LogRecordData } from '../../contract/backend.ts';

/** Scopes remembered, so that records of one logger share one scope object, which exporters group by. */
const MAX_SCOPES = 4_096;

const NANOS_PER_SECOND = 1_000_000_000n;
const MAX_INT64 = 2 ** 63;

export interface ReadableRecordsOptions {
  /** Resource attributes of records that bring none of their own. */
  readonly resource: Readonly<Record<string, unknown>>;
  /** `json`: for exporters that write JSON. Default `all`. */
  readonly numbers?: 'all' | 'json';
}

export class ReadableRecords {
  readonly #resource: Resource;
  readonly #jsonNumbers: boolean;
  readonly #resources = new WeakMap<object, Resource>();
  readonly #scopes = new Map<string, InstrumentationScope>();

  constructor({ resource, numbers = 'all' }: ReadableRecordsOptions) {
    this.#jsonNumbers = numbers === 'json';
    this.#resource = this.#makeResource(resource);
  }

  from(record: LogRecordData): ReadableLogRecord {
    const { traceId, spanId, traceFlags = 0, eventName, resource } = record;
    return {
      hrTime: hrTime(record.timeUnixNanos),
      hrTimeObserved: hrTime(record.observedTimeUnixNanos),
      severityNumber: record.severityNumber,
      severityText: record.severityText,
      body: this.#value(record.body),
      ...(eventName !== undefined && { eventName }),
      ...(traceId !== undefined && spanId !== undefined && { spanContext: { traceId, spanId, traceFlags } }),
      resource: resource === undefined ? this.#resource : this.#resourceFor(resource),
      instrumentationScope: this.#scopeFor(record.loggerName, record.loggerVersion),
      attributes: this.#attributes(record),
      droppedAttributesCount: record.droppedAttributesCount ?? 0,
    };
  }

  #attributes({ tags, attributes }: LogRecordData): Attributes {
    const all = tags.length === 0 ? attributes : Object.assign(Object.create(null), { tags }, attributes);
    return this.#map(all) as Attributes;
  }

  #value(value: unknown): AnyValue {
    switch (typeof value) {
      case 'number':
        return this.#jsonNumbers && !(Math.abs(value) < MAX_INT64 || (Number.isFinite(value) && !Number.isInteger(value)))
          ? String(value)
          : value;
      case 'bigint':
        return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
      case 'object':
        if (value === null || value instanceof Uint8Array) return value;
        return Array.isArray(value) ? value.map((item) => this.#value(item)) : this.#map(value as Record<string, unknown>);
      default:
        return value as AnyValue;
    }
  }

  #map(map: Readonly<Record<string, unknown>>): Record<string, AnyValue> {
    // Without prototype: a key `__proto__` is a key like any other.
    const copy: Record<string, AnyValue> = Object.create(null);
    for (const key of Object.keys(map)) copy[key] = this.#value(map[key]);
    return copy;
  }

  #scopeFor(name: string, version: string | undefined): InstrumentationScope {
    const key = version === undefined ? name : `${name}\n${version}`;
    let scope = this.#scopes.get(key);
    if (scope === undefined) {
      if (this.#scopes.size >= MAX_SCOPES) this.#scopes.clear();
      scope = version === undefined ? { name } : { name, version };
      this.#scopes.set(key, scope);
    }
    return scope;
  }

  #resourceFor(attributes: object): Resource {
    let resource = this.#resources.get(attributes);
    if (resource === undefined) {
      resource = this.#makeResource(attributes as Record<string, unknown>);
      this.#resources.set(attributes, resource);
    }
    return resource;
  }

  /** The SDK's resources take scalars and arrays of one kind of them; anything else becomes JSON text. */
  #makeResource(attributes: Readonly<Record<string, unknown>>): Resource {
    const simple: Attributes = {};
    for (const [key, value] of Object.entries(this.#map(attributes)))
      simple[key] = isSimple(value) ? value : JSON.stringify(value);
    return resourceFromAttributes(simple);
  }
}

function isSimple(value: AnyValue): boolean {
  if (!Array.isArray(value)) return value === null || typeof value !== 'object';
  return value.every((item) => typeof item === typeof value[0] && (item === null || typeof item !== 'object'));
}

function hrTime(unixNanos: bigint): HrTime {
  return [Number(unixNanos / NANOS_PER_SECOND), Number(unixNanos % NANOS_PER_SECOND)];
}
