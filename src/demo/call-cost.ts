/**
 * What a call costs its caller, measured on the calls of this very run: every k-th is put between two readings of the clock.
 */

/** Samples kept: at 8 bytes each, 2 MiB. Enough that the 99.9th percentile stands on hundreds of calls. */
const MAX_SAMPLES = 262_144;

/** Back-to-back readings from which the clock's own cost is taken. */
const CLOCK_ROUNDS = 20_000;

export interface CallCostReport {
  readonly samples: number;
  /** Each how many calls one was timed. */
  readonly every: number;
  /** Taken off each sample: what two readings with nothing between them show. */
  readonly clockNanos: number;
  readonly p50Nanos: number;
  readonly p99Nanos: number;
  readonly p999Nanos: number;
  readonly maxNanos: number;
}

export class CallCost {
  readonly #every: number;
  readonly #clockNanos: number;
  readonly #samples: Float64Array;
  #count = 0;
  #calls = 0;

  /** @param expectedCalls how many calls there will be; more than that are made, but not timed once the samples are full */
  constructor(expectedCalls: number) {
    this.#every = Math.max(1, Math.ceil(expectedCalls / MAX_SAMPLES));
    this.#samples = new Float64Array(MAX_SAMPLES);
    this.#clockNanos = clockCostNanos();
  }

  /** Makes the call, and times it when it is its turn. */
  measure(call: () => void): void {
    if (this.#calls++ % this.#every !== 0 || this.#count === MAX_SAMPLES) {
      call();
      return;
    }
    const start = performance.now();
    call();
    const end = performance.now();
    this.#samples[this.#count++] = (end - start) * 1e6;
  }

  report(): CallCostReport {
    const sorted = this.#samples.slice(0, this.#count).sort();
    const percentile = (share: number) => {
      const sample = sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0;
      return Math.max(0, sample - this.#clockNanos);
    };
    return {
      samples: this.#count,
      every: this.#every,
      clockNanos: this.#clockNanos,
      p50Nanos: percentile(0.5),
      p99Nanos: percentile(0.99),
      p999Nanos: percentile(0.999),
      maxNanos: percentile(1),
    };
  }
}

/** Median of two readings with nothing between them. */
function clockCostNanos(): number {
  const gaps = new Float64Array(CLOCK_ROUNDS);
  for (let i = 0; i < CLOCK_ROUNDS; i++) {
    const start = performance.now();
    const end = performance.now();
    gaps[i] = (end - start) * 1e6;
  }
  return gaps.sort()[CLOCK_ROUNDS >> 1];
}
