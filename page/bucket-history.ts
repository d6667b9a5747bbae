/**
 * What each histogram has recorded between two readings, by bucket: the columns of a heatmap.
 */
import type { BucketCounts } from '../src/health/metrics-snapshot.ts';

/** The busiest histograms have a history: hundreds of them would be megabytes a minute. */
const MOST_HISTOGRAMS = 64;

/** Bucket n holds values above 2^(n / 2^scale), up to 2^((n + 1) / 2^scale). */
export interface Column {
  readonly scale: number;
  /** Those with recordings. */
  readonly counts: ReadonlyMap<number, number>;
  /** Recordings of zero and below. */
  readonly zeroOrLess: number;
}

const NOTHING: BucketCounts = { scale: 0, offset: 0, counts: [], zeroOrLess: 0 };

/** What was recorded between two states of one histogram; at the coarser of their scales. */
export function recordedBetween(before: BucketCounts, after: BucketCounts): Column {
  // A histogram without buckets has any scale.
  const scale = Math.min(...[before, after].filter(({ counts }) => counts.length > 0).map(({ scale }) => scale), 20);
  const counts = new Map<number, number>();
  const add = ({ scale: own, offset, counts: all }: BucketCounts, sign: number) => {
    for (const [i, count] of all.entries()) {
      if (count === 0) continue;
      // Each step down in scale joins two neighbours.
      const bucket = (offset + i) >> (own - scale);
      counts.set(bucket, (counts.get(bucket) ?? 0) + sign * count);
    }
  };
  add(after, 1);
  add(before, -1);
  for (const [bucket, count] of counts) if (count <= 0) counts.delete(bucket);
  return { scale, counts, zeroOrLess: Math.max(0, after.zeroOrLess - before.zeroOrLess) };
}

/** The same at a coarser scale. */
export function coarsened({ scale, counts, zeroOrLess }: Column, to: number): Column {
  const joined = new Map<number, number>();
  for (const [bucket, count] of counts) {
    const target = bucket >> (scale - to);
    joined.set(target, (joined.get(target) ?? 0) + count);
  }
  return { scale: to, counts: joined, zeroOrLess };
}

export interface HistogramState {
  readonly key: string;
  readonly count: number;
  readonly buckets: BucketCounts;
}

export class BucketHistory {
  readonly #columns = new Map<string, (Column | null)[]>();
  #before: ReadonlyMap<string, BucketCounts> | undefined;
  #length = 0;

  /** The columns of a histogram, one for each reading; null where nothing is known. */
  columns(key: string): readonly (Column | null)[] {
    return this.#columns.get(key) ?? [];
  }

  add(states: readonly HistogramState[]): void {
    const before = this.#before;
    this.#before = new Map(states.map(({ key, buckets }) => [key, buckets]));
    const busiest = [...states].sort((a, b) => b.count - a.count).slice(0, MOST_HISTOGRAMS);
    for (const { key, buckets } of busiest) {
      const columns = this.#columns.get(key) ?? [];
      this.#columns.set(key, columns);
      while (columns.length < this.#length) columns.push(null);
      // One that was not there a moment ago has recorded everything since.
      columns.push(before === undefined ? null : recordedBetween(before.get(key) ?? NOTHING, buckets));
    }
    this.#length++;
    for (const columns of this.#columns.values()) while (columns.length < this.#length) columns.push(null);
  }

  /** Forgets the oldest reading. */
  shift(): void {
    this.#length--;
    for (const [key, columns] of this.#columns) {
      columns.shift();
      if (columns.every((column) => column === null)) this.#columns.delete(key);
    }
  }

  forget(): void {
    this.#columns.clear();
    this.#before = undefined;
    this.#length = 0;
  }
}
