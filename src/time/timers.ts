/**
 * Time as backends see it: handed in, so that a test can hold the clock, and taken from Node at import, so that a test runner that replaces the
 * globals later does not.
 */
import { clearTimeout, setTimeout } from 'node:timers';

export interface Timers {
  setTimeout(callback: () => void, millis: number): unknown;
  clearTimeout(timer: unknown): void;
  /** Unix milliseconds: what a file is named after and an error dated with. May jump when the clock is set. */
  now(): number;
  /** Milliseconds of a clock that only goes forward: what deadlines and durations are measured with. */
  monotonic(): number;
}

const dateNow = Date.now;
const performanceNow = performance.now.bind(performance);

export const SYSTEM_TIMERS: Timers = {
  setTimeout: (callback, millis) => setTimeout(callback, millis),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
  now: () => dateNow(),
  monotonic: () => performanceNow(),
};

/** Settles after so many milliseconds. */
export function pause(timers: Timers, millis: number): Promise<void> {
  return new Promise((resolve) => void timers.setTimeout(resolve, millis));
}
