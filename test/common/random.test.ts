import { expect, test } from 'vitest';
import { randomUint32, randomUuid } from '../../src/common/random.ts';

test('names of a start are UUIDs of version 4, and differ', () => {
  const all = Array.from({ length: 1_000 }, randomUuid);
  for (const each of all) expect(each).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  expect(new Set(all).size).toBe(1_000);
});

test('32 random bits use all of their range', () => {
  let seen = 0;
  for (let i = 0; i < 200; i++) {
    const bits = randomUint32();
    expect(Number.isInteger(bits) && bits >= 0 && bits < 2 ** 32).toBe(true);
    seen |= bits;
  }
  expect(seen >>> 0).toBe(0xffff_ffff);
});
