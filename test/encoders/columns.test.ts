import fc from 'fast-check';
import { expect, test } from 'vitest';
import { columnsOf, fillColumns } from '../../src/encoders/columns.ts';

/** Texts of one character, and the columns of a terminal that each takes. */
const CHARACTERS: readonly (readonly [string, number])[] = [
  ...['a', ' ', '~', 'é', 'ż', 'µ', '…', '\uff71', 'И', '\u0000'].map((each) => [each, 1] as const),
  ...['価', '한', '！', '￦', 'か', '\u{20000}', '🚀', '🇩'].map((each) => [each, 2] as const),
  ...['\u0301', '\u20dd', '\u200d', '\ufeff'].map((each) => [each, 0] as const),
];
const pieces = fc.array(fc.constantFrom(...CHARACTERS), { maxLength: 20 });

test('a text takes the columns of its characters, and is filled up to a column, never cut', () => {
  fc.assert(
    fc.property(pieces, fc.nat(40), (characters, columns) => {
      const text = characters.map(([each]) => each).join('');
      const taken = characters.reduce((sum, [, each]) => sum + each, 0);
      expect(columnsOf(text)).toBe(taken);
      expect(fillColumns(text, columns)).toBe(text.padEnd(text.length + columns - taken));
    }),
    { numRuns: 500 },
  );
});
