/**
 * The constant parts of JSON lines of one shape, scope and level: everything between the time and the values. See lines.ts for the form.
 */

import type { ShapeDefinition } from '../../codec/dictionary/dictionary-reader.ts';
import { rankIn } from '../../codec/head-word.ts';
import { LEVELS, type Scope } from '../../record.ts';
import type { LaneContext } from '../encoder.ts';
import { fieldNames } from '../field-names.ts';
import { mergeFields } from '../merged-fields.ts';
import type { PlanKey } from '../plan-cache.ts';
import { type Segment, textSegment } from '../segment.ts';
import { droppedMember, runMember } from './record.ts';
import { jsonText } from './text.ts';
import { jsonValue } from './value.ts';

export interface JsonPlan extends PlanKey {
  /** From the end of the time to the message, or to the audit number. */
  readonly opening: Segment;
  /** From the audit number to the message. Undefined in log lines. */
  readonly afterAuditNumber: Segment | undefined;
  /** From the message to the first field. Undefined when the message is part of what stands before it. */
  readonly afterMessage: Segment | undefined;
  /** `,"key":` of each field; undefined for one that is not written. */
  readonly keys: readonly (Segment | undefined)[];
  /** Bytes of all segments. */
  readonly constantBytes: number;
}

/** `instanceId` is written as `run` in audit lines, and where the context asks for it. */
export function makeJsonPlan(
  key: PlanKey,
  shape: ShapeDefinition,
  scope: Scope,
  context: LaneContext,
  instanceId: string,
): JsonPlan {
  const { lane, showsRun } = context;
  const { attributes, isWritten, dropped } = mergeFields(scope, shape, context);
  const written = shape.keys.filter((_, i) => isWritten[i]);
  const names = fieldNames([...attributes.map(([name]) => name), ...written], lane, showsRun);
  const constantFields = attributes.map(([, value], i) => `,${jsonText(names[i])}:${jsonValue(value)}`).join('');

  const logger = jsonText(scope.name);
  const isAudit = lane === 'audit';
  const run = isAudit || showsRun ? runMember(instanceId) : '';
  const beforeMessage = isAudit ? ',"event":' : `Z","level":"${LEVELS[rankIn(key.kindBits)]}","logger":${logger}${run},"msg":`;
  const tags = scope.tags.length === 0 ? '' : `,"tags":${jsonValue(scope.tags)}`;
  const behindMessage = (isAudit ? `${run},"logger":${logger}` : tags) + droppedMember(dropped) + constantFields;
  const upToFields = shape.message === null ? beforeMessage : beforeMessage + jsonText(shape.message) + behindMessage;

  const opening = textSegment(isAudit ? 'Z","audit_seq":' : upToFields);
  const afterAuditNumber = isAudit ? textSegment(upToFields) : undefined;
  const afterMessage = shape.message === null ? textSegment(behindMessage) : undefined;
  let nextName = attributes.length;
  const keys = isWritten.map((isWritten) => (isWritten ? textSegment(`,${jsonText(names[nextName++])}:`) : undefined));
  const constantBytes = [opening, afterAuditNumber, afterMessage, ...keys].reduce(
    (sum, segment) => sum + (segment?.length ?? 0),
    0,
  );
  return { ...key, opening, afterAuditNumber, afterMessage, keys, constantBytes };
}
