/**
 * A histogram of a page, and the sum of two: of one series that two processes have, or of two series that became one by escaping.
 */
import { unionOfBounds } from '../../series/bounds.ts';
import { bucketOf, type Exemplar } from '../../series/exemplars.ts';

export interface HistogramValue {
  /** One count more than bounds: the last bucket has no upper bound. */
  readonly buckets: { readonly boundaries: readonly number[]; readonly counts: readonly number[] };
  readonly count: number;
  /** Undefined: not known, because values may be negative. */
  readonly sum?: number | undefined;
  /** At most one for each bucket. */
  readonly exemplars?: readonly Exemplar[];
}

/**
 * Where bounds differ, the sum has the bounds of both, and a bucket's count goes to its own upper bound: what is counted up to a bound is what is certain to be
 * below it. The order of the two does not matter, and no count falls when one of them grows. Of the exemplars of a bucket the newest stays.
 */
export function addHistograms(first: HistogramValue, second: HistogramValue): HistogramValue {
  const boundaries = unionOfBounds(first.buckets.boundaries, second.buckets.boundaries);
  const counts = new Array<number>(boundaries.length + 1).fill(0);
  const positions = new Map(boundaries.map((bound, i) => [bound, i]));
  for (const { buckets } of [first, second])
    buckets.counts.forEach((count, i) => {
      const bound = buckets.boundaries[i];
      counts[bound === undefined ? boundaries.length : positions.get(bound)!]! += count;
    });
  const exemplars = newestOf(boundaries, [...(first.exemplars ?? []), ...(second.exemplars ?? [])]);
  return {
    buckets: { boundaries, counts },
    count: first.count + second.count,
    sum: first.sum === undefined || second.sum === undefined ? undefined : first.sum + second.sum,
    ...(exemplars.length > 0 && { exemplars }),
  };
}

/** OpenMetrics wants an exemplar at the bucket that its value falls in. */
function newestOf(boundaries: readonly number[], exemplars: readonly Exemplar[]): Exemplar[] {
  const byBucket = new Map<number, Exemplar>();
  for (const exemplar of exemplars) {
    const bucket = bucketOf(boundaries, exemplar.value);
    const present = byBucket.get(bucket);
    if (present === undefined || exemplar.timeMillis > present.timeMillis) byBucket.set(bucket, { ...exemplar, bucket });
  }
  return [...byBucket.values()];
}
