/**
 * The fields of records of one shape and scope: the scope's attributes, then the shape's fields. Of two with the same name the later one counts. This is
 * decided once for all records of the kind.
 */
import type { ShapeDefinition } from '../codec/dictionary/dictionary-reader.ts';
import { LANE_FACTS, type Scope } from '../record.ts';
import type { LaneContext } from './encoder.ts';

export interface MergedFields {
  /** Attributes of the scope that no field replaces. */
  readonly attributes: readonly (readonly [key: string, value: unknown])[];
  /** For each key of the shape, whether its field is written. A key can stand twice in a shape: an Error's parts may meet fields of their names. */
  readonly isWritten: readonly boolean[];
  /** Attributes beyond the limit, and those that did not reach the dictionary. */
  readonly dropped: number;
}

export function mergeFields(
  scope: Scope,
  shape: ShapeDefinition,
  { lane, attributeLimit }: Pick<LaneContext, 'lane' | 'attributeLimit'>,
): MergedFields {
  const { ownAttributes } = LANE_FACTS[lane];
  const fields = new Set(shape.keys);
  const all = new Set([...Object.keys(scope.attributes), ...shape.keys]);
  const beyond = new Set([...all].slice(attributeLimit));
  const isKept = (key: string) => !ownAttributes.has(key) && !beyond.has(key);
  return {
    attributes: Object.entries(scope.attributes).filter(([key]) => !fields.has(key) && isKept(key)),
    isWritten: shape.keys.map((key, i) => isKept(key) && shape.keys.lastIndexOf(key) === i),
    dropped: beyond.size + (scope.droppedAttributesCount ?? 0),
  };
}
