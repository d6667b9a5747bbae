/**
 * Default upper bounds of the explicit buckets that Prometheus sees.
 */

/** 1, 2 and 5 in each power of ten, from 1 µs to 10 s: three buckets a decade resolve a latency to about ±35 %, over the range that a trading service meets. */
const MICROSECOND_LADDER: readonly number[] = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 2e6, 5e6, 1e7,
];

/** OpenTelemetry's default for histograms of which nothing is known (metrics SDK specification, "Explicit Bucket Histogram Aggregation"). */
export const STANDARD_BOUNDS: readonly number[] = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000];

const LADDERS = new Map<string, readonly number[]>(
  Object.entries({
    ns: MICROSECOND_LADDER.map((bound) => bound * 1000),
    us: MICROSECOND_LADDER,
    // Divided, not multiplied by a fraction: 5 / 1e6 is the double that a person writes as 0.000005.
    ms: MICROSECOND_LADDER.map((bound) => bound / 1e3),
    s: MICROSECOND_LADDER.map((bound) => bound / 1e6),
  }),
);

export function sameBounds(first: readonly number[], second: readonly number[]): boolean {
  return first === second || (first.length === second.length && first.every((bound, i) => bound === second[i]));
}

/** Every bound of both, increasing. */
export function unionOfBounds(first: readonly number[], second: readonly number[]): readonly number[] {
  if (sameBounds(first, second)) return first;
  return [...new Set([...first, ...second])].sort((left, right) => left - right);
}

/** The 1-2-5 ladder from 1 µs to 10 s in a unit of time, or `undefined` for other units. */
export function durationBounds(unit: string): readonly number[] | undefined {
  return LADDERS.get(unit);
}
