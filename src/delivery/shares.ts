/**
 * How much of a queue each level may use. The less severe is dropped first, as in the rings (setting `overflow`). Audit events may use all of a queue.
 */
import { LEVEL_COUNT } from '../record.ts';

/** Share that log records leave free in a queue that audit events use too: a flood of logs must not cost an audit event. */
export const AUDIT_RESERVE = 1 / 8;

export class Shares {
  /** By level rank, of a queue of 1. */
  readonly #shares: Float64Array;

  /** `shares`: in (0, 1], by level rank, not decreasing. `reserve`: what no log record may use. */
  constructor(shares: readonly number[], reserve = 0) {
    this.#shares = Float64Array.from({ length: LEVEL_COUNT }, (_, rank) => (shares[rank] ?? 1) * (1 - reserve));
  }

  /** How much may be in use with records of this rank, out of `capacity`. */
  limitOf(levelRank: number, capacity: number): number {
    return this.#shares[levelRank] * capacity;
  }

  /** The lowest rank that is taken when so much of `capacity` is in use; one beyond the highest if none is. */
  lowestTaken(used: number, capacity: number): number {
    let rank = 0;
    while (rank < LEVEL_COUNT && used >= this.#shares[rank] * capacity) rank++;
    return rank;
  }
}

/** Every level may use all of it. */
export const WHOLE_QUEUE: readonly number[] = Array.from({ length: LEVEL_COUNT }, () => 1);
