import fc from 'fast-check';
import { expect, test } from 'vitest';
import { namePattern } from '../../src/common/name-pattern.ts';

const letters = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 8 });
const names = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 10 });

test('matches what the regular expression with .* for each * matches', () => {
  fc.assert(
    fc.property(letters, names, (pattern, name) => {
      const expression = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`, 's');
      expect(namePattern(pattern)(name)).toBe(expression.test(name));
    }),
    { numRuns: 3000 },
  );
});

test('characters of regular expressions stand for themselves', () => {
  expect(namePattern('a+(b)*')('a+(b)c')).toBe(true);
  expect(namePattern('a.c')('abc')).toBe(false);
});

test('a pattern made to be slow is not', () => {
  const matches = namePattern(`${'a*'.repeat(60)}b`);
  const name = 'a'.repeat(20_000);
  // A matcher that tries every way to divide the name would not be through with one in the test's time.
  for (let i = 0; i < 20; i++) expect(matches(name)).toBe(false);
});
