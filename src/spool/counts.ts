/**
 * Numbers of records by lane and level, as sums that only grow: what a spool has ever taken, and how much of it has come out again. Cells are those of a tally of
 * a batch; the spool does not look into them.
 */

/** Numbers in a sum of counts: two lanes of eight ranks. */
export const COUNT_CELLS = 16;

export type Counts = Float64Array;

export function newCounts(): Counts {
  return new Float64Array(COUNT_CELLS);
}

/** `counts` and `more` together, as new counts. */
export function plus(counts: Counts, more: ArrayLike<number>): Counts {
  return counts.map((count, cell) => count + more[cell]);
}

/** What is in `counts` and not in `other`; never less than nothing. */
export function beyond(counts: Counts, other: Counts): Counts {
  return counts.map((count, cell) => Math.max(0, count - other[cell]));
}

export function sumOf(counts: ArrayLike<number>): number {
  let sum = 0;
  for (let cell = 0; cell < COUNT_CELLS; cell++) sum += counts[cell];
  return sum;
}
