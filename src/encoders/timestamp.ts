/**
 * Times of frames as text. A frame carries a reading of the monotonic clock; the wall clock's offset makes it Unix time. The part that changes once a second
 * (date, hour, minute, second) is kept as a finished segment, so a time costs a copy and nine digits, without a BigInt or a Date.
 */
import { write9 } from './digits.ts';
import type { FrameSource, WallClock } from './encoder.ts';
import { type Segment, writeSegment } from './segment.ts';

const NANOS_PER_SECOND = 1_000_000_000n;

/** Unix seconds between which `toISOString` writes years with four digits. */
const YEAR_0 = Date.parse('0000-01-01T00:00:00Z') / 1000;
const YEAR_10000 = Date.parse('+010000-01-01T00:00:00Z') / 1000;

/** Whole seconds since 1970, and what is left: 0 … 999,999,999 nanoseconds, before 1970 too. */
export function splitSeconds(unixNanos: bigint): { readonly seconds: number; readonly nanos: bigint } {
  const remainder = unixNanos % NANOS_PER_SECOND;
  const nanos = remainder < 0n ? remainder + NANOS_PER_SECOND : remainder;
  return { seconds: Number((unixNanos - nanos) / NANOS_PER_SECOND), nanos };
}

/** `2026-11-23T12:34:56`, in UTC. */
export function isoSeconds(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString().slice(0, 19);
}

/** `2026-11-23T12:34:56.123456789Z`. A time that has no such form (a user may give any number) is written in nanoseconds since 1970. */
export function isoNanos(unixNanos: bigint): string {
  const { seconds, nanos } = splitSeconds(unixNanos);
  if (seconds < YEAR_0 || seconds >= YEAR_10000) return `${unixNanos}ns`;
  return `${isoSeconds(seconds)}.${String(nanos).padStart(9, '0')}Z`;
}

export class TimestampWriter {
  readonly #words: Int32Array;
  readonly #nanos: BigInt64Array;
  readonly #clock: WallClock;
  readonly #prefixOf: (unixSeconds: number) => Segment;
  #prefix: Segment;
  /** High word of the readings that `#prefix` is known to hold for, and the low word at which its second began, negative if that was before. */
  #baseHigh = 0;
  #baseLow = 0;
  #offsetNanos: bigint;

  /** `prefixOf` gives everything up to the nine digits, for example `2026-11-23T12:34:56.`. */
  constructor(source: FrameSource, clock: WallClock, prefixOf: (unixSeconds: number) => Segment) {
    this.#words = source.words;
    this.#nanos = source.nanos;
    this.#clock = clock;
    this.#prefixOf = prefixOf;
    this.#offsetNanos = clock.offsetNanos;
    this.#prefix = prefixOf(0);
    this.#startSecond(-clock.offsetNanos);
  }

  /** To be called before a run of frames: the clock may have been anchored anew. */
  refresh(): void {
    if (this.#offsetNanos === this.#clock.offsetNanos) return;
    this.#offsetNanos = this.#clock.offsetNanos;
    this.#baseLow = Number.NaN; // no reading is in this second
  }

  /** Writes prefix and nine digits for the frame at `unit`; returns where they end. */
  write(view: DataView, at: number, unit: number): number {
    const word = (unit + 1) * 2;
    let nanos = (this.#words[word] >>> 0) - this.#baseLow;
    if (this.#words[word + 1] !== this.#baseHigh || !(nanos >= 0 && nanos < 1e9)) {
      this.#startSecond(this.#nanos[unit + 1]);
      nanos = (this.#words[word] >>> 0) - this.#baseLow;
    }
    return write9(view, writeSegment(view, at, this.#prefix), nanos);
  }

  /** Makes the second that `reading` falls into the current one. */
  #startSecond(reading: bigint): void {
    const { seconds, nanos } = splitSeconds(reading + this.#offsetNanos);
    const base = reading - nanos;
    this.#baseHigh = Number(reading >> 32n);
    this.#baseLow = Number(base - ((reading >> 32n) << 32n));
    this.#prefix = this.#prefixOf(seconds);
  }
}
