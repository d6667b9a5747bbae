/**
 * Clock and timers as one object, for parts that a test drives by hand. All other code, and {@link SYSTEM_TIMERS}, uses clock.ts and real-timers.ts.
 */
import { monotonicMillis, unixMillis } from './clock.ts';
import { type RunningTimer, startTimer, stopTimer } from './real-timers.ts';

export interface Timers {
  setTimeout(callback: () => void, millis: number): unknown;
  clearTimeout(timer: unknown): void;
  /** Unix milliseconds: what a file is named after and an error dated with. May jump when the clock is set. */
  now(): number;
  /** Milliseconds of a clock that only goes forward: what deadlines and durations are measured with. */
  monotonic(): number;
}

export const SYSTEM_TIMERS: Timers = {
  setTimeout: startTimer,
  clearTimeout: (timer) => stopTimer(timer as RunningTimer | undefined),
  now: unixMillis,
  monotonic: monotonicMillis,
};

/** Settles after so many milliseconds. */
export function pause(timers: Timers, millis: number): Promise<void> {
  return new Promise((resolve) => void timers.setTimeout(resolve, millis));
}
