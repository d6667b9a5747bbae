/**
 * A frame → a record as an object: the slow way, for backends that want objects and for everything the byte encoders leave to it. Lossless: docs/values.md
 * documents the form of each kind of value.
 */
import type { LogRecordData } from '../contract/backend.ts';
import { HftError } from '../errors.ts';
import { LOSS_REASONS } from '../health/counters.ts';
import { type Fields, LANES, type Lane, LEVELS, type Scope, SEVERITY_NUMBERS, SEVERITY_TEXTS } from '../record.ts';
import type { DictionaryReader } from './dictionary/dictionary-reader.ts';
import { firstSlotUnit, kindOf, levelRankOf, scopeIdOf, slotTag, unitsOf } from './frames.ts';
import { SAMPLED_BIT, TRACE_BIT } from './head-word.ts';
import {
  HEADER_UNITS,
  KIND_LOSS,
  KIND_OBJECT,
  lossLaneIn,
  lossReasonIn,
  NO_SCOPE,
  OBJECT_BODY,
  OBJECT_DROPPED,
  OBJECT_EVENT_NAME,
  OBJECT_FIELDS,
  OBJECT_OBSERVED_TIME,
  OBJECT_SCOPE,
  OBJECT_SEVERITY_NUMBER,
  OBJECT_SEVERITY_TEXT,
  OBJECT_TIME,
  OBJECT_TRACE,
  REDACTED_TEXT,
  TAG_FALSE,
  TAG_NULL,
  TAG_NUMBER,
  TAG_REDACTED,
  TAG_TEXT,
  TAG_TEXT_ID,
  TAG_TRUE,
  TAG_UNDEFINED,
  TAG_VALUE,
  TRACE_UNITS,
} from './layout.ts';
import { decodeValue } from './values/value.ts';

/** Where frames stand: views over the data area of one ring, and its definitions. */
export interface FrameViews {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly nanos: BigInt64Array;
  readonly bytes: Uint8Array;
  readonly definitions: DictionaryReader;
}

export interface DecodeContext {
  readonly lane: Lane;
  /** Added to a frame's clock reading to get Unix time. */
  readonly offsetNanos: bigint;
  /** The full number of a frame, from its low 32 bits. */
  readonly sequenceOf: (low: number) => number;
  /** Most attributes of a record: those of its context first. The number of the others is on the record. */
  readonly attributeLimit: number;
  /** Of records whose scope names no other, when it is not the instance's own. */
  readonly resource?: Fields | undefined;
}

/** Scope of records that this package writes about itself. */
export const OWN_SCOPE: Scope = { name: 'hft-otel', tags: [], attributes: {} };

/** The record at unit offset `at`, which must be a shaped, OBJECT or LOSS frame. Throws {@link HftError} HFT_CODEC otherwise. */
export function decodeFrame(views: FrameViews, at: number, context: DecodeContext): LogRecordData {
  const kind = kindOf(views.words, at);
  if (kind >= 0) return decodeShaped(views, at, kind, context);
  if (kind === KIND_OBJECT) return decodeObject(views, at, context);
  if (kind === KIND_LOSS) return decodeLoss(views, at, context);
  throw new HftError('HFT_CODEC', `Frame at unit ${at} has unknown kind ${kind}.`);
}

function decodeShaped(views: FrameViews, at: number, shapeId: number, context: DecodeContext): LogRecordData {
  const { words, doubles, bytes, definitions } = views;
  const { message, keys } = definitions.shape(shapeId);
  const firstSlot = message === null ? 1 : 0;
  const slots = keys.length + firstSlot;
  const slotStart = firstSlotUnit(at, slots);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fields: Record<string, unknown> = Object.create(null);
  let inline = (slotStart + slots) * 8;
  let inlineMessage = '';
  for (let slot = 0; slot < slots; slot++) {
    const unit = slotStart + slot;
    const length = words[unit * 2];
    let value: unknown;
    switch (slotTag(words, at, slot)) {
      case TAG_NUMBER:
        value = doubles[unit];
        break;
      case TAG_TEXT_ID:
        value = definitions.text(length);
        break;
      case TAG_TEXT:
        value = buffer.toString('utf8', inline, inline + length);
        inline += (length + 7) & ~7;
        break;
      case TAG_VALUE:
        value = decodeValue(bytes, inline);
        inline += (length + 7) & ~7;
        break;
      case TAG_TRUE:
        value = true;
        break;
      case TAG_FALSE:
        value = false;
        break;
      case TAG_NULL:
        value = null;
        break;
      case TAG_UNDEFINED:
        value = undefined;
        break;
      case TAG_REDACTED:
        value = REDACTED_TEXT;
        break;
      default:
        throw new HftError('HFT_CODEC', `Slot ${slot} of the frame at unit ${at} has an unknown tag.`);
    }
    if (slot < firstSlot) inlineMessage = value as string;
    else fields[keys[slot - firstSlot]] = value;
  }
  const scope = scopeOf(views, at);
  return assemble(views, at, context, scope, { body: message ?? inlineMessage, fields });
}

function decodeObject(views: FrameViews, at: number, context: DecodeContext): LogRecordData {
  const object = decodeValue(views.bytes, (at + HEADER_UNITS + 1) * 8) as unknown[];
  const inlineScope = object[OBJECT_SCOPE] as Scope | null;
  const trace = object[OBJECT_TRACE] as [string, string, number] | null;
  const record = assemble(views, at, context, inlineScope ?? scopeOf(views, at), {
    body: object[OBJECT_BODY],
    fields: object[OBJECT_FIELDS] as Record<string, unknown>,
    time: object[OBJECT_TIME] as bigint | null,
    observedTime: object[OBJECT_OBSERVED_TIME] as bigint | null,
    dropped: object[OBJECT_DROPPED] as number,
  });
  return {
    ...record,
    ...(object[OBJECT_SEVERITY_NUMBER] !== null && { severityNumber: object[OBJECT_SEVERITY_NUMBER] as number }),
    ...(object[OBJECT_SEVERITY_TEXT] !== null && { severityText: object[OBJECT_SEVERITY_TEXT] as string }),
    ...(object[OBJECT_EVENT_NAME] !== null && { eventName: object[OBJECT_EVENT_NAME] as string }),
    ...(trace !== null && { traceId: trace[0], spanId: trace[1], traceFlags: trace[2] }),
  };
}

function decodeLoss(views: FrameViews, at: number, context: DecodeContext): LogRecordData {
  const { words, doubles } = views;
  const reason = LOSS_REASONS[lossReasonIn(words[at * 2 + 5])];
  const first = words[at * 2 + 4];
  const fields: Record<string, unknown> = {
    lane: LANES[lossLaneIn(words[at * 2 + 5])],
    reason,
    ...(first !== 0 && { first_sequence: context.sequenceOf(first) }),
  };
  let lost = 0;
  LEVELS.forEach((level, rank) => {
    const count = doubles[at + HEADER_UNITS + rank];
    if (count === 0) return;
    fields[level] = count;
    lost += count;
  });
  return assemble(views, at, context, OWN_SCOPE, {
    body: `${lost} records lost: ${reason.replace('_', ' ')}`,
    fields: { lost, ...fields },
  });
}

function scopeOf(views: FrameViews, at: number): Scope {
  const id = scopeIdOf(views.words, at);
  return id === NO_SCOPE ? OWN_SCOPE : views.definitions.scope(id);
}

interface Parts {
  readonly body: unknown;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly time?: bigint | null;
  readonly observedTime?: bigint | null;
  /** Fields that the record had beside those. */
  readonly dropped?: number;
}

function assemble(views: FrameViews, at: number, context: DecodeContext, scope: Scope, parts: Parts): LogRecordData {
  const { words, nanos } = views;
  const rank = levelRankOf(words, at);
  const clock = nanos[at + 1] + context.offsetNanos;
  const sequence = context.sequenceOf(words[at * 2 + 4]);
  const isAudit = context.lane === 'audit';
  const attributes: Record<string, unknown> = Object.assign(Object.create(null), scope.attributes, parts.fields);
  const beyond = Object.keys(attributes).slice(context.attributeLimit);
  for (const key of beyond) delete attributes[key];
  const dropped = beyond.length + (parts.dropped ?? 0) + (scope.droppedAttributesCount ?? 0);
  if (isAudit) {
    attributes['event.name'] = parts.body;
    attributes['hft.audit'] = true;
    // Copies of checkpoints are not events of the application, and have no number.
    if (sequence > 0) attributes['hft.audit.seq'] = sequence;
  }
  const time = parts.time ?? clock;
  const resource = scope.resource ?? context.resource;
  return {
    lane: context.lane,
    level: LEVELS[rank],
    severityNumber: SEVERITY_NUMBERS[rank],
    severityText: SEVERITY_TEXTS[rank],
    body: parts.body,
    ...(isAudit && { eventName: String(parts.body) }),
    timeUnixNanos: time,
    observedTimeUnixNanos: parts.observedTime ?? clock,
    loggerName: scope.name,
    ...(scope.version !== undefined && { loggerVersion: scope.version }),
    tags: scope.tags,
    attributes,
    ...(dropped > 0 && { droppedAttributesCount: dropped }),
    ...(resource !== undefined && { resource }),
    ...traceOf(views, at),
    sequence,
  };
}

function traceOf(views: FrameViews, at: number): { traceId: string; spanId: string; traceFlags: number } | undefined {
  const head = views.words[at * 2];
  if ((head & TRACE_BIT) === 0) return undefined;
  const start = (at + unitsOf(views.words, at) - TRACE_UNITS) * 8;
  const buffer = Buffer.from(views.bytes.buffer, views.bytes.byteOffset, views.bytes.byteLength);
  return {
    traceId: buffer.toString('hex', start, start + 16),
    spanId: buffer.toString('hex', start + 16, start + 24),
    traceFlags: (head & SAMPLED_BIT) !== 0 ? 1 : 0,
  };
}
