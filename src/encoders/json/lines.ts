/**
 * Frames → JSON lines, one a record:
 *
 * ```
 * {"time":"2026-11-23T12:34:56.123456789Z","level":"info","logger":"…","msg":"…","tags":[…],context…,fields…,"trace_id":"…","span_id":"…","seq":7}
 * {"time":"2026-11-23T12:34:56.123456789Z","audit_seq":3,"event":"order_placed","run":"…","logger":"…",context…,fields…,"seq":3}
 * ```
 *
 * docs/output-formats.md is the reference. The constant parts come from the plan of the frame's shape; the rest is written straight from the ring's bytes.
 * Frames that are not plain records (objects, losses) go through record.ts.
 */
import { decodeFrame } from '../../codec/decode.ts';
import { firstSlotUnit, inlineUnits, slotTag, traceUnit } from '../../codec/frames.ts';
import { scopeIdIn, TRACE_BIT, UNITS_MASK } from '../../codec/head-word.ts';
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
import { writeInteger, writeNumber } from '../digits.ts';
import type { Encoder, FrameSource, LaneContext, Output } from '../encoder.ts';
import { writeHex } from '../hex.ts';
import { PlanCache } from '../plan-cache.ts';
import { SEGMENT_SLACK, type Segment, textSegment, writeSegment } from '../segment.ts';
import { SequenceRun } from '../sequence-run.ts';
import { TextSegments } from '../text/segments.ts';
import { isoSeconds, TimestampWriter } from '../timestamp.ts';
import { NestedJson } from './nested.ts';
import { type JsonPlan, makeJsonPlan } from './plan.ts';
import { jsonLine } from './record.ts';
import { ESCAPE_BYTES, jsonText, writeJsonText } from './text.ts';
import { jsonNumber } from './value.ts';

/** Returned in place of a position when the output is too full. */
const NO_ROOM = -1;

/** Most bytes that a unit of a frame becomes: eight characters, each escaped. Numbers and words stay below it. */
const BYTES_PER_UNIT = 8 * ESCAPE_BYTES;

/** Less than this part of an output may stay empty. */
const REST_SHARE = 32;

/** Most bytes of the parts of every line that are in no plan: time, trace id, span id, two sequences, and the slack of copies. */
const FRAMING_BYTES = 40 + 70 + 50 + SEGMENT_SLACK;

const TRUE = textSegment('true');
const FALSE = textSegment('false');
const NULL = textSegment('null');
const REDACTED = textSegment(jsonText(REDACTED_TEXT));
const TRACE_ID = textSegment(',"trace_id":"');
const SPAN_ID = textSegment('","span_id":"');
const SEQUENCE = textSegment(',"seq":');
const QUOTE = 0x22;
/** `}` and newline, little-endian. */
const LINE_END = 0x0a7d;

export class JsonLinesEncoder implements Encoder {
  readonly #source: FrameSource;
  readonly #context: LaneContext;
  readonly #instanceId: string;
  readonly #plans: PlanCache<JsonPlan>;
  readonly #texts: TextSegments;
  readonly #time: TimestampWriter;
  readonly #sequence: SequenceRun;
  readonly #nested: NestedJson;
  #turns: number;

  /** `instanceId` is written as `run` in audit lines, and where the context asks for it: audit numbers count within one run of the program. */
  constructor(source: FrameSource, context: LaneContext, instanceId: string) {
    const { definitions } = source;
    this.#source = source;
    this.#context = context;
    this.#instanceId = instanceId;
    this.#turns = definitions.turns;
    this.#nested = new NestedJson(source.bytes);
    this.#texts = new TextSegments(definitions, jsonText);
    this.#time = new TimestampWriter(source, context.clock, (unixSeconds) => textSegment(`{"time":"${isoSeconds(unixSeconds)}.`));
    this.#sequence = new SequenceRun(context.sequenceOf);
    this.#plans = new PlanCache((kindBits, shapeId) => {
      const scope = definitions.scope(scopeIdIn(kindBits));
      return makeJsonPlan({ kindBits, shapeId }, definitions.shape(shapeId), scope, context, instanceId);
    });
  }

  encode(frames: Int32Array, from: number, to: number, output: Output): number {
    if (from < to) this.#prepare(frames[from]);
    const { words } = this.#source;
    let at = output.position;
    let i = from;
    for (; i < to; i++) {
      const unit = frames[i];
      const kind = words[unit * 2 + 1];
      let end = kind < 0 ? NO_ROOM : this.#writeLine(output.view, at, output.limit, unit, kind);
      if (end === NO_ROOM) {
        // The rest of an output is not worth an exact length of each of the last few records.
        if (kind >= 0 && i > from && (output.limit - at) * REST_SHARE < output.limit) break;
        // A record that may not fit by its estimate is encoded the slow way, by its exact length.
        end = this.#writeDecoded(output, at, unit);
      }
      if (end === NO_ROOM) break;
      at = end;
    }
    output.position = at;
    return i;
  }

  #prepare(firstUnit: number): void {
    this.#time.refresh();
    this.#sequence.start(this.#source.words[firstUnit * 2 + 4]);
    if (this.#turns === this.#source.definitions.turns) return;
    this.#turns = this.#source.definitions.turns;
    this.#plans.clear();
    this.#texts.clear();
  }

  #writeLine(view: DataView, start: number, limit: number, unit: number, shapeId: number): number {
    const { words } = this.#source;
    const head = words[unit * 2];
    const plan = this.#plans.find(head, shapeId);
    // The room that is left if every part of the line has its greatest length. Texts behind ids, whose length is not in the frame, are subtracted as they come.
    const spare = limit - start - plan.constantBytes - (head & UNITS_MASK) * BYTES_PER_UNIT - FRAMING_BYTES;
    if (spare < 0) return NO_ROOM;

    const sequence = this.#sequence.of(words[unit * 2 + 4]);
    let at = writeSegment(view, this.#time.write(view, start, unit), plan.opening);
    if (plan.afterAuditNumber !== undefined) at = writeSegment(view, writeInteger(view, at, sequence), plan.afterAuditNumber);
    at = this.#writeFields(view, at, spare, unit, plan);
    if (at === NO_ROOM) return NO_ROOM;
    if ((head & TRACE_BIT) !== 0) at = this.#writeTrace(view, at, traceUnit(unit, head) * 8);
    at = writeInteger(view, writeSegment(view, at, SEQUENCE), sequence);
    view.setUint16(at, LINE_END, true);
    return at + 2;
  }

  /** The message, if it travels in the frame, and the fields. A method of its own so that the compiler spends its budget of inlining on this loop. */
  #writeFields(view: DataView, start: number, room: number, unit: number, plan: JsonPlan): number {
    const { words, doubles } = this.#source;
    const { keys, afterMessage } = plan;
    let at = start;
    let spare = room;
    let slot = afterMessage === undefined ? 0 : 1;
    const slots = keys.length + slot;
    let slotUnit = firstSlotUnit(unit, slots);
    let inline = slotUnit + slots;
    if (afterMessage !== undefined) {
      const length = words[slotUnit++ * 2];
      at = writeSegment(view, writeJsonText(view, at, this.#source, inline, length), afterMessage);
      inline += inlineUnits(length);
    }
    for (let i = 0; i < keys.length; i++, slot++, slotUnit++) {
      const key = keys[i];
      const tag = slotTag(words, unit, slot);
      if (key === undefined) {
        if (tag === TAG_TEXT || tag === TAG_VALUE) inline += inlineUnits(words[slotUnit * 2]);
        continue;
      }
      at = writeSegment(view, at, key);
      let constant: Segment;
      switch (tag) {
        case TAG_NUMBER: {
          const value = doubles[slotUnit];
          if (value - value === 0) {
            at = writeNumber(view, at, value);
            continue;
          }
          constant = textSegment(jsonNumber(value));
          break;
        }
        case TAG_TEXT: {
          const length = words[slotUnit * 2];
          at = writeJsonText(view, at, this.#source, inline, length);
          inline += inlineUnits(length);
          continue;
        }
        case TAG_TEXT_ID:
          constant = this.#texts.find(words[slotUnit * 2]);
          break;
        case TAG_TRUE:
          constant = TRUE;
          break;
        case TAG_FALSE:
          constant = FALSE;
          break;
        case TAG_REDACTED:
          constant = REDACTED;
          break;
        case TAG_VALUE: {
          at = this.#nested.write(view, at, inline * 8, spare);
          if (at < 0) return NO_ROOM;
          spare -= this.#nested.beyond;
          inline += inlineUnits(words[slotUnit * 2]);
          continue;
        }
        default:
          constant = NULL;
      }
      spare -= constant.length;
      if (spare < 0) return NO_ROOM;
      at = writeSegment(view, at, constant);
    }
    return at;
  }

  #writeTrace(view: DataView, start: number, from: number): number {
    const { bytes } = this.#source;
    let at = writeHex(view, writeSegment(view, start, TRACE_ID), bytes, from, 16);
    at = writeHex(view, writeSegment(view, at, SPAN_ID), bytes, from + 16, 8);
    view.setUint8(at, QUOTE);
    return at + 1;
  }

  #writeDecoded(output: Output, at: number, unit: number): number {
    const { clock, ...context } = this.#context;
    const record = decodeFrame(this.#source, unit, { ...context, offsetNanos: clock.offsetNanos });
    const line = Buffer.from(jsonLine(record, this.#instanceId, this.#context.showsRun));
    if (line.length > output.limit - at) return NO_ROOM;
    output.bytes.set(line, at);
    return at + line.length;
  }
}
