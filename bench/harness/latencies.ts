/**
 * Latencies of an open loop, counted in buckets that cost a few ns to fill: 10 ns wide up to 100 µs, 1 µs wide up to 100 ms. The largest is kept as it is.
 */
const FINE_NANOS = 10;
const FINE_BUCKETS = 10_000;
const FINE_LIMIT = FINE_NANOS * FINE_BUCKETS;
const COARSE_NANOS = 1_000;
const COARSE_BUCKETS = 100_000;

export class Latencies {
  max = 0;
  count = 0;
  readonly #buckets = new Uint32Array(FINE_BUCKETS + COARSE_BUCKETS);

  record(nanos: number): void {
    this.count++;
    if (nanos > this.max) this.max = nanos;
    const bucket =
      nanos < FINE_LIMIT ? (nanos / FINE_NANOS) | 0 : Math.min(COARSE_BUCKETS - 1, (nanos / COARSE_NANOS) | 0) + FINE_BUCKETS;
    this.#buckets[bucket]++;
  }

  /** Upper end of the bucket below which `share` of all latencies lie, ns. */
  percentile(share: number): number {
    const wanted = Math.ceil(this.count * share);
    let seen = 0;
    for (let bucket = 0; bucket < this.#buckets.length; bucket++) {
      seen += this.#buckets[bucket];
      if (seen < wanted) continue;
      const end = bucket < FINE_BUCKETS ? (bucket + 1) * FINE_NANOS : (bucket - FINE_BUCKETS + 1) * COARSE_NANOS;
      return Math.min(end, this.max);
    }
    return this.max;
  }
}
