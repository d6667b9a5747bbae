/**
 * Monotonic clock → wall clock. Frames carry a reading of the monotonic clock; this keeps the offset to Unix time, anchored anew at least once a
 * second so that a stepped or slewed wall clock is followed.
 *
 * `Date.now()` has whole milliseconds only, so it is watched until it ticks over: in that moment its value is exact, to the microsecond or so
 * between two looks. When the thread lost its core between them, the next tick is waited for. The thread sleeps until shortly before the tick: some thousand
 * looks more, at a start, would have V8 load its optimizing compiler for them (5 MiB of Node's file). A watch takes half a millisecond of the worker on average,
 * once a second.
 */
import type { WallClock } from '../encoders/encoder.ts';
import { preciseUnixMillis, readClock, unixMillis } from '../time/clock.ts';
import { sleepNow } from '../time/sleep.ts';

/** RTS 25 asks for divergence from UTC to be bounded; a second of drift at 500 ppm, the most NTP slews, is half a millisecond. */
const ANCHOR_INTERVAL_NANOS = 1_000_000_000n;

const NANOS_PER_MILLI = 1_000_000n;

/** Longest time between two looks that a tick is taken for exact: some twenty times what it takes undisturbed. */
const EXACT_NANOS = 10_000n;

/** A sleep ends so much before the tick is expected: it lasts 60 µs longer than asked for on an idle machine. */
const AWAKE_NANOS = 200_000n;

/** Ticks that are waited for on a machine that disturbs them all. The best one counts. */
const MAX_TICKS = 4;

/** Looks at the clock before the watch is given up, in case the wall clock stands still (a debugger, a faked clock): some ten milliseconds. */
const MAX_LOOKS = 200_000;

export class AnchoredClock implements WallClock {
  offsetNanos: bigint;
  #anchoredAt: bigint;
  readonly #monotonic: () => bigint;
  readonly #wallMillis: () => number;
  readonly #publish: (offsetNanos: bigint) => void;
  readonly #sleep: (millis: number) => void;

  /** `publish` is called with every new offset. */
  constructor(
    monotonic: () => bigint = readClock,
    wallMillis: () => number = unixMillis,
    publish: (offsetNanos: bigint) => void = () => {},
    sleep: (millis: number) => void = sleepNow,
  ) {
    this.#monotonic = monotonic;
    this.#wallMillis = wallMillis;
    this.#publish = publish;
    this.#sleep = sleep;
    this.offsetNanos = BigInt(Math.round(preciseUnixMillis() * 1e6)) - monotonic();
    this.#anchoredAt = this.#anchor();
  }

  /** Anchors anew when the last anchor is old. To be called before frames are encoded. */
  refresh(): void {
    if (this.#monotonic() - this.#anchoredAt >= ANCHOR_INTERVAL_NANOS) this.#anchoredAt = this.#anchor();
  }

  #anchor(): bigint {
    let best = this.#watchTick();
    for (let ticks = 1; best.betweenNanos > EXACT_NANOS && ticks < MAX_TICKS; ticks++) {
      const next = this.#watchTick();
      if (next.betweenNanos <= best.betweenNanos) best = next;
    }
    this.offsetNanos = best.offsetNanos;
    this.#publish(best.offsetNanos);
    return this.#monotonic();
  }

  #watchTick(): { readonly offsetNanos: bigint; readonly betweenNanos: bigint } {
    this.#sleepBeforeTick();
    const before = this.#wallMillis();
    let millis = before;
    let nanos = this.#monotonic();
    let previous = nanos;
    let beforePrevious = nanos;
    for (let looks = 0; millis === before && looks < MAX_LOOKS; looks++) {
      beforePrevious = previous;
      previous = nanos;
      millis = this.#wallMillis();
      nanos = this.#monotonic();
    }
    // The clock ticked after the look before this one, which began when `beforePrevious` had been read.
    return { offsetNanos: BigInt(millis) * NANOS_PER_MILLI - nanos, betweenNanos: nanos - beforePrevious };
  }

  /** By the offset as it was last known. If that is wrong now, the watch takes longer, and is as exact. */
  #sleepBeforeTick(): void {
    const left = NANOS_PER_MILLI - ((this.#monotonic() + this.offsetNanos) % NANOS_PER_MILLI) - AWAKE_NANOS;
    if (left > 0n) this.#sleep(Number(left) / 1e6);
  }
}
