/**
 * The counts that a reader of delta temporality has received, as plain values that can be sent between threads: the next worker goes on from there.
 */
import { Distribution } from './distribution.ts';

/** Counts of a series at that time. */
export interface Counted {
  readonly value: number;
  readonly distribution: Distribution | undefined;
}

export interface DeltaBaseline {
  /** Milliseconds since the Unix epoch; 0: nothing has been received yet. */
  readonly timeMillis: number;
  readonly series: readonly PlainSeries[];
}

interface PlainSeries {
  readonly id: string;
  readonly value: number;
  readonly distribution: PlainDistribution | undefined;
}

interface PlainDistribution {
  readonly sum: number;
  readonly zeros: number;
  /** Undefined: written by a version before 30 November 2026. */
  readonly bounds: readonly number[] | undefined;
  readonly below: Float64Array;
  readonly pages: readonly (readonly [key: number, counts: Float64Array])[];
}

export function baselineOf(counted: ReadonlyMap<string, Counted>, timeMillis: number): DeltaBaseline {
  const series = Array.from(counted, ([id, { value, distribution }]) => ({
    id,
    value,
    distribution: distribution && plain(distribution),
  }));
  return { timeMillis, series };
}

export function countedBy({ series }: DeltaBaseline): Map<string, Counted> {
  return new Map(series.map(({ id, value, distribution }) => [id, { value, distribution: distribution && whole(distribution) }]));
}

function plain({ sum, zeros, bounds, below, pages }: Distribution): PlainDistribution {
  return { sum, zeros, bounds, below, pages: [...pages] };
}

function whole({ sum, zeros, bounds, below, pages }: PlainDistribution): Distribution {
  const made = new Distribution(bounds ?? []);
  made.sum = sum;
  made.zeros = zeros;
  if (bounds !== undefined) made.below.set(below);
  for (const [key, counts] of pages) made.pages.set(key, counts);
  return made;
}
