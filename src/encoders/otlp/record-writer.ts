/**
 * A shaped frame → an OTLP log record, without an object in between: the constant parts come from the plan of its shape, values are copied from the ring in
 * units of eight bytes. The form is that of record.ts.
 */

import { firstSlotUnit, inlineUnits, slotTag, traceUnit } from '../../codec/frames.ts';
import { SAMPLED_BIT, scopeIdIn, TRACE_BIT, UNITS_MASK } from '../../codec/head-word.ts';
import {
  REDACTED_TEXT,
  TAG_FALSE,
  TAG_NUMBER,
  TAG_REDACTED,
  TAG_TEXT,
  TAG_TEXT_ID,
  TAG_TRUE,
  TAG_VALUE,
} from '../../codec/layout.ts';
import type { FrameSource, LaneContext } from '../encoder.ts';
import { PlanCache } from '../plan-cache.ts';
import { type Segment, textSegment, writeSegment, writeUnits } from '../segment.ts';
import { SequenceRun } from '../sequence-run.ts';
import { TextSegments } from '../text/segments.ts';
import type { OtlpField } from './field.ts';
import { writeBooleanAttribute, writeEmptyAttribute, writeTextAttributeHead, writeTextHead } from './fields.ts';
import { NestedOtlp } from './nested.ts';
import { AUDIT_NUMBER, EVENT_NAME, makeOtlpPlan, type OtlpPlan } from './plan.ts';
import {
  ATTRIBUTE_VALUE,
  RECORD_ATTRIBUTE,
  RECORD_BODY,
  RECORD_EVENT_NAME,
  RECORD_FLAGS,
  RECORD_OBSERVED_TIME,
  RECORD_SPAN_ID,
  RECORD_TIME,
  RECORD_TRACE_ID,
  SCOPE_LOGS_RECORD,
  VALUE_STRING,
} from './tags.ts';
import { isInt64, lengthBytes, PATCHED_BYTES, patchLength, varintBytes, writePaddedVarint, writeVarint } from './varint.ts';

/** In place of a position: the output is too full. */
export const NO_ROOM = -1;

const REDACTED = textSegment(REDACTED_TEXT);

export class OtlpRecordWriter {
  readonly #source: FrameSource;
  readonly #context: LaneContext;
  readonly #isAudit: boolean;
  /** Most bytes that a unit of a frame becomes. An audit record has its message three times. */
  readonly #bytesPerUnit: number;
  readonly #plans: PlanCache<OtlpPlan>;
  readonly #texts: TextSegments;
  readonly #sequence: SequenceRun;
  readonly #nested: NestedOtlp;

  constructor(source: FrameSource, context: LaneContext) {
    const { definitions } = source;
    this.#source = source;
    this.#context = context;
    this.#nested = new NestedOtlp(source.bytes);
    this.#isAudit = context.lane === 'audit';
    this.#bytesPerUnit = this.#isAudit ? 24 : 8;
    this.#sequence = new SequenceRun(context.sequenceOf);
    this.#texts = new TextSegments(definitions, (text) => text);
    this.#plans = new PlanCache((kindBits, shapeId) => {
      const scope = definitions.scope(scopeIdIn(kindBits));
      return makeOtlpPlan({ kindBits, shapeId }, definitions.shape(shapeId), scope, context);
    });
  }

  /** To be called before a run of frames that begins with the one at `unit`. */
  start(unit: number): void {
    this.#sequence.start(this.#source.words[unit * 2 + 4]);
  }

  /** Ids have got new meanings. */
  clear(): void {
    this.#plans.clear();
    this.#texts.clear();
  }

  find(head: number, shapeId: number): OtlpPlan {
    return this.#plans.find(head, shapeId);
  }

  /** Bytes that a record takes at most, if texts behind ids are short and values not nested: those may take more. */
  estimate(head: number, plan: OtlpPlan): number {
    return plan.mostBytes + (head & UNITS_MASK) * this.#bytesPerUnit;
  }

  /** Writes the frame at `unit` as a field of ScopeLogs; returns where it ends, or {@link NO_ROOM}. Touches nothing from `limit` on. */
  write(view: DataView, start: number, limit: number, unit: number, plan: OtlpPlan): number {
    const { words, nanos } = this.#source;
    const head = words[unit * 2];
    // The room that is left if every part has its greatest length. Texts behind ids and nested values are subtracted as they come.
    const spare = limit - start - this.estimate(head, plan);
    if (spare < 0) return NO_ROOM;

    const time = BigInt.asIntN(64, nanos[unit + 1] + this.#context.clock.offsetNanos);
    let at = start + PATCHED_BYTES;
    view.setUint8(at, RECORD_TIME);
    view.setBigInt64(at + 1, time, true);
    view.setUint8(at + 9, RECORD_OBSERVED_TIME);
    view.setBigInt64(at + 10, time, true);
    at = writeSegment(view, at + 18, plan.constant);
    if (this.#isAudit) at = writeNumber(view, at, AUDIT_NUMBER, this.#sequence.of(words[unit * 2 + 4]));
    at = this.#writeFields(view, at, spare, unit, plan);
    if (at === NO_ROOM) return NO_ROOM;
    if ((head & TRACE_BIT) !== 0) at = this.#writeTrace(view, at, traceUnit(unit, head), (head & SAMPLED_BIT) !== 0);
    patchLength(view, start, SCOPE_LOGS_RECORD, at);
    return at;
  }

  /** The message, if it travels in the frame, and the fields. A method of its own so that the compiler spends its budget of inlining on this loop. */
  #writeFields(view: DataView, start: number, room: number, unit: number, plan: OtlpPlan): number {
    const { words, doubles, nanos } = this.#source;
    const { fields } = plan;
    let at = start;
    let spare = room;
    let slot = plan.inlineMessage ? 1 : 0;
    const slots = fields.length + slot;
    let slotUnit = firstSlotUnit(unit, slots);
    let inline = slotUnit + slots;
    if (plan.inlineMessage) {
      const length = words[slotUnit++ * 2];
      at = this.#writeMessage(view, at, inline, length);
      inline += inlineUnits(length);
    }
    for (let i = 0; i < fields.length; i++, slot++, slotUnit++) {
      const field = fields[i];
      const tag = slotTag(words, unit, slot);
      if (field === undefined) {
        if (tag === TAG_TEXT || tag === TAG_VALUE) inline += inlineUnits(words[slotUnit * 2]);
        continue;
      }
      switch (tag) {
        case TAG_NUMBER:
          at = writeNumber(view, at, field, doubles[slotUnit]);
          break;
        case TAG_TEXT: {
          const length = words[slotUnit * 2];
          at = writeUnits(view, writeTextAttributeHead(view, at, field.key, length), nanos, inline, length);
          inline += inlineUnits(length);
          break;
        }
        case TAG_TEXT_ID: {
          const id = words[slotUnit * 2];
          const attribute = field.text(id);
          const text = attribute ?? this.#texts.find(id);
          spare -= text.length;
          if (spare < 0) return NO_ROOM;
          if (attribute !== undefined) at = writeSegment(view, at, attribute);
          else {
            field.keep(id, text);
            at = writeText(view, at, field, text);
          }
          break;
        }
        case TAG_REDACTED:
          spare -= REDACTED.length;
          if (spare < 0) return NO_ROOM;
          at = writeText(view, at, field, REDACTED);
          break;
        case TAG_TRUE:
        case TAG_FALSE:
          at = writeBooleanAttribute(view, at, field.key, tag === TAG_TRUE);
          break;
        case TAG_VALUE: {
          const bytes = words[slotUnit * 2];
          const from = at;
          at = this.#writeNested(view, at, field.key, inline * 8, bytes, at + spare + bytes);
          if (at < 0) return NO_ROOM;
          // The frame's units count for what a value of its length takes.
          spare -= Math.max(0, at - from - field.key.length - bytes);
          inline += inlineUnits(bytes);
          break;
        }
        default:
          at = writeEmptyAttribute(view, at, field.key);
      }
    }
    return at;
  }

  /** An attribute with a nested value of `bytes` bytes, not beyond `limit`. */
  #writeNested(view: DataView, start: number, key: Segment, from: number, bytes: number, limit: number): number {
    // The attribute takes about as many bytes as the value does in its frame. To move it for a longer length takes as long as to write it.
    const guess = lengthBytes(bytes + key.length);
    view.setUint8(start, RECORD_ATTRIBUTE);
    const first = start + 1 + guess;
    const end = this.#nested.write(view, writeSegment(view, first, key) - 1, ATTRIBUTE_VALUE, from, limit);
    if (end < 0) return NO_ROOM;
    const length = end - first;
    const extra = Math.max(0, varintBytes(length) - guess);
    if (extra > 0) {
      if (end + extra > limit) return NO_ROOM;
      new Uint8Array(view.buffer, view.byteOffset).copyWithin(first + extra, first, end);
    }
    writePaddedVarint(view, start + 1, length, guess + extra);
    return end + extra;
  }

  /** Body, and for audit records event name, from a message that travels in the frame. */
  #writeMessage(view: DataView, start: number, unit: number, length: number): number {
    const { nanos } = this.#source;
    let at = writeTextHead(view, start, RECORD_BODY, 1 + varintBytes(length) + length);
    at = writeUnits(view, writeTextHead(view, at, VALUE_STRING, length), nanos, unit, length);
    if (!this.#isAudit) return at;
    at = writeUnits(view, writeTextAttributeHead(view, at, EVENT_NAME, length), nanos, unit, length);
    return writeUnits(view, writeTextHead(view, at, RECORD_EVENT_NAME, length), nanos, unit, length);
  }

  #writeTrace(view: DataView, at: number, unit: number, isSampled: boolean): number {
    const { nanos } = this.#source;
    view.setUint8(at, RECORD_TRACE_ID);
    view.setUint8(at + 1, 16);
    at = writeUnits(view, at + 2, nanos, unit, 16);
    view.setUint8(at, RECORD_SPAN_ID);
    view.setUint8(at + 1, 8);
    at = writeUnits(view, at + 2, nanos, unit + 2, 8);
    if (!isSampled) return at;
    view.setUint8(at, RECORD_FLAGS);
    view.setUint32(at + 1, 1, true);
    return at + 5;
  }
}

function writeNumber(view: DataView, start: number, field: OtlpField, value: number): number {
  const integerBytes = isInt64(value) ? varintBytes(value) : 0;
  const at = writeSegment(view, start, field.numberHead(integerBytes));
  if (integerBytes > 0) return writeVarint(view, at, value);
  view.setFloat64(at, value, true);
  return at + 8;
}

function writeText(view: DataView, start: number, { key }: OtlpField, { length, units }: Segment): number {
  return writeUnits(view, writeTextAttributeHead(view, start, key, length), units, 0, length);
}
