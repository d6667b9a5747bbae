import fc from 'fast-check';
import { expect, test } from 'vitest';
import { levelBits, rankIn, scopeBits, scopeIdIn } from '../../src/codec/head-word.ts';
import { PlanCache, type PlanKey } from '../../src/encoders/plan-cache.ts';

test('a frame finds the plan of its scope, level and shape, whatever else its head word says and whoever shares its place in the table', () => {
  const head = fc.record({
    scope: fc.nat({ max: 40 }),
    level: fc.nat({ max: 7 }),
    rest: fc.nat({ max: 0xfff }),
    flags: fc.nat({ max: 3 }),
    shape: fc.constantFrom(0, 1, 2, 1024, 1025),
  });
  fc.assert(
    fc.property(fc.array(head, { minLength: 50, maxLength: 200, size: 'max' }), (frames) => {
      let made = 0;
      const cache = new PlanCache<PlanKey & { readonly scope: number; readonly level: number }>((kindBits, shapeId) => {
        made++;
        return { kindBits, shapeId, scope: scopeIdIn(kindBits), level: rankIn(kindBits) };
      });
      for (const { scope, level, rest, flags, shape } of frames) {
        const plan = cache.find(scopeBits(scope) | (flags << 15) | levelBits(level) | rest, shape);
        expect([plan.scope, plan.level, plan.shapeId]).toEqual([scope, level, shape]);
      }
      expect(made).toBe(new Set(frames.map(({ scope, level, shape }) => `${scope} ${level} ${shape}`)).size);
    }),
  );
});

test('plans are made anew when there were too many, and after definitions have changed', () => {
  let made = 0;
  const cache = new PlanCache<PlanKey>((kindBits, shapeId) => ({ kindBits, shapeId, made: made++ }));
  for (let round = 0; round < 2; round++)
    for (let shape = 0; shape < 20_000; shape++) expect(cache.find(scopeBits(1), shape).shapeId).toBe(shape);
  expect(made).toBeGreaterThan(20_000);
  const before = cache.find(scopeBits(1), 1);
  expect(cache.find(scopeBits(1), 1)).toBe(before);
  cache.clear();
  expect(cache.find(scopeBits(1), 1)).not.toBe(before);
});
