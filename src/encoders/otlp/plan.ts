/**
 * The constant parts of OTLP log records of one shape, scope and level. See protobuf.ts.
 */

import type { ShapeDefinition } from '../../codec/dictionary/dictionary-reader.ts';
import { rankIn } from '../../codec/head-word.ts';
import { type Scope, SEVERITY_NUMBERS, SEVERITY_TEXTS } from '../../record.ts';
import type { LaneContext } from '../encoder.ts';
import { mergeFields } from '../merged-fields.ts';
import type { PlanKey } from '../plan-cache.ts';
import { SEGMENT_SLACK, Segment } from '../segment.ts';
import { OtlpField } from './field.ts';
import { ATTRIBUTE_BYTES } from './fields.ts';
import { ProtobufWriter } from './protobuf-writer.ts';
import { writeTags } from './record.ts';
import {
  ATTRIBUTE_KEY,
  ATTRIBUTE_VALUE,
  RECORD_ATTRIBUTE,
  RECORD_BODY,
  RECORD_DROPPED_ATTRIBUTES,
  RECORD_EVENT_NAME,
  RECORD_SEVERITY_NUMBER,
  RECORD_SEVERITY_TEXT,
} from './tags.ts';
import { writeAnyValue, writeAttribute } from './value.ts';
import { PATCHED_BYTES } from './varint.ts';

export interface OtlpPlan extends PlanKey {
  /** Severity, body and event unless the message travels in the frame, tags, attributes of the scope. */
  readonly constant: Segment;
  /** The message travels in the frame. */
  readonly inlineMessage: boolean;
  /** Undefined for a field that is not written. */
  readonly fields: readonly (OtlpField | undefined)[];
  /** Most bytes of a record, without those of its units. */
  readonly mostBytes: number;
}

/** Attributes of audit records whose values travel in the frame. */
export const AUDIT_NUMBER = fieldOf('hft.audit.seq');
export const EVENT_NAME = fieldOf('event.name').key;

const TIME_BYTES = 9 + 9;
/** Trace id, span id, flags. */
const TRACE_BYTES = 18 + 10 + 5;
const MESSAGE_HEAD_BYTES = 8;
/** Most bytes of the parts of every record that are in no plan, and the slack of copies. */
const FRAMING_BYTES =
  PATCHED_BYTES +
  TIME_BYTES +
  TRACE_BYTES +
  2 * MESSAGE_HEAD_BYTES +
  AUDIT_NUMBER.key.length +
  EVENT_NAME.length +
  2 * ATTRIBUTE_BYTES +
  SEGMENT_SLACK;

export function makeOtlpPlan(planKey: PlanKey, shape: ShapeDefinition, scope: Scope, context: LaneContext): OtlpPlan {
  const { attributes, isWritten, dropped } = mergeFields(scope, shape, context);
  const levelRank = rankIn(planKey.kindBits);
  const writer = new ProtobufWriter();
  writer.varint(RECORD_SEVERITY_NUMBER, SEVERITY_NUMBERS[levelRank]);
  writer.text(RECORD_SEVERITY_TEXT, SEVERITY_TEXTS[levelRank]);
  if (shape.message !== null) writeAnyValue(writer, RECORD_BODY, shape.message);
  if (!shape.keys.includes('tags')) writeTags(writer, scope.tags, scope.attributes);
  for (const [key, value] of attributes) writeAttribute(writer, RECORD_ATTRIBUTE, key, value);
  if (dropped > 0) writer.varint(RECORD_DROPPED_ATTRIBUTES, dropped);
  if (context.lane === 'audit') {
    writeAttribute(writer, RECORD_ATTRIBUTE, 'hft.audit', true);
    if (shape.message !== null) {
      writeAttribute(writer, RECORD_ATTRIBUTE, 'event.name', shape.message);
      writer.text(RECORD_EVENT_NAME, shape.message);
    }
  }
  const constant = new Segment(writer.take());
  const fields = shape.keys.map((key, i) => (isWritten[i] ? fieldOf(key) : undefined));
  const keyBytes = fields.reduce((sum, field) => sum + (field?.key.length ?? 0), 0);
  const mostBytes = FRAMING_BYTES + constant.length + keyBytes + fields.length * ATTRIBUTE_BYTES;
  return { ...planKey, constant, inlineMessage: shape.message === null, fields, mostBytes };
}

function fieldOf(key: string): OtlpField {
  const writer = new ProtobufWriter();
  writer.text(ATTRIBUTE_KEY, key);
  writer.byte(ATTRIBUTE_VALUE);
  return new OtlpField(new Segment(writer.take()));
}
