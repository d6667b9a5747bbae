/**
 * Explicit bounds against fine buckets. A bound such as 500 µs seldom falls on a bucket's end; the values at or below it within the bucket that it cuts
 * are counted beside the bucket, and so every explicit bucket is exact, whatever bounds a rule names.
 */
import { fineIndexOf, lowerEnd, octaveOf, upperEnd } from './buckets.ts';
import { PAGE_BUCKETS } from './layout.ts';

/** In the table: more than one bound cuts the bucket, or the bound's number does not fit a byte. */
export const MANY_CUTS = 255;

const cache = new Map<string, Splits>();
/** Sets of bounds whose tables are shared. A program has a handful; one that has more pays for tables of its own. */
const MAX_CACHED = 64;

export class Splits {
  /** Increasing, finite. */
  readonly bounds: readonly number[];
  /** Number of the first fine bucket in {@link table}: octave × 64 + index. */
  readonly base: number;
  /** For each fine bucket of positive values: 0, or 1 + the index of the bound that cuts it, or {@link MANY_CUTS}. */
  readonly table: Uint8Array;

  private constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    const cuts = bounds.flatMap((bound, i) => {
      const octave = octaveOf(bound);
      if (!(bound > 0) || octave <= 0) return [];
      const index = fineIndexOf(bound);
      return bound < upperEnd(octave, index) ? [{ i, bucket: octave * PAGE_BUCKETS + index }] : [];
    });
    this.base = cuts[0]?.bucket ?? 0;
    this.table = new Uint8Array(cuts.length === 0 ? 0 : cuts[cuts.length - 1]!.bucket - this.base + 1);
    for (const { i, bucket } of cuts) {
      const at = bucket - this.base;
      this.table[at] = this.table[at] === 0 && i + 1 < MANY_CUTS ? i + 1 : MANY_CUTS;
    }
  }

  static of(bounds: readonly number[]): Splits {
    const id = bounds.join();
    let splits = cache.get(id);
    if (splits === undefined) {
      splits = new Splits(bounds);
      if (cache.size < MAX_CACHED) cache.set(id, splits);
    }
    return splits;
  }

  /** Adds one to `cells[first + k]` for each bound k that cuts the bucket of `value` and is at or above it. For any bucket, positive or not. */
  countBelow(value: number, pageKey: number, index: number, cells: Float64Array, first: number): void {
    const negative = value < 0;
    const lower = negative ? -upperEnd(pageKey, index) : lowerEnd(pageKey, index);
    const upper = negative ? -lowerEnd(pageKey, index) : upperEnd(pageKey, index);
    for (let k = 0; k < this.bounds.length; k++) {
      const bound = this.bounds[k]!;
      if (cuts(bound, lower, upper, negative) && value <= bound) cells[first + k]++;
    }
  }
}

/** Whether a bound lies inside a bucket, so that some of its values are at or below the bound and some may be above. */
export function cuts(bound: number, lower: number, upper: number, negative: boolean): boolean {
  // A positive bucket is (lower, upper], a negative one [lower, upper).
  return negative ? bound >= lower && bound < upper : bound > lower && bound < upper;
}
