import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MetricsSchedule } from '../../src/backends/metrics-schedule.ts';
import type { Outcome } from '../../src/contract/backend.ts';
import { MetricsAccount } from '../../src/contract/metrics-backend.ts';
import { MAX_ASKED_PAUSE_MILLIS } from '../../src/delivery/pauses.ts';
import { SYSTEM_TIMERS } from '../../src/time/timers.ts';
import { freshCounters } from './support/counted.ts';

/** The pause behind each of these outcomes. */
async function pausesBehind(outcomes: readonly Outcome[], intervalMillis: number): Promise<number[]> {
  const pauses: number[] = [];
  const timers = { ...SYSTEM_TIMERS, clearTimeout: () => {}, setTimeout: (_: () => void, millis: number) => pauses.push(millis) };
  const left = [...outcomes];
  const account = new MetricsAccount(freshCounters());
  const schedule = new MetricsSchedule({ intervalMillis, attempt: async () => left.shift()!, account, timers });
  for (const _ of outcomes) await schedule.run();
  return pauses;
}

test('a destination that says when to come back is left alone until then, up to five minutes, whatever the interval', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 10, max: 60_000 }), fc.integer({ min: 1, max: 4_000_000 }), async (interval, after) => {
      const [pause] = await pausesBehind([{ status: 'retryable', afterMillis: after }], interval);
      expect(pause).toBe(Math.min(after, MAX_ASKED_PAUSE_MILLIS));
    }),
  );
});

test('a pause of its own grows up to the interval, and no further', async () => {
  const failures = Array.from({ length: 12 }, (): Outcome => ({ status: 'retryable' }));
  const pauses = await pausesBehind(failures, 30_000);
  expect(pauses[0]).toBeLessThanOrEqual(1_200);
  expect(Math.max(...pauses)).toBe(30_000);
  expect(pauses.slice(-3)).toEqual([30_000, 30_000, 30_000]);
});
