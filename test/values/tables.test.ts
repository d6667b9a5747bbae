/** Arrays of numbers or short texts, and of rows of them, with an element that runs code. */
import { expect, test } from 'vitest';
import { decodeValue } from '../../src/codec/values/value.ts';
import { ValueWriter } from '../../src/codec/values/value-writer.ts';
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

test.each([
  ['numbers', numbers],
  ['texts', texts],
])('a table of %s whose count is damaged is an error, not a loop', (_, rows) => {
  const writer = new ValueWriter();
  writer.begin(65_536);
  writer.value(rows);
  const bytes = Uint8Array.from(writer.bytes.subarray(0, writer.position));
  expect(decodeValue(bytes, 0)).toEqual(rows);
  new DataView(bytes.buffer).setUint32(1, 0xffff_ffff, true);
  expect(() => decodeValue(bytes, 0)).toThrow();
});
