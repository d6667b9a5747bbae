import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plainJson, quoted } from '../src/common/plain-json.ts';

test('plain data reads back as JSON.stringify would have it', () => {
  const value = fc.jsonValue({ noUnicodeString: false, stringUnit: 'binary' } as fc.JsonSharedConstraints);
  fc.assert(
    fc.property(value, fc.string({ unit: 'binary' }), (any, text) => {
      expect(JSON.parse(plainJson([any, text, undefined]))).toEqual(JSON.parse(JSON.stringify([any, text, undefined])));
    }),
    { numRuns: 1_000 },
  );
  expect(plainJson({ a: undefined, b: Number.NaN, c: [undefined, -0, 1e21] })).toBe('{"b":null,"c":[null,0,1e+21]}');
});

test('a text is a literal of JSON and of JavaScript, whatever is in it', () => {
  const text = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code)).join('');
  expect(JSON.parse(quoted(text))).toBe(text);
  expect(new Function(`return ${quoted(text)}`)()).toBe(text);
});

test('what is no plain data is refused', () => {
  for (const value of [1n, Symbol('s'), () => {}, { a: 1n }]) expect(() => plainJson(value)).toThrow(TypeError);
});
