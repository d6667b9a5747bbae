import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ExactSum } from '../../src/common/exact-sum.ts';

/** A double is a whole number of these. */
const LEAST_BITS = 1074n;

/** Exactly, in units of the least double. */
function unitsOf(value: number): bigint {
  let scaled = value;
  let shift = LEAST_BITS;
  while (Number.isInteger(scaled) === false) {
    scaled *= 2;
    shift--;
  }
  return BigInt(scaled) << shift;
}

function sumOf(values: readonly number[]): ExactSum {
  const sum = new ExactSum();
  for (const value of values) sum.add(value);
  return sum;
}

const numbers = fc.array(
  fc.oneof(
    fc.double({ noNaN: true, min: -1e300, max: 1e300 }),
    fc.integer({ min: 0, max: 10_000 }).map((value) => value / 1000),
    fc.constantFrom(2 ** 53, 1, 2 ** -53, -(2 ** 53), 2 ** -1074, 1e-320, 3 * 2 ** -54),
  ),
  { maxLength: 20 },
);

test('the sum is the nearest double of the exact one, whatever the numbers, their order and how they are grouped', () => {
  fc.assert(
    fc.property(numbers, fc.nat(20), (values, at) => {
      const sum = sumOf(values);
      const exact = values.reduce((total, value) => total + unitsOf(value), 0n);
      const distance = (value: number) => {
        const far = unitsOf(value) - exact;
        return far < 0n ? -far : far;
      };
      const ulp = Math.max(Number.MIN_VALUE, 2 ** (Math.floor(Math.log2(Math.abs(sum.value) || Number.MIN_VALUE)) - 53));
      for (const other of [sum.value + ulp, sum.value - ulp, sum.value + 2 * ulp, sum.value - 2 * ulp])
        expect(distance(sum.value) <= distance(other)).toBe(true);
      expect(sumOf(values.toReversed()).value).toBe(sum.value);
      expect(sumOf([...sumOf(values.slice(0, at)).parts, ...sumOf(values.slice(at)).parts]).value).toBe(sum.value);
      expect(unitsOf(sum.valueAbove) >= exact).toBe(true);
      expect(sum.valueAbove === sum.value || unitsOf(sum.value) < exact).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

test('a sum beyond the range of a double stays at its end', () => {
  expect(sumOf([Number.MAX_VALUE, Number.MAX_VALUE, 1]).value).toBe(Number.MAX_VALUE);
  expect(sumOf([-Number.MAX_VALUE, -Number.MAX_VALUE]).value).toBe(-Number.MAX_VALUE);
  expect(sumOf([Number.MAX_VALUE, 1]).valueAbove).toBe(Number.MAX_VALUE);
});
