/**
 * The constant parts of text lines of one shape, scope and level. See lines.ts for the form.
 */

import type { ShapeDefinition } from '../../codec/dictionary/dictionary-reader.ts';
import { rankIn } from '../../codec/head-word.ts';
import { LEVELS, type Scope } from '../../record.ts';
import { durationName } from '../durations.ts';
import type { LaneContext } from '../encoder.ts';
import { mergeFields } from '../merged-fields.ts';
import type { PlanKey } from '../plan-cache.ts';
import { type Segment, textSegment } from '../segment.ts';
import { droppedFieldText, fieldText, keyText, messageBeforeFields, opening, repeatsLoggerName, STACK_KEY } from './parts.ts';
import type { TextStyle } from './style.ts';
import { visibleText } from './visible-text.ts';

/** One field of a shape. */
export interface TextKey {
  readonly name: string;
  /** ` key=`. */
  readonly plain: Segment;
  /** For a number that is a duration: ` key=` without the unit. Undefined: it never is one. */
  readonly duration: { readonly label: Segment; readonly nanosPerUnit: number } | undefined;
}

export interface TextPlan extends PlanKey {
  /** Frames of this shape have a stack and need the slow way. */
  readonly hasStack: boolean;
  /** From the end of the time to the message, or, if that does not travel in the frame, to the first field. */
  readonly opening: Segment;
  /** From the message to the first field. Undefined when the message is part of what stands before it. */
  readonly afterMessage: Segment | undefined;
  /** Something follows the message. */
  readonly hasFields: boolean;
  /** Undefined for a field that is not written. */
  readonly keys: readonly (TextKey | undefined)[];
  /** Bytes of all segments. */
  readonly constantBytes: number;
}

export function makeTextPlan(
  key: PlanKey,
  shape: ShapeDefinition,
  scope: Scope,
  context: LaneContext,
  style: TextStyle,
): TextPlan {
  const { attributes, isWritten, dropped } = mergeFields(scope, shape, context);
  const constantFields = attributes
    .filter(([name, value]) => !repeatsLoggerName(name, value, scope.name))
    .map(([name, value]) => fieldText(name, value))
    .join('');
  const behind = droppedFieldText(dropped) + constantFields;
  const hasFields = behind !== '' || isWritten.includes(true);
  const behindMessage = hasFields ? style.dim + behind : '';
  const beforeMessage = opening(style, context.lane, LEVELS[rankIn(key.kindBits)], scope.name);

  const { message } = shape;
  const shown = message === null ? '' : (hasFields ? messageBeforeFields(message) : visibleText(message)) + behindMessage;
  const keys = shape.keys.map((name, i) => (isWritten[i] ? textKey(name) : undefined));
  const plan = {
    ...key,
    hasStack: shape.keys.includes(STACK_KEY),
    opening: textSegment(beforeMessage + shown),
    afterMessage: message === null ? textSegment(behindMessage) : undefined,
    hasFields,
    keys,
  };
  const segments = [plan.opening, plan.afterMessage, ...keys.map((textKey) => textKey?.plain)];
  return { ...plan, constantBytes: segments.reduce((sum, segment) => sum + (segment?.length ?? 0), 0) };
}

function textKey(name: string): TextKey {
  const duration = durationName(name);
  return {
    name,
    plain: textSegment(keyText(name)),
    duration: duration && { label: textSegment(keyText(duration.label)), nanosPerUnit: duration.nanosPerUnit },
  };
}
