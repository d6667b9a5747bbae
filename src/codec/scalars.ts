/**
 * Values that need no encoding of their own: they fit a slot, or are their tag.
 */
import { HEADER_UNITS, INLINE_TAG_SLOTS, TAG_FALSE, TAG_NULL, TAG_TRUE, TAG_UNDEFINED } from './layout.ts';

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

/** Index of the word that holds the tag of a slot of the frame at unit `p`. */
export function tagWord(p: number, slot: number): number {
  return slot < INLINE_TAG_SLOTS ? p * 2 + 5 : (p + HEADER_UNITS) * 2 + (slot >> 3) - 1;
}
