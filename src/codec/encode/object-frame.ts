/**
 * Records that fit no shape → OBJECT frames, which refer to no definition: records in OpenTelemetry's own terms, keys that have no definition, scopes for which
 * the dictionary has no room.
 */
import type { Scope } from '../../record.ts';
import { TRACE_BIT, UNITS_MASK } from '../head-word.ts';
import { HEADER_UNITS, KIND_OBJECT, OBJECT_ELEMENTS, TRACE_UNITS } from '../layout.ts';
import { type Span, shrinkSpans } from '../values/shrink.ts';
import { VALUE_ARRAY } from '../values/value.ts';
import type { ValueParts } from '../values/value-parts.ts';
import type { FrameMemory } from './frame-memory.ts';
import { type Final, REFUSED, WRITTEN } from './outcome.ts';

/** A record in OpenTelemetry's terms, for callers who use its API directly. */
export interface OpenRecord {
  readonly severityNumber?: number | undefined;
  readonly severityText?: string | undefined;
  readonly body?: unknown;
  readonly eventName?: string | undefined;
  readonly attributes?: object | undefined;
  /** The error that the record is about, when it does not stand among the attributes. */
  readonly error?: Error;
  /** Attributes that the record had beside those. */
  readonly droppedAttributesCount?: number;
  readonly timeUnixNanos?: bigint | undefined;
  readonly observedTimeUnixNanos?: bigint | undefined;
  readonly trace?: { readonly traceId: string; readonly spanId: string; readonly traceFlags: number } | undefined;
  /** The record's context is in `trace`, or it has none: the active one does not count. */
  readonly withoutContext?: boolean;
}

/** Bytes of a record kept for the parts behind its fields. */
const TRAILER_BYTES = 1_024;

export class ObjectFrames {
  readonly #frames: FrameMemory;
  readonly #parts: ValueParts;
  readonly #maxBytes: number;

  constructor(frames: FrameMemory, parts: ValueParts, maxBytes: number) {
    this.#frames = frames;
    this.#parts = parts;
    this.#maxBytes = maxBytes;
  }

  /** `scope`: of a logger whose scope found no room in the dictionary. `beyond`: bytes that this record may take more than others. */
  write(record: OpenRecord, head: number, scope?: Scope, beyond = 0): Final {
    const { values } = this.#parts;
    const all = this.#maxBytes + beyond - TRAILER_BYTES;
    // A scope that travels along may be as large as the record itself: half for each, then.
    const most = scope === undefined ? all : all / 2;
    const start = values.position;
    const outer = values.open(VALUE_ARRAY);
    const spans: Span[] = [];
    const part = (value: unknown) => {
      const at = values.begin(most);
      values.value(value ?? null);
      spans.push({ start: at, end: values.position });
    };
    part(record.severityNumber);
    part(record.severityText);
    part(record.body);
    part(record.eventName);
    const fields = this.#parts.fields(record.attributes, record.error, most);
    shrinkSpans(values, start, [...spans, ...fields.spans], most);
    const dropped = fields.dropped + (record.droppedAttributesCount ?? 0);
    values.begin(TRAILER_BYTES); // what follows is small, and must not be cut
    values.value(record.timeUnixNanos ?? null);
    values.value(record.observedTimeUnixNanos ?? null);
    values.value(record.trace === undefined ? null : [record.trace.traceId, record.trace.spanId, record.trace.traceFlags]);
    if (scope === undefined) values.value(null);
    else this.#parts.scope(scope, most);
    values.value(dropped);
    values.close(outer, OBJECT_ELEMENTS);

    const length = values.position - start;
    const traced = (head & TRACE_BIT) !== 0;
    const units = HEADER_UNITS + 1 + ((length + 7) >> 3) + (traced ? TRACE_UNITS : 0);
    // The budget of values keeps it below the longest frame. Should it be longer all the same, a claim of the whole ring is refused and counted.
    const { ring } = this.#frames;
    const p = this.#frames.claim(units > ring.maxUnits ? ring.capacity : units, head);
    if (p >= 0) {
      const { words, bytes } = ring;
      words[(p + HEADER_UNITS) * 2] = length;
      values.bytes.copy(bytes, (p + HEADER_UNITS + 1) * 8, start, start + length);
      if (traced) this.#frames.storeTrace(p + units - TRACE_UNITS);
      words[p * 2] = head | (units <= UNITS_MASK ? units : 0);
      words[p * 2 + 1] = KIND_OBJECT;
      words[p * 2 + 5] = units;
      this.#frames.seal(p, p + units);
    }
    values.position = start;
    return p < 0 ? REFUSED : WRITTEN;
  }

  /** A record whose keys have no definition: everything in one value. `dropped`: fields that were not read, because there are too many. */
  writeList(message: string, keys: readonly string[], values: readonly unknown[], head: number, dropped = 0, beyond = 0): Final {
    const attributes: Record<string, unknown> = Object.create(null);
    for (let i = 0; i < keys.length; i++) attributes[keys[i]] = values[i];
    return this.write({ body: message, attributes, droppedAttributesCount: dropped }, head, undefined, beyond);
  }
}
