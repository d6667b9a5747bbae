import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeValue } from '../../src/codec/values/value.ts';
import { ValueWriter } from '../../src/codec/values/value-writer.ts';
import { NestedJson } from '../../src/encoders/json/nested.ts';
import { jsonValue } from '../../src/encoders/json/value.ts';
import { NestedOtlp } from '../../src/encoders/otlp/nested.ts';
import { ProtobufWriter } from '../../src/encoders/otlp/protobuf-writer.ts';
import { ATTRIBUTE_VALUE } from '../../src/encoders/otlp/tags.ts';
import { writeAnyValue } from '../../src/encoders/otlp/value.ts';

/** Values of market data, and beside them everything that leaves the shortest way: escapes, long texts and keys, many digits, many elements. */
const text = fc.oneof(
  { weight: 4, arbitrary: fc.string({ maxLength: 9 }) },
  fc.string({ unit: 'binary', maxLength: 9 }),
  fc.string({ maxLength: 70 }),
  fc.constantFrom('', '12345678', '123456789', 'a"b', '64000.01', '1234567890123456', '12345678901234567'),
);
const number = fc.oneof(
  fc.integer({ min: -20_000, max: 20_000 }),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.integer().map((whole) => whole / 100),
  fc.integer().map((whole) => whole / 1e4),
  fc.double(),
);
const leaf = fc.oneof(
  text,
  number,
  text,
  number,
  fc.boolean(),
  fc.constantFrom(null, undefined),
  fc.bigInt(),
  fc.uint8Array({ maxLength: 9 }),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 5 }, leaf, tie('array'), tie('map'), tie('rows')),
  array: fc.array(tie('value'), { maxLength: 6 }),
  map: fc.dictionary(text, tie('value'), { maxKeys: 6 }),
  rows: fc.oneof(
    fc.array(fc.tuple(text, text), { maxLength: 40 }),
    fc.array(fc.tuple(number, number), { maxLength: 40 }),
    fc.array(fc.array(number, { minLength: 3, maxLength: 4 }), { maxLength: 12 }),
    fc.array(number, { maxLength: 40 }),
    fc.array(fc.string({ maxLength: 12 }), { maxLength: 30 }),
    fc
      .integer({ min: 1, max: 8 })
      .chain((width) =>
        fc.array(fc.array(fc.string({ maxLength: 41 }), { minLength: width, maxLength: width }), { maxLength: 9 }),
      ),
    fc.nat(1_100).map((length) => Float64Array.from({ length }, (_, i) => i / 4)),
    fc.array(fc.record({ price: number, qty: number }), { maxLength: 40 }),
  ),
}));

/** Encoded, in memory that ends with the value, as that of a ring ends with its last frame. */
function encoded(sent: unknown): Uint8Array {
  const writer = new ValueWriter();
  writer.begin(1e6);
  writer.value(sent);
  return Uint8Array.from(writer.bytes.subarray(0, writer.position));
}

/** Room beyond what is counted: encoders write whole words. */
const SLACK = 64;

test('any value, also at the very end of the memory, becomes the JSON that its decoded form does', () => {
  fc.assert(
    fc.property(value, (sent) => {
      const bytes = encoded(sent);
      const wanted = jsonValue(decodeValue(bytes, 0));
      const out = Buffer.alloc(Buffer.byteLength(wanted) + SLACK);
      const end = new NestedJson(bytes).write(new DataView(out.buffer, out.byteOffset, out.length), 0, 0, 0);
      expect(out.toString('utf8', 0, end)).toBe(wanted);
    }),
    { numRuns: 1_000 },
  );
});

test('any value, also at the very end of the memory, becomes the AnyValue that its decoded form does, or nothing beyond the limit', () => {
  fc.assert(
    fc.property(value, fc.nat(200), (sent, short) => {
      const bytes = encoded(sent);
      const writer = new ProtobufWriter();
      writeAnyValue(writer, ATTRIBUTE_VALUE, decodeValue(bytes, 0));
      const wanted = Buffer.from(writer.take());
      const out = Buffer.alloc(wanted.length * 2 + SLACK);
      const view = new DataView(out.buffer, out.byteOffset, out.length);
      const nested = new NestedOtlp(bytes);
      const end = nested.write(view, 0, ATTRIBUTE_VALUE, 0, out.length);
      expect(out.subarray(0, end)).toEqual(wanted);

      out.fill(0xee);
      const limit = Math.max(0, wanted.length + SLACK - short);
      const limited = nested.write(view, 0, ATTRIBUTE_VALUE, 0, limit);
      if (limited >= 0) expect(out.subarray(0, limited)).toEqual(wanted);
      expect(out.subarray(limit).every((byte) => byte === 0xee)).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});
