/**
 * Attribute values of OpenTelemetry's API as series keep them.
 */
import { tagText } from '../meter/names.ts';
import type { TagValue } from '../series/instrument.ts';

/** Elements of an array that are kept: the specification's default limit on attributes of a record, for want of one for elements. */
const MAX_ELEMENTS = 128;

/** A value with its OpenTelemetry type: text, number, boolean, or an array of these. Anything else, and numbers that JSON cannot hold, as text. */
export function attributeOf(value: unknown): TagValue | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.slice(0, MAX_ELEMENTS).map(elementOf);
  return tagText(value);
}

function elementOf(value: unknown): string | number | boolean | null {
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return value;
  if (typeof value === 'string') return value;
  return tagText(value) ?? null;
}
