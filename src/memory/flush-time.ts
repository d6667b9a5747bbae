/**
 * How long flushes may take. One word in shared memory has the latest moment of all that are asked for and not done: they are answered together, and one
 * with little time must not take it from those that have more. Whoever has less stops waiting by itself.
 */
import { readClock } from '../time/clock.ts';
import { SIGNAL_FLUSH_UNTIL } from './signals.ts';

/** Nothing is asked for. */
const NONE = 0;

/** Half of what 32 bits of milliseconds tell apart, twelve days: as good as for ever, and what Node's timers take. */
const LONGEST_MILLIS = 2 ** 30;

/** What a caller gives as a timeout, as whole milliseconds that every timer takes: `Infinity` is allowed. */
export function boundedMillis(timeoutMillis: number): number {
  return Math.min(Math.max(0, Math.ceil(timeoutMillis)) || 0, LONGEST_MILLIS);
}

/** To be called before a flush is asked for. */
export function allowMillis(signals: Int32Array, timeoutMillis: number): void {
  const until = (nowMillis() + boundedMillis(timeoutMillis)) | 0 || 1;
  for (let known = Atomics.load(signals, SIGNAL_FLUSH_UNTIL); known === NONE || isLater(until, known); ) {
    const found = Atomics.compareExchange(signals, SIGNAL_FLUSH_UNTIL, known, until);
    if (found === known) return;
    known = found;
  }
}

/** For the worker: what is left of the longest. `usual`: for a flush whose word was forgotten with the one before it, in the very moment of its asking. */
export function allowedMillis(signals: Int32Array, usual: number): number {
  const until = Atomics.load(signals, SIGNAL_FLUSH_UNTIL);
  return until === NONE ? usual : Math.max(0, (until - nowMillis()) | 0);
}

/** For the worker, when all that were asked for are done: the next one's time is its own. */
export function forgetAllowed(signals: Int32Array): void {
  Atomics.store(signals, SIGNAL_FLUSH_UNTIL, NONE);
}

function isLater(left: number, right: number): boolean {
  return ((left - right) | 0) > 0;
}

/** By the one clock that all threads share: that of `performance` begins anew in each. */
function nowMillis(): number {
  return Number(BigInt.asIntN(32, readClock() / 1_000_000n));
}
