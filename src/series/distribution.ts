/**
 * A histogram as the collector holds it: the counts of all its buckets, and what each reader makes of them. Nothing here is lost by changing form: explicit
 * buckets and exponential buckets of scale 6 or less are sums of recorded ones.
 */

import { getOrMake } from '../common/get-or-make.ts';
import { sameBounds } from './bounds.ts';
import { COARSE_SCALE, exponentialNumber, FINE_SCALE, isCoarse, isNegative, lowerEnd, upperEnd } from './buckets.ts';
import { PAGE_BUCKETS } from './layout.ts';
import { cuts } from './splits.ts';

/** Buckets of one sign of an exponential histogram, as OpenTelemetry's data model has them. */
export interface ExponentialBuckets {
  readonly offset: number;
  readonly bucketCounts: number[];
}

export interface ExponentialForm {
  readonly scale: number;
  readonly zeroCount: number;
  readonly positive: ExponentialBuckets;
  readonly negative: ExponentialBuckets;
}

/** A sum beyond the range of a double stays at the end of that range: no infinity was recorded, and the difference of two infinities is not a number. */
export function inRange(sum: number): number {
  return Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, sum));
}

export class Distribution {
  sum = 0;
  zeros = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  /** Explicit upper bounds, increasing. */
  readonly bounds: readonly number[];
  /** For each explicit bound, the values at or below it in the bucket that it cuts. */
  readonly below: Float64Array;
  /** Counts by page key (`buckets.ts`). */
  readonly pages = new Map<number, Float64Array>();

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.below = new Float64Array(bounds.length);
  }

  get count(): number {
    let count = this.zeros;
    for (const page of this.pages.values()) for (let i = 0; i < PAGE_BUCKETS; i++) count += page[i];
    return count;
  }

  /**
   * Adds another one. Of one with other bounds, the values in a bucket that only a bound of this one cuts are not known to be at or below that bound:
   * {@link explicitCounts} counts them above it. They are at most the width of a recorded bucket from it.
   */
  add(other: Distribution): void {
    this.#combine(other, 1);
    this.min = Math.min(this.min, other.min);
    this.max = Math.max(this.max, other.max);
  }

  /** Takes an earlier state of the same histogram away. Extremes cannot be taken away: they are unknown (`Infinity`, `-Infinity`) afterwards. */
  subtract(earlier: Distribution): void {
    this.#combine(earlier, -1);
    this.min = Number.POSITIVE_INFINITY;
    this.max = Number.NEGATIVE_INFINITY;
  }

  copy(): Distribution {
    const copy = new Distribution(this.bounds);
    copy.add(this);
    return copy;
  }

  #combine(other: Distribution, sign: number): void {
    this.sum = inRange(this.sum + sign * other.sum);
    this.zeros += sign * other.zeros;
    if (sameBounds(this.bounds, other.bounds))
      for (let k = 0; k < this.below.length; k++) this.below[k] += sign * other.below[k]!;
    else
      for (let k = 0; k < this.below.length; k++) {
        const at = other.bounds.indexOf(this.bounds[k]!);
        if (at >= 0) this.below[k] += sign * other.below[at]!;
      }
    for (const [key, counts] of other.pages) {
      const page = getOrMake(this.pages, key, () => new Float64Array(PAGE_BUCKETS));
      for (let i = 0; i < PAGE_BUCKETS; i++) page[i] += sign * counts[i];
    }
  }

  /** Counts of the explicit buckets (−∞, b₀], (b₀, b₁], …, (bₙ, ∞). */
  explicitCounts(): number[] {
    const { bounds } = this;
    const atOrBelow = new Float64Array(bounds.length);
    let total = this.zeros;
    for (let k = 0; k < bounds.length; k++) atOrBelow[k] = this.below[k] + (bounds[k]! >= 0 ? this.zeros : 0);
    for (const [key, counts] of this.pages) {
      const negative = isNegative(key);
      for (let i = 0; i < PAGE_BUCKETS; i++) {
        const count = counts[i];
        if (count === 0) continue;
        total += count;
        const lower = negative ? -upperEnd(key, i) : lowerEnd(key, i);
        const upper = negative ? -lowerEnd(key, i) : upperEnd(key, i);
        // Values of the bucket that a bound cuts are in `below` already.
        for (let k = bounds.length - 1; k >= 0 && bounds[k]! > lower; k--)
          if (!cuts(bounds[k]!, lower, upper, negative) && bounds[k]! >= upper) atOrBelow[k] += count;
      }
    }
    // What is at or below a bound is at or below the next one: where several cut one bucket, of one that was added only the former may be known.
    for (let k = 0; k < bounds.length; k++)
      atOrBelow[k] = Math.min(total, Math.max(atOrBelow[k]!, k === 0 ? 0 : atOrBelow[k - 1]!));
    const counts: number[] = [];
    for (let k = 0; k <= bounds.length; k++)
      counts.push((k < bounds.length ? atOrBelow[k] : total) - (k > 0 ? atOrBelow[k - 1] : 0));
    return counts;
  }

  /** The exponential histogram of the greatest scale, up to 6, at which each sign has at most `maxBuckets` buckets. */
  exponential(maxBuckets: number): ExponentialForm {
    let scale = FINE_SCALE;
    let low = [0, 0];
    let high = [-1, -1];
    for (const key of this.pages.keys()) if (isCoarse(key) && this.#isUsed(key)) scale = COARSE_SCALE;
    for (; ; scale--) {
      [low, high] = this.#range(scale);
      if (high[0]! - low[0]! < maxBuckets && high[1]! - low[1]! < maxBuckets) break;
    }
    const [positive, negative] = [0, 1].map((sign) => new Array<number>(Math.max(0, high[sign]! - low[sign]! + 1)).fill(0)) as [
      number[],
      number[],
    ];
    for (const [key, counts] of this.pages) {
      const sign = isNegative(key) ? 1 : 0;
      const target = sign === 1 ? negative : positive;
      for (let i = 0; i < PAGE_BUCKETS; i++) if (counts[i] > 0) target[numberAt(scale, key, i) - low[sign]!] += counts[i];
    }
    return {
      scale,
      zeroCount: this.zeros,
      positive: { offset: positive.length === 0 ? 0 : low[0]!, bucketCounts: positive },
      negative: { offset: negative.length === 0 ? 0 : low[1]!, bucketCounts: negative },
    };
  }

  /**
   * The value below which a share of the recorded ones lies, by the nearest-rank method: the middle of the bucket that holds the value of rank ⌈share × count⌉,
   * at most 0.55 % from it; the exact least and greatest at the ends. NaN when nothing was recorded.
   */
  quantile(share: number): number {
    return this.quantiles([share])[0]!;
  }

  /** Several at once; shares in increasing order. */
  quantiles(shares: readonly number[]): number[] {
    const buckets = this.#sortedBuckets();
    const total = buckets.reduce((sum, bucket) => sum + bucket.count, 0);
    const answers: number[] = [];
    let at = 0;
    let seen = buckets[0]?.count ?? 0;
    for (const share of shares) {
      if (total === 0) {
        answers.push(Number.NaN);
        continue;
      }
      // Slightly less, so that 0.999 × 1000 is rank 999 and not, by rounding, 1000.
      const rank = Math.max(1, Math.ceil(share * total * (1 - 1e-12)));
      while (seen < rank) seen += buckets[++at]!.count;
      const value = buckets[at]!.middle;
      answers.push(
        rank === total && this.max !== Number.NEGATIVE_INFINITY
          ? this.max
          : Math.min(Math.max(value, this.min), this.max === Number.NEGATIVE_INFINITY ? value : this.max),
      );
    }
    return answers;
  }

  #sortedBuckets(): { middle: number; count: number }[] {
    const buckets: { middle: number; count: number }[] = [];
    if (this.zeros > 0) buckets.push({ middle: 0, count: this.zeros });
    for (const [key, counts] of this.pages) {
      const sign = isNegative(key) ? -1 : 1;
      for (let i = 0; i < PAGE_BUCKETS; i++) {
        if (counts[i] <= 0) continue;
        const [lower, upper] = [lowerEnd(key, i), Math.min(upperEnd(key, i), Number.MAX_VALUE)];
        // The point with the same relative distance to both ends.
        buckets.push({ middle: sign * 2 * lower * (upper / (lower + upper)), count: counts[i] });
      }
    }
    return buckets.sort((a, b) => a.middle - b.middle);
  }

  #isUsed(key: number): boolean {
    return this.pages.get(key)!.some((count) => count > 0);
  }

  /** Least and greatest bucket number in use at a scale, positive and negative values apart; greatest < least when there are none. */
  #range(scale: number): [number[], number[]] {
    const low = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    const high = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const [key, counts] of this.pages) {
      const sign = isNegative(key) ? 1 : 0;
      for (let i = 0; i < PAGE_BUCKETS; i++) {
        if (counts[i] <= 0) continue;
        const number = numberAt(scale, key, i);
        if (number < low[sign]!) low[sign] = number;
        if (number > high[sign]!) high[sign] = number;
      }
    }
    return [low, high];
  }
}

/** Number of a recorded bucket in an exponential histogram of a lower scale: each step down joins two neighbours. */
function numberAt(scale: number, key: number, index: number): number {
  return exponentialNumber(key, index) >> ((isCoarse(key) ? COARSE_SCALE : FINE_SCALE) - scale);
}
