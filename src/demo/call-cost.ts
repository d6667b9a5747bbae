/**
 * The cost of a call, measured on the calls of this run: every k-th is timed with two readings of the clock.
 *
 * A third reading follows at once. The time between the last two is the clock's own cost and the machine's noise, sampled as often and at the same moments as
 * the calls: a tail that both have is not the call's.
 */

/** Samples kept: at twice 8 bytes each, 4 MiB. Enough that the 99.9th percentile stands on hundreds of calls. */
const MAX_SAMPLES = 262_144;

export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export interface CallCostReport {
  readonly samples: number;
  /** Each how many calls one was timed. */
  readonly every: number;
  /** Of a call, without the clock's median. */
  readonly callNanos: Percentiles;
  /** Of nothing: two readings of the clock, one after the other. */
  readonly emptyNanos: Percentiles;
}

export class CallCost {
  readonly #every: number;
  readonly #calls = new Float64Array(MAX_SAMPLES);
  readonly #empties = new Float64Array(MAX_SAMPLES);
  #samples = 0;
  #count = 0;

  /** @param expectedCalls how many calls there will be; more than that are made, but not timed once the samples are full */
  constructor(expectedCalls: number) {
    this.#every = Math.max(1, Math.ceil(expectedCalls / MAX_SAMPLES));
  }

  /** Makes the call, and times it when it is its turn. */
  measure(call: () => void): void {
    if (this.#count++ % this.#every !== 0 || this.#samples === MAX_SAMPLES) {
      call();
      return;
    }
    const start = performance.now();
    call();
    const end = performance.now();
    const after = performance.now();
    const sample = this.#samples++;
    this.#calls[sample] = (end - start) * 1e6;
    this.#empties[sample] = (after - end) * 1e6;
  }

  report(): CallCostReport {
    const emptyNanos = percentilesOf(this.#empties.slice(0, this.#samples), 0);
    const callNanos = percentilesOf(this.#calls.slice(0, this.#samples), emptyNanos.p50);
    return { samples: this.#samples, every: this.#every, callNanos, emptyNanos };
  }
}

function percentilesOf(samples: Float64Array, subtracted: number): Percentiles {
  samples.sort();
  const at = (share: number) => Math.max(0, (samples[Math.ceil(share * samples.length) - 1] ?? 0) - subtracted);
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999), max: at(1) };
}
