/** Values that are too large together: what is left of each is its beginning, and the marks say exactly how much is missing. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Span, shrinkSpans } from '../../src/codec/values/shrink.ts';
import { NUMBERS_HEAD_BYTES, TEXTS_HEAD_BYTES } from '../../src/codec/values/tables.ts';
import { ValueReader } from '../../src/codec/values/value.ts';
import { MARK_BYTES } from '../../src/codec/values/value-texts.ts';
import { ValueWriter } from '../../src/codec/values/value-writer.ts';
import { expectCut, value } from './cut-values.ts';

const HEADER_BYTES = 5;

describe('values that are too large together', () => {
  test('are cut to the budget, each to its beginning, and say what is missing; what has room is left as it is', () => {
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 6 }),
        fc.array(fc.uint8Array({ maxLength: 20 }), { minLength: 8, maxLength: 8 }),
        fc.integer({ min: 300, max: 4_000 }),
        fc.constantFrom(600, 1_000_000),
        (sent, between, budget, fieldBudget) => {
          const writer = new ValueWriter();
          writer.append(between[6], 0, between[6].length);
          const start = writer.position;
          const spans: Span[] = sent.map((each, i) => {
            writer.append(between[i], 0, between[i].length);
            const from = writer.begin(fieldBudget);
            writer.value(each);
            return { start: from, end: writer.position };
          });
          writer.append(between[7], 0, between[7].length);
          const before = Buffer.from(writer.bytes.subarray(0, writer.position));
          const fixed = writer.position - start - spans.reduce((sum, span) => sum + span.end - span.start, 0);
          shrinkSpans(writer, start, spans, budget);
          const after = writer.bytes.subarray(0, writer.position);
          if (before.length - start <= budget) {
            expect(Buffer.from(after)).toEqual(before);
            return;
          }
          expect(writer.position - start).toBeLessThanOrEqual(
            Math.max(budget, fixed) + spans.length * (MARK_BYTES + 3 * HEADER_BYTES),
          );
          expect(Buffer.from(after.subarray(0, start))).toEqual(Buffer.from(between[6]));
          let at = start;
          sent.forEach((each, i) => {
            expect(Buffer.from(after.subarray(at, at + between[i].length))).toEqual(Buffer.from(between[i]));
            at += between[i].length;
            const reader = new ValueReader(after, at);
            expectCut(reader.read(), each);
            at = reader.position;
          });
          expect(Buffer.from(after.subarray(at))).toEqual(Buffer.from(between[7]));
        },
      ),
      // Large samples: to make one small takes minutes.
      { numRuns: 300, endOnFailure: true },
    );
  });

  const many = Array.from({ length: 200 }, (_, i) => i);
  const large = {
    'a text': 'x'.repeat(3_000),
    'an array': many.map((i) => `${i}:`.padEnd(20)),
    'an array of mixed elements': many.map((i) => (i % 2 === 0 ? i : `${i}`)),
    'a map': Object.fromEntries(many.map((i) => [`key${i}`, i])),
    'a map of a few large texts': { a: 'x'.repeat(900), b: 'y'.repeat(1_000), c: 'z'.repeat(1_100) },
    'a table of numbers': many.map((i) => i / 8),
    'a table of rows': many.map((i) => [i, i]),
    'a table of texts': many.map((i) => `${i}`.padEnd(12, '.')),
  };

  test.each(Object.entries(large))('use the room that they have: %s, alone and inside of an array and a map', (_, whole) => {
    for (const sent of [whole, [whole], { in: whole }, ['first', whole, 'last'], [[whole]]]) {
      for (const budget of [600, 1_000, 1_700]) {
        const writer = new ValueWriter();
        const start = writer.begin(1e6);
        writer.value(sent);
        shrinkSpans(writer, start, [{ start, end: writer.position }], budget);
        expect(writer.position).toBeLessThanOrEqual(budget);
        expect(writer.position).toBeGreaterThan(budget - 6 * MARK_BYTES);
        expectCut(new ValueReader(writer.bytes, start).read(), sent);
      }
    }
  });

  test('what was cut before says how much is missing of all of it', () => {
    for (const sent of ['x'.repeat(2_000), many.map((i) => `${i}:`.padEnd(20)), { in: 'x'.repeat(2_000) }]) {
      const writer = new ValueWriter();
      const start = writer.begin(600);
      writer.value(sent);
      shrinkSpans(writer, start, [{ start, end: writer.position }], 300);
      expectCut(new ValueReader(writer.bytes, start).read(), sent);
    }
  });

  test('of bytes and of digits only their number is left: a part of them would be another value', () => {
    for (const [sent, shown] of [
      [10n ** 400n, '[bigint of 401 digits]'],
      [-(10n ** 400n), '[bigint of 402 digits]'],
      [new Uint8Array(700), '[700 bytes]'],
    ]) {
      const writer = new ValueWriter();
      const start = writer.begin(1e6);
      writer.value([1, { in: sent }]);
      const key = Buffer.from('in');
      const valueStart = writer.bytes.indexOf(key) + key.length;
      shrinkSpans(writer, start, [{ start: valueStart, end: writer.position }], 200);
      expect(new ValueReader(writer.bytes, start).read()).toEqual([1, { in: shown }]);
    }
  });

  test('a table of texts that is cut says how many bytes its cells have', () => {
    const writer = new ValueWriter();
    const start = writer.begin(1e6);
    writer.value(large['a table of texts']);
    shrinkSpans(writer, start, [{ start, end: writer.position }], 500);
    expect(writer.bytes.readUInt32LE(start + NUMBERS_HEAD_BYTES)).toBe(writer.position - start - TEXTS_HEAD_BYTES);
  });

  test('a key that looks like the mark of a rest is a key, unless the rest was cut there', () => {
    const writer = new ValueWriter();
    const sent = { a: 'x'.repeat(500), '…': '[+3 entries]' };
    const start = writer.begin(1e6);
    writer.value(sent);
    shrinkSpans(writer, start, [{ start, end: writer.position }], 300);
    const shown = new ValueReader(writer.bytes, start).read() as typeof sent;
    expect(shown['…']).toBe('[+3 entries]');
    expectCut(shown.a, sent.a);
  });
});
