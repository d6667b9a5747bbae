/**
 * The wall clock for lines that a caller's thread writes itself. It is the worker's, exact to the microsecond, so that all records have the times of one clock.
 */
import { readClock, unixMillis } from '../time/clock.ts';
import type { Block } from './block.ts';
import { RUN_CLOCK_OFFSET_INDEX } from './run.ts';

const NANOS_PER_MILLI = 1_000_000n;

/** The worker anchors its clock once a second. If it is further off, the wall clock was set and no worker has noticed yet. */
const MAX_APART_NANOS = 1_000_000_000n;

/** Unix time in nanoseconds; in whole milliseconds where no worker keeps the clock. */
export function unixNanos(run: Block): bigint {
  const inMillis = BigInt(unixMillis()) * NANOS_PER_MILLI;
  const exact = readClock() + Atomics.load(run.nanos, RUN_CLOCK_OFFSET_INDEX);
  const apart = exact - inMillis;
  return apart < MAX_APART_NANOS && apart > -MAX_APART_NANOS ? exact : inMillis;
}
