/**
 * Monotonic clock → wall clock. Frames carry a reading of the monotonic clock; this keeps the offset to Unix time, anchored anew at least once a
 * second so that a stepped or slewed wall clock is followed.
 *
 * `Date.now()` tells whole milliseconds only, so it is watched until it ticks over: in that moment its value is exact, to the microsecond or so
 * that the loop takes. The watch costs half a millisecond of the worker on average, once a second.
 */
import type { WallClock } from '../encoders/encoder.ts';

/** RTS 25 asks for divergence from UTC to be bounded; a second of drift at 500 ppm, the most NTP slews, is half a millisecond. */
export const ANCHOR_INTERVAL_NANOS = 1_000_000_000n;

const NANOS_PER_MILLI = 1_000_000n;

/** Looks at the clock before the watch is given up, in case the wall clock stands still (a debugger, a faked clock): some ten milliseconds. */
const MAX_LOOKS = 200_000;

export class AnchoredClock implements WallClock {
  offsetNanos = 0n;
  #anchoredAt: bigint;
  readonly #monotonic: () => bigint;
  readonly #wallMillis: () => number;

  constructor(monotonic: () => bigint = process.hrtime.bigint, wallMillis: () => number = Date.now) {
    this.#monotonic = monotonic;
    this.#wallMillis = wallMillis;
    this.#anchoredAt = this.#anchor();
  }

  /** Anchors anew when the last anchor is old. To be called before frames are encoded. */
  refresh(): void {
    if (this.#monotonic() - this.#anchoredAt >= ANCHOR_INTERVAL_NANOS) this.#anchoredAt = this.#anchor();
  }

  #anchor(): bigint {
    const before = this.#wallMillis();
    let millis = before;
    let nanos = this.#monotonic();
    for (let looks = 0; millis === before && looks < MAX_LOOKS; looks++) {
      millis = this.#wallMillis();
      nanos = this.#monotonic();
    }
    this.offsetNanos = BigInt(millis) * NANOS_PER_MILLI - nanos;
    return nanos;
  }
}
