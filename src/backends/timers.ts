/**
 * Time as backends see it: handed in, so that a test can hold the clock, and taken from Node at import, so that a test runner that replaces the
 * globals later does not.
 */
import { clearTimeout, setTimeout } from 'node:timers';

export interface Timers {
  setTimeout(callback: () => void, millis: number): unknown;
  clearTimeout(timer: unknown): void;
  /** Unix milliseconds. */
  now(): number;
}

const dateNow = Date.now;

export const SYSTEM_TIMERS: Timers = {
  setTimeout: (callback, millis) => setTimeout(callback, millis),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
  now: () => dateNow(),
};

/** Settles after so many milliseconds. */
export function pause(timers: Timers, millis: number): Promise<void> {
  return new Promise((resolve) => void timers.setTimeout(resolve, millis));
}
