/**
 * Families of doubles, each after something that has broken number formatting before: where digits run out, where notations change, where
 * neighbours are close or unevenly spaced.
 */
import type { Random } from '../support/random.ts';

const { floor, round } = Math;
const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);

function fromBits(high: number, low: number): number {
  words[1] = high;
  words[0] = low;
  return double[0];
}

/** A neighbour of `value`, up to `distance` steps away. */
function near(value: number, distance: number, random: Random): number {
  double[0] = value;
  return fromBits(words[1], words[0] + floor(random() * (2 * distance + 1)) - distance);
}

/** By name, what draws the next one. `draw` may have no more than 32 bits. */
export function doubleFamilies(draw: Random): Readonly<Record<string, () => number>> {
  const random = () => (floor(draw() * 2 ** 26) * 2 ** 27 + floor(draw() * 2 ** 27)) / 2 ** 53;
  return {
    'any bits': () => fromBits(random() * 2 ** 32, random() * 2 ** 32),
    'between 0 and 1': random,
    'prices with two decimals': () => round(random() * 1e7) / 100,
    'four decimals': () => round(random() * 1e9) / 1e4,
    'eight decimals': () => round(random() * 1e12) / 1e8,
    'sums of prices': () => 64_123.17 + floor(random() * 1e6) * 0.01,
    '32-bit integers': () => floor(random() * 2 ** 33) - 2 ** 32,
    '53-bit integers': () => floor(random() * 2 ** 54) - 2 ** 53,
    'fractions of large numbers': () => 2 ** (20 + random() * 33) + random() * 100,
    'few bits behind the point of large numbers': () =>
      2 ** floor(30 + random() * 23) + floor(random() * 4096) / 2 ** floor(random() * 12),
    small: () => random() * 2 ** -4,
    'small decimals': () => floor(random() * 1e12) / 10 ** (10 + floor(random() * 10)),
    'all magnitudes': () => 10 ** (random() * 60 - 30),
    'neighbours of decimals': () => near(round(random() * 1e6) / 10 ** floor(random() * 8), 3, random),
    'neighbours of powers of two': () => near(2 ** floor(random() * 2098 - 1074), 3, random),
    'neighbours of powers of ten': () => near(10 ** floor(random() * 40 - 20), 3, random),
    'one to seventeen digits': () => Number((random() * 1000).toPrecision(1 + floor(random() * 17))),
    'halves of the last place': () => (2 ** 52 - floor(random() * 2 ** 51)) / 2 ** floor(random() * 8),
  };
}

/** Where one case ends and another begins, and what is easily forgotten. */
export const EDGES: readonly number[] = [
  0,
  -0,
  1,
  9,
  10,
  99,
  100,
  999,
  1000,
  9999,
  10_000,
  99_999_999,
  100_000_000,
  999_999_999,
  1_000_000_000,
  4_294_967_295,
  4_294_967_296,
  0.1,
  0.1 + 0.2,
  0.5,
  2 ** -4,
  2 ** -5,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 31 + 0.5,
  2 ** 32,
  2 ** 53 - 1,
  2 ** 53,
  2 ** 53 + 2,
  2 ** 63,
  1e-5,
  1e-6,
  1e-7,
  1.5e-7,
  9.999999e-7,
  1e7,
  9_999_999.999_999_99,
  99_999_999.9999,
  1e11,
  1e15,
  1e16,
  1e17,
  1e20,
  1e21,
  123_456_789_012_345_680_000,
  5e-324,
  2.2250738585072014e-308,
  1.7976931348623157e308,
  1_125_899_906_842_624.2,
  1_125_899_906_842_624.8,
  4_503_599_627_370_495.5,
  0.000_123_456_789_012_345_67,
  Number.NaN,
  Number.POSITIVE_INFINITY,
].flatMap((value) => [value, -value]);
