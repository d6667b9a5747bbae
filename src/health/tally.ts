/**
 * Numbers of records by lane and level: those of a batch, and losses of it.
 */
import { LANES, type Lane, LEVEL_COUNT } from '../record.ts';

/** Ranks that a level can have: three bits of a frame's head word. */
const RANKS = 8;

/** Numbers in a tally. */
export const TALLY_CELLS: number = LANES.length * RANKS;

/** Records by {@link cellOf}. */
export type Tally = Float64Array;

export function newTally(): Tally {
  return new Float64Array(TALLY_CELLS);
}

/** Index of the number for a lane and a level. */
export function cellOf(lane: Lane, levelRank: number): number {
  return LANES.indexOf(lane) * RANKS + levelRank;
}

/** Every lane and level with its place, in the order of the places. */
export const CELLS: readonly { readonly cell: number; readonly lane: Lane; readonly levelRank: number }[] = LANES.flatMap(
  (lane) => Array.from({ length: LEVEL_COUNT }, (_, levelRank) => ({ cell: cellOf(lane, levelRank), lane, levelRank })),
);

/** A tally of records of one lane and level. */
export function tallyOf(lane: Lane, levelRank: number, records: number): Tally {
  const tally = newTally();
  tally[cellOf(lane, levelRank)] = records;
  return tally;
}

export function recordsOf(tally: Tally): number {
  let records = 0;
  for (let cell = 0; cell < TALLY_CELLS; cell++) records += tally[cell];
  return records;
}

export function hasAudits(tally: Tally): boolean {
  return CELLS.some(({ cell, lane }) => lane === 'audit' && tally[cell] > 0);
}

/** Adds `other` to `tally`. */
export function addTally(tally: Tally, other: Tally): void {
  for (let cell = 0; cell < TALLY_CELLS; cell++) tally[cell] += other[cell];
}

/** `tally` without what is in `other`. */
export function withoutTally(tally: Tally, other: Tally): Tally {
  return tally.map((records, cell) => records - other[cell]);
}

/** So many records of a tally, the least severe first: a destination that refuses a part of a batch does not say which records they were. */
export function leastSevere(tally: Tally, records: number): Tally {
  const taken = newTally();
  let left = records;
  for (let rank = 0; rank < RANKS; rank++) {
    for (let cell = rank; cell < TALLY_CELLS; cell += RANKS) {
      taken[cell] = Math.min(left, tally[cell]);
      left -= taken[cell];
    }
  }
  return taken;
}
