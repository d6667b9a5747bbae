/**
 * Values that need no encoding of their own: they fit a slot, or are their tag.
 */
import { TAG_FALSE, TAG_NULL, TAG_TRUE, TAG_UNDEFINED } from '../layout.ts';

/** A number, a boolean, null or undefined. */
export function isScalar(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined;
}

/** Slot tag of a value that has no content. */
export function tagOf(value: boolean | null | undefined): number {
  if (value === true) return TAG_TRUE;
  if (value === false) return TAG_FALSE;
  return value === null ? TAG_NULL : TAG_UNDEFINED;
}
