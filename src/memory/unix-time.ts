/**
 * The wall clock for what the caller's thread writes itself: the worker's, which is exact to the microsecond and which all other records have.
 */
import { readClock, unixMillis } from '../time/clock.ts';
import type { Block } from './block.ts';
import { RUN_CLOCK_OFFSET_INDEX } from './run.ts';

const NANOS_PER_MILLI = 1_000_000n;

/** The worker anchors its clock once a second. When it is further off, the wall clock was set and no worker has seen it. */
const MAX_APART_NANOS = 1_000_000_000n;

/** Unix time in nanoseconds; in whole milliseconds where no worker keeps the clock. */
export function unixNanos(run: Block): bigint {
  const inMillis = BigInt(unixMillis()) * NANOS_PER_MILLI;
  const exact = readClock() + Atomics.load(run.nanos, RUN_CLOCK_OFFSET_INDEX);
  const apart = exact - inMillis;
  return apart < MAX_APART_NANOS && apart > -MAX_APART_NANOS ? exact : inMillis;
}
