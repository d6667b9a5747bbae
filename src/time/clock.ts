/**
 * The one clock: a monotonic one in nanoseconds for records, durations and deadlines, and the wall clock for dates.
 *
 * All readings are captured when this file is loaded, so a test runner that replaces the globals later does not reach them. Where it has replaced `Date`
 * before, the original comes from a fresh realm.
 */
import { runInNewContext } from 'node:vm';

/**
 * Nanoseconds of the monotonic clock; the same for all threads of the machine. Every record carries such a reading, and the worker adds the wall clock's
 * offset (worker/wall-clock.ts).
 *
 * Looking `process.hrtime` up in each call costs 7 ns more. The result is stored straight into a BigInt64Array, which lets the engine skip making a
 * BigInt (25 ns a reading; `performance.now()` 32–57).
 */
export const readClock: () => bigint = process.hrtime.bigint;

/** Milliseconds of the same clock: for deadlines and durations. Comparable between threads, which `performance.now()` is not. */
export function monotonicMillis(): number {
  return Number(readClock()) / 1e6;
}

/** Unix milliseconds: what a file is named after and an error dated with. May jump when the clock is set. */
export const unixMillis: () => number = realDateNow();

/** Unix milliseconds of the moment that readings of `performance.now()` on this thread count from. */
export const TIME_ORIGIN_MILLIS: number = performance.timeOrigin;

const performanceNow = performance.now.bind(performance);

/** Unix milliseconds with a fraction. Does not follow a wall clock that was set or slewed since the thread began. */
export const preciseUnixMillis = (): number => TIME_ORIGIN_MILLIS + performanceNow();

function realDateNow(): () => number {
  const isNative = Function.prototype.toString.call(Date.now) === 'function now() { [native code] }';
  return isNative ? Date.now : (runInNewContext('Date.now') as () => number);
}
