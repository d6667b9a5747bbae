/** Arrays of numbers or short texts, and of rows of them, with an element that runs code. */
import { expect, test } from 'vitest';
import { createTestLogging } from '../../src/testing.ts';

const throws = (): never => {
  throw new Error('no');
};
const numbers = Array.from({ length: 12 }, (_, i) => [i, i + 0.5]);
const texts = numbers.map((row) => row.map((number) => number.toFixed(2)));

test.each([
  ['a proxy', new Proxy([1, 2], { get: (of, name) => (name === '1' ? throws() : Reflect.get(of, name)) })],
  ['a getter', Object.defineProperty([1, 2], 1, { get: throws })],
])('of a table, only the row in which %s throws is missing', (_, bad) => {
  const logging = createTestLogging();
  const log = logging.getLogger('book');
  for (const rows of [numbers, texts]) {
    const expected = [...rows, '[value threw: Error: no]', ...rows];
    const given = [...rows, bad, ...rows];
    for (let i = 0; i < 3; i++) log.info('levels', { given, nested: { given } });
    for (const { attributes } of logging.records().slice(-3))
      expect(attributes).toMatchObject({ given: expected, nested: { given: expected } });
  }
  expect(logging.records()).toHaveLength(6);
});
