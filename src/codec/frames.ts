/**
 * Walking over frames: what stands where, for everyone who looks at ring memory on the worker's side.
 */
import { KIND_OBJECT, LEVEL_MASK, LEVEL_SHIFT, SCOPE_SHIFT, UNITS_MASK } from './layout.ts';

/** Units of the frame at unit offset `at`. A PAD has no length: its walker goes on at 0. */
export function unitsOf(words: Int32Array, at: number): number {
  const units = words[at * 2] & UNITS_MASK;
  return units !== 0 || words[at * 2 + 1] !== KIND_OBJECT ? units : words[at * 2 + 5];
}

/** Shape id, or a negative KIND_* . */
export function kindOf(words: Int32Array, at: number): number {
  return words[at * 2 + 1];
}

export function levelRankOf(words: Int32Array, at: number): number {
  return (words[at * 2] >> LEVEL_SHIFT) & LEVEL_MASK;
}

export function scopeIdOf(words: Int32Array, at: number): number {
  return words[at * 2] >>> SCOPE_SHIFT;
}
