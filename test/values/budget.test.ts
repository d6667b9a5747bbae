/** The bytes that a value may take, and the memory that grows for them. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeValue } from '../../src/codec/values/value.ts';
import { GRACE_BYTES, MAX_KEY_BYTES } from '../../src/codec/values/value-bytes.ts';
import { MARK_BYTES } from '../../src/codec/values/value-texts.ts';
import { MAX_DEPTH, ValueWriter } from '../../src/codec/values/value-writer.ts';
import { expectCut, value } from './cut-values.ts';

/** Far more than any budget below, in every form. */
const large = fc.tuple(fc.integer({ min: 1, max: 900 }), fc.integer({ min: 0, max: 120 })).chain(([length, width]) => {
  const items = Array.from({ length }, (_, i) => `${i}:`.padEnd(width, 'x'));
  return fc.constantFrom<unknown>(
    items,
    items.join(''),
    items.map((_, i) => i),
    items.map((text) => [text, text]),
    Object.fromEntries(items.map((text, i) => [`key${i}`, text])),
    Object.fromEntries(items.map((text) => [text, 1])),
    Buffer.alloc(length * width, 0xff),
    10n ** BigInt(length),
  );
});

describe('a value', () => {
  test('takes no more than its budget and the grace for small members, says what is missing, and is whole where it fits', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          value,
          large,
          fc.array(large, { maxLength: 4 }),
          fc.dictionary(fc.string({ maxLength: 5 }), large, { maxKeys: 4 }),
        ),
        fc.integer({ min: 0, max: 3_000 }),
        fc.constantFrom(16, 4_096),
        fc.nat(40),
        (sent, budget, initialBytes, before) => {
          const writer = new ValueWriter(undefined, initialBytes);
          for (let i = 0; i < before; i++) writer.tag(0);
          const start = writer.begin(budget);
          expect(start).toBe(before);
          writer.value(sent);
          const taken = writer.position - start;
          const isMap = (each: unknown): boolean =>
            typeof each === 'object' && each !== null && (Array.isArray(each) ? each.some(isMap) : !ArrayBuffer.isView(each));
          const grace = isMap(sent) ? GRACE_BYTES + MAX_KEY_BYTES : 0;
          expect(taken).toBeLessThanOrEqual(budget + grace + (MAX_DEPTH + 3) * MARK_BYTES);
          const shown = decodeValue(writer.bytes, start);
          expectCut(shown, sent);

          const roomy = new ValueWriter();
          roomy.begin(10_000_000);
          roomy.value(sent);
          const whole = roomy.bytes.subarray(0, roomy.position);
          // Texts are counted with three bytes for each of their characters before they are cut.
          if (whole.length * 3 + MARK_BYTES <= budget)
            expect(Buffer.from(writer.bytes.subarray(start, writer.position))).toEqual(Buffer.from(whole));
          expect(writer.bytes.subarray(0, before).every((byte) => byte === 0)).toBe(true);
        },
      ),
      { numRuns: 300, endOnFailure: true },
    );
  });
});
