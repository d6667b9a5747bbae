/**
 * What a caller writes itself, in the audit file beside the worker's lines, has the time of the worker's clock.
 */
import { expect, test } from 'vitest';
import { allocatorOf, SHARED_MEMORY } from '../../src/memory/allocator.ts';
import type { Block } from '../../src/memory/block.ts';
import { allocateRun, RUN_CLOCK_OFFSET_INDEX } from '../../src/memory/run.ts';
import { unixNanos } from '../../src/memory/unix-time.ts';

const MILLI = 1_000_000n;

/** Unix time minus the monotonic clock, to a millisecond. */
const aboutOffset = () => BigInt(Date.now()) * MILLI - process.hrtime.bigint();

function runWith(offsetNanos: bigint): Block {
  const run = allocateRun(allocatorOf(SHARED_MEMORY), '');
  run.nanos[RUN_CLOCK_OFFSET_INDEX] = offsetNanos;
  return run;
}

test('with a worker’s clock: its offset, to the nanosecond', () => {
  const offset = aboutOffset() + 123_457n;
  const before = process.hrtime.bigint() + offset;
  const time = unixNanos(runWith(offset));
  expect(time).toBeGreaterThanOrEqual(before);
  expect(time).toBeLessThanOrEqual(process.hrtime.bigint() + offset);
});

test.each([
  ['before a worker has booted', () => 0n],
  ['when the wall clock was set and no worker has seen it', () => aboutOffset() + 5_000n * MILLI],
])('%s: the wall clock’s whole milliseconds', (_, offsetNanos) => {
  const before = Date.now();
  const time = unixNanos(runWith(offsetNanos()));
  expect(time % MILLI).toBe(0n);
  expect(Number(time / MILLI)).toBeGreaterThanOrEqual(before);
  expect(Number(time / MILLI)).toBeLessThanOrEqual(Date.now());
});
