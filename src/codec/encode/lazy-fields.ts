/**
 * Fields that are expensive to compute: a function in their place is called when the record is written, and not at all when its level is off.
 */
import { describeThrown } from '../values/value-texts.ts';

/**
 * The fields that such a function gives; anything else is itself. Lazy is a function without parameters: one with parameters waits for somebody else's
 * arguments, and a class cannot be called, so they are values like any other. One that throws gives fields that say so: the record itself is not lost.
 */
export function fieldsNow(fields: unknown): unknown {
  if (typeof fields !== 'function') return fields;
  try {
    return fields.length > 0 || isClass(fields) ? fields : fields();
  } catch (error) {
    return { 'hft.encode_error': `fields threw: ${describeThrown(error)}` };
  }
}

/** The prototype of a class is not writable, that of a function is (ECMAScript, ClassDefinitionEvaluation). */
function isClass(value: object): boolean {
  return Object.getOwnPropertyDescriptor(value, 'prototype')?.writable === false;
}
