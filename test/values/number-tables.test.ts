/** Arrays of numbers, and of rows of them, with an element that runs code. */
import { expect, test } from 'vitest';
import { createTestLogging } from '../../src/testing.ts';

const throws = (): never => {
  throw new Error('no');
};
const row = (i: number) => [i, i + 0.5];
const rows = Array.from({ length: 12 }, (_, i) => row(i));

test.each([
  ['a proxy', new Proxy([1, 2], { get: (of, name) => (name === '1' ? throws() : Reflect.get(of, name)) })],
  ['a getter', Object.defineProperty([1, 2], 1, { get: throws })],
])('of a table, only the row in which %s throws is missing', (_, bad) => {
  const logging = createTestLogging();
  const expected = [...rows, '[value threw: Error: no]', ...rows];
  const given = [...rows, bad, ...rows];
  for (let i = 0; i < 3; i++) logging.getLogger('book').info('levels', { given, nested: { given } });
  for (const { attributes } of logging.records())
    expect(attributes).toMatchObject({ given: expected, nested: { given: expected } });
  expect(logging.records()).toHaveLength(3);
});
