/**
 * Frames → lines for people:
 *
 * ```
 * 12:34:56.123 INFO  exchange.mexc.private.ws order placed                 symbol=BTCUSDT qty=0.5 note="two words" latency=1.235ms
 * 2026-11-23 12:34:56.123 +01:00 ERROR …
 * ```
 *
 * docs/output-formats.md is the reference. A record takes one line; only the stack of an error stands below it, indented. Times are local.
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
  TAG_UNDEFINED,
  TAG_VALUE,
} from '../../codec/layout.ts';
import { decodeValue, VALUE_ARRAY, VALUE_MAP, VALUE_NUMBERS, VALUE_TEXTS } from '../../codec/values/value.ts';
import { writeNumber } from '../digits.ts';
import { durationText } from '../durations.ts';
import type { Encoder, FrameSource, LaneContext, Output } from '../encoder.ts';
import { writeHex } from '../hex.ts';
import { NestedJson } from '../json/nested.ts';
import { ESCAPE_BYTES, writeJsonText } from '../json/text.ts';
import { localSeconds, utcOffset } from '../local-time.ts';
import { PlanCache } from '../plan-cache.ts';
import { ScratchText } from '../scratch-text.ts';
import { SEGMENT_SLACK, type Segment, textSegment, writeSegment, writeUnits } from '../segment.ts';
import { TimestampWriter } from '../timestamp.ts';
import { bareOrQuoted, fieldText, SOH_ESCAPED } from './parts.ts';
import { makeTextPlan, type TextKey, type TextPlan } from './plan.ts';
import { textLine } from './record.ts';
import { TextSegments } from './segments.ts';
import { MESSAGE_COLUMNS, type TextLinesOptions, textStyle } from './style.ts';

/** Returned in place of a position when the output is too full, or the frame needs the slow way. */
const NO_ROOM = -1;

/** Most bytes that a unit of a frame becomes: eight characters, each escaped. Numbers, durations and words stay below it. */
const BYTES_PER_UNIT = 8 * ESCAPE_BYTES;

/** Most bytes of the parts of every line that are in no plan: time, filling, trace id, colours, and the slack of copies. */
const FRAMING_BYTES = 50 + MESSAGE_COLUMNS + 50 + 20 + SEGMENT_SLACK;

const WORDS: Readonly<Record<number, Segment>> = {
  [TAG_TRUE]: textSegment('true'),
  [TAG_FALSE]: textSegment('false'),
  [TAG_UNDEFINED]: textSegment('undefined'),
  [TAG_REDACTED]: textSegment(bareOrQuoted(REDACTED_TEXT)),
};
const NULL = textSegment('null');
const TRACE_ID = textSegment(' trace_id=');
const SPACE = 0x20;

/** Digits of the nine behind the point that are shown. */
const SHOWN_DIGITS = 3;

export class TextLinesEncoder implements Encoder {
  readonly #source: FrameSource;
  readonly #context: LaneContext;
  readonly #options: TextLinesOptions;
  readonly #plans: PlanCache<TextPlan>;
  readonly #texts: TextSegments;
  readonly #time: TimestampWriter;
  readonly #scratch = new ScratchText();
  readonly #nested: NestedJson;
  /** Offset from UTC in the second at hand, if it is shown. */
  #zone = textSegment('');
  readonly #lineEnd: Segment;
  readonly #lineEndWithFields: Segment;
  #turns: number;

  constructor(source: FrameSource, context: LaneContext, options: TextLinesOptions) {
    const { definitions } = source;
    const style = textStyle(options.colored);
    this.#source = source;
    this.#context = context;
    this.#options = options;
    this.#turns = definitions.turns;
    this.#nested = new NestedJson(source.bytes);
    this.#texts = new TextSegments(definitions, bareOrQuoted);
    this.#lineEnd = textSegment('\n');
    this.#lineEndWithFields = textSegment(`${style.reset}\n`);
    this.#time = new TimestampWriter(source, context.clock, (unixSeconds) => {
      if (options.date) this.#zone = textSegment(` ${utcOffset(unixSeconds)}`);
      return textSegment(`${style.dim}${localSeconds(unixSeconds, options.date)}.`);
    });
    this.#plans = new PlanCache((kindBits, shapeId) => {
      const scope = definitions.scope(scopeIdIn(kindBits));
      return makeTextPlan({ kindBits, shapeId }, definitions.shape(shapeId), scope, context, style);
    });
  }

  encode(frames: Int32Array, from: number, to: number, output: Output): number {
    this.#prepare();
    const { words } = this.#source;
    let at = output.position;
    let i = from;
    for (; i < to; i++) {
      const unit = frames[i];
      const kind = words[unit * 2 + 1];
      let end = kind < 0 ? NO_ROOM : this.#writeLine(output.view, at, output.limit, unit, kind);
      if (end === NO_ROOM) end = this.#writeDecoded(output, at, unit);
      if (end === NO_ROOM) break;
      at = end;
    }
    output.position = at;
    return i;
  }

  #prepare(): void {
    this.#time.refresh();
    if (this.#turns === this.#source.definitions.turns) return;
    this.#turns = this.#source.definitions.turns;
    this.#plans.clear();
    this.#texts.clear();
  }

  #writeLine(view: DataView, start: number, limit: number, unit: number, shapeId: number): number {
    const { words, doubles, bytes } = this.#source;
    const head = words[unit * 2];
    const plan = this.#plans.find(head, shapeId);
    const hasTrace = (head & TRACE_BIT) !== 0;
    if (plan.hasStack || (hasTrace && !plan.hasFields)) return NO_ROOM;
    // The room that is left if every part of the line has its greatest length; texts of unknown length are subtracted as they come.
    let spare = limit - start - plan.constantBytes - (head & UNITS_MASK) * BYTES_PER_UNIT - FRAMING_BYTES;
    if (spare < 0) return NO_ROOM;

    let at = this.#time.write(view, start, unit) - 9 + SHOWN_DIGITS;
    at = writeSegment(view, writeSegment(view, at, this.#zone), plan.opening);
    const { keys } = plan;
    let slot = plan.afterMessage === undefined ? 0 : 1;
    const slots = keys.length + slot;
    let slotUnit = firstSlotUnit(unit, slots);
    let inline = slotUnit + slots;
    if (plan.afterMessage !== undefined) {
      const length = words[slotUnit++ * 2];
      if (!isPrintable(bytes, inline * 8, length)) return NO_ROOM;
      const end = writeUnits(view, at, this.#source.nanos, inline, length);
      at = writeSegment(view, plan.hasFields ? fill(view, end, at + MESSAGE_COLUMNS) : end, plan.afterMessage);
      inline += inlineUnits(length);
    }

    for (let i = 0; i < keys.length; i++, slot++, slotUnit++) {
      const key = keys[i];
      const tag = slotTag(words, unit, slot);
      if (key === undefined) {
        if (tag === TAG_TEXT || tag === TAG_VALUE) inline += inlineUnits(words[slotUnit * 2]);
        continue;
      }
      if (tag === TAG_NUMBER) {
        at = writeNumberField(view, at, key, doubles[slotUnit]);
        continue;
      }
      if (tag === TAG_VALUE) {
        const end = this.#writeNested(view, at, key.plain, inline * 8, spare);
        if (end !== NO_ROOM) {
          spare -= this.#nested.beyond;
          at = end;
          inline += inlineUnits(words[slotUnit * 2]);
          continue;
        }
        const length = this.#scratch.set(fieldText(key.name, decodeValue(bytes, inline * 8)));
        spare -= length;
        if (spare < 0) return NO_ROOM;
        at = writeUnits(view, at, this.#scratch.units, 0, length);
        inline += inlineUnits(words[slotUnit * 2]);
        continue;
      }
      at = writeSegment(view, at, key.plain);
      let constant: Segment;
      switch (tag) {
        case TAG_TEXT: {
          const length = words[slotUnit * 2];
          at = this.#writeText(view, at, inline, length);
          inline += inlineUnits(length);
          continue;
        }
        case TAG_TEXT_ID:
          constant = this.#texts.find(words[slotUnit * 2]);
          break;
        default:
          constant = WORDS[tag] ?? NULL;
      }
      spare -= constant.length;
      if (spare < 0) return NO_ROOM;
      at = writeSegment(view, at, constant);
    }
    if (hasTrace) at = writeHex(view, writeSegment(view, at, TRACE_ID), bytes, traceUnit(unit, head) * 8, 16);
    return writeSegment(view, at, plan.hasFields ? this.#lineEndWithFields : this.#lineEnd);
  }

  /** An array or a map, from bytes to bytes; {@link NO_ROOM}: it is neither, or contains SOH, or needs the slow way. */
  #writeNested(view: DataView, start: number, key: Segment, from: number, spare: number): number {
    const kind = this.#source.bytes[from];
    if (kind !== VALUE_ARRAY && kind !== VALUE_MAP && kind !== VALUE_NUMBERS && kind !== VALUE_TEXTS) return NO_ROOM;
    const at = writeSegment(view, start, key);
    const end = this.#nested.write(view, at, from, spare);
    if (end < 0) return NO_ROOM;
    return Buffer.from(view.buffer, view.byteOffset + at, end - at).includes(SOH_ESCAPED) ? NO_ROOM : end;
  }

  #writeText(view: DataView, at: number, unit: number, length: number): number {
    const { bytes, nanos } = this.#source;
    if (isBare(bytes, unit * 8, length)) return writeUnits(view, at, nanos, unit, length);
    if (!holdsSoh(bytes, unit * 8, length)) return writeJsonText(view, at, this.#source, unit, length);
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + unit * 8, length).toString('utf8');
    const shown = this.#scratch.set(bareOrQuoted(text));
    return writeUnits(view, at, this.#scratch.units, 0, shown);
  }

  #writeDecoded(output: Output, at: number, unit: number): number {
    const { clock, ...context } = this.#context;
    const record = decodeFrame(this.#source, unit, { ...context, offsetNanos: clock.offsetNanos });
    const line = Buffer.from(textLine(record, this.#options));
    if (line.length > output.limit - at) return NO_ROOM;
    output.bytes.set(line, at);
    return at + line.length;
  }
}

function writeNumberField(view: DataView, at: number, { plain, duration }: TextKey, value: number): number {
  const text = duration && durationText(value * duration.nanosPerUnit);
  if (duration === undefined || text === undefined) return writeNumber(view, writeSegment(view, at, plain), value);
  return writeSegment(view, writeSegment(view, at, duration.label), textSegment(text));
}

/** Blanks up to `column`. */
function fill(view: DataView, at: number, column: number): number {
  for (; at < column; at++) view.setUint8(at, SPACE);
  return at;
}

function isPrintable(bytes: Uint8Array, from: number, length: number): boolean {
  for (let i = from; i < from + length; i++) if (bytes[i] < SPACE || bytes[i] > 0x7e) return false;
  return true;
}

/** As `bareOrQuoted` decides. */
function isBare(bytes: Uint8Array, from: number, length: number): boolean {
  for (let i = from; i < from + length; i++) if (BARE[bytes[i]] === 0) return false;
  return length > 0;
}

/** The control character that ends the fields of FIX. */
function holdsSoh(bytes: Uint8Array, from: number, length: number): boolean {
  for (let i = from; i < from + length; i++) if (bytes[i] === 1) return true;
  return false;
}

const BARE = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x80 && bareOrQuoted(String.fromCharCode(byte)).length === 1 ? 1 : 0,
);
