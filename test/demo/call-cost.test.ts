/**
 * The cost of a call is measured on real calls, and a slow one shows.
 */
import { expect, test } from 'vitest';
import { CallCost } from '../../src/demo/call-cost.ts';

function burn(millis: number): void {
  const until = performance.now() + millis;
  while (performance.now() < until);
}

test('every call is made, whether it is timed or not', () => {
  const cost = new CallCost(1_000_000);
  let made = 0;
  for (let i = 0; i < 1_000; i++) cost.measure(() => made++);
  expect(made).toBe(1_000);
  const { samples, every } = cost.report();
  expect(every).toBe(4);
  expect(samples).toBe(250);
});

test('one slow call in a thousand is the maximum, and not the median', () => {
  const cost = new CallCost(1_000);
  for (let i = 0; i < 1_000; i++) cost.measure(i === 500 ? () => burn(20) : () => {});
  const { callNanos } = cost.report();
  expect(callNanos.max).toBeGreaterThan(19e6);
  expect(callNanos.p50).toBeLessThan(1e6);
});

test('percentiles rise, and nothing was measured where no call was made', () => {
  const cost = new CallCost(10_000);
  for (let i = 0; i < 10_000; i++) cost.measure(() => {});
  for (const { p50, p99, p999, max } of [cost.report().callNanos, cost.report().emptyNanos]) {
    expect([p50, p99, p999, max]).toEqual([p50, p99, p999, max].toSorted((a, b) => a - b));
  }
  expect(new CallCost(0).report()).toMatchObject({ samples: 0, callNanos: { p50: 0, max: 0 } });
});
