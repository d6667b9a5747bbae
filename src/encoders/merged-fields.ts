/**
 * What the records of one shape and scope carry: the scope's attributes, then the shape's fields, a later one of a name in place of an
 * earlier one. Decided once for all records of the kind.
 */
import type { ShapeDefinition } from '../codec/dictionary-reader.ts';
import type { Lane, Scope } from '../record.ts';
import { AUDIT_ATTRIBUTES } from './field-names.ts';

export interface MergedFields {
  /** Attributes of the scope that no field replaces. */
  readonly attributes: readonly (readonly [key: string, value: unknown])[];
  /** For each key of the shape, whether its field is written. A key can stand twice in a shape: an Error's parts may meet fields of their names. */
  readonly isWritten: readonly boolean[];
}

export function mergeFields(scope: Scope, shape: ShapeDefinition, lane: Lane): MergedFields {
  const isOurs = (key: string) => lane === 'audit' && AUDIT_ATTRIBUTES.has(key);
  const fields = new Set(shape.keys);
  return {
    attributes: Object.entries(scope.attributes).filter(([key]) => !fields.has(key) && !isOurs(key)),
    isWritten: shape.keys.map((key, i) => !isOurs(key) && shape.keys.lastIndexOf(key) === i),
  };
}
