/**
 * Numbers of records by lane and level, as sums that only grow: all records that a spool has taken, and those that have left it.
 */
import type { Tally } from '../health/tally.ts';

/** Numbers in such a sum, as files hold them: two lanes of eight ranks. */
export const COUNT_CELLS = 16;

/** `counts` and `more` together, as new counts. */
export function plus(counts: Tally, more: ArrayLike<number>): Tally {
  return counts.map((count, cell) => count + more[cell]);
}

/** `counts` less `other`; never below zero. */
export function beyond(counts: Tally, other: Tally): Tally {
  return counts.map((count, cell) => Math.max(0, count - other[cell]));
}
