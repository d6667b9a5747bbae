/**
 * A clock for tests: the fake one of a test runner while there is one, by whatever name it is installed, and the real one otherwise.
 */
import { readClock, unixMillis } from './clock.ts';

const NANOS_PER_MILLI = 1_000_000n;

/** Unix nanoseconds. `Date` is what every test runner replaces when it holds the clock. */
export function readFollowedClock(): bigint {
  if (globalThis.Date.now !== unixMillis) return BigInt(Math.round(globalThis.Date.now() * 1e6));
  return readClock() + realOffsetNanos();
}

let offsetNanos = 0n;

/** Of the wall clock, to a millisecond; taken anew when it is off by more, because the wall clock was set. */
function realOffsetNanos(): bigint {
  const now = BigInt(unixMillis()) * NANOS_PER_MILLI - readClock();
  if (now - offsetNanos > NANOS_PER_MILLI || offsetNanos - now > NANOS_PER_MILLI) offsetNanos = now;
  return offsetNanos;
}
