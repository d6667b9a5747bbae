/** Values that are too large together: what is left of each is its beginning, and the marks say exactly how much is missing. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Span, shrinkSpans } from '../../src/codec/values/shrink.ts';
import { ValueReader } from '../../src/codec/values/value.ts';
import { MARK_BYTES } from '../../src/codec/values/value-texts.ts';
import { ValueWriter } from '../../src/codec/values/value-writer.ts';

const HEADER_BYTES = 5;

const text = fc.oneof(
  fc.string({ maxLength: 30 }),
  fc.string({ unit: 'grapheme', minLength: 50, maxLength: 400 }),
  fc.string({ unit: 'binary-ascii', minLength: 90, maxLength: 300 }),
  // What looks like a mark, but was part of the text.
  fc.tuple(fc.string({ maxLength: 200 }), fc.nat(99)).map(([front, count]) => `${front}…[+${count} characters]`),
  fc.nat(99).map((count) => `[+${count} elements]`),
);
const leaf = fc.oneof(
  { weight: 4, arbitrary: text },
  { weight: 2, arbitrary: fc.double({ noNaN: true }) },
  fc.constantFrom(null, true, false, undefined),
  fc.bigInt({ max: 10n ** 150n, min: -(10n ** 90n) }),
  fc.uint8Array({ maxLength: 200 }),
);
const key = fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom('qty'), fc.string({ minLength: 60, maxLength: 120 }));
const { value } = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, leaf, tie('array'), tie('map'), tie('table')),
  array: fc.array(tie('value'), { maxLength: 12 }),
  map: fc.dictionary(key, tie('value'), { maxKeys: 12 }),
  table: fc.oneof(
    fc.array(fc.double({ noNaN: true }), { minLength: 8, maxLength: 120 }),
    fc.array(fc.tuple(fc.stringMatching(/^[a-z0-9.]{0,12}$/), fc.stringMatching(/^[a-z0-9.]{1,9}$/)), {
      minLength: 4,
      maxLength: 60,
    }),
    fc.array(fc.stringMatching(/^[a-z0-9.]{0,12}$/), { minLength: 8, maxLength: 60 }),
    // More than is ever written: cut once before.
    fc.integer({ min: 990, max: 1_100 }).map((length) => Object.fromEntries(Array.from({ length }, (_, i) => [`k${i}`, i]))),
    fc.integer({ min: 990, max: 1_100 }).map((length) => Array.from({ length }, (_, i) => `${i}`.padEnd(i % 50, ':'))),
    fc.nat(200).map((length) => Float64Array.from({ length }, (_, i) => i / 4)),
  ),
}));

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !(value instanceof Uint8Array);

/** Throws unless `shown` is `whole`, or the beginning of it with a mark that is right. */
function expectCut(shown: unknown, whole: unknown): void {
  if (ArrayBuffer.isView(whole) && !(whole instanceof Uint8Array)) return expectCut(shown, Array.from(whole as Float64Array));
  if (typeof whole === 'string' && shown !== whole) {
    const [, front, missing] = /^([\s\S]*)…\[\+(\d+) characters\]$/.exec(String(shown)) ?? [];
    expect(whole.toWellFormed().startsWith(front)).toBe(true);
    expect(front.length + Number(missing)).toBe(whole.length);
  } else if (whole instanceof Uint8Array && typeof shown === 'string') expect(shown).toBe(`[${whole.length} bytes]`);
  else if (typeof whole === 'bigint' && typeof shown === 'string') {
    // Written where there is little room, it is a text, and cut as one.
    if (shown !== `[bigint of ${`${whole}`.length} digits]`) expectCut(shown, `${whole}`);
  } else if (Array.isArray(whole)) {
    const items = shown as unknown[];
    const last = items.at(-1);
    const mark = `[+${whole.length - items.length + 1} elements]`;
    const isCut = last === mark && !(items.length === whole.length && whole.at(-1) === mark);
    const kept = isCut ? items.slice(0, -1) : items;
    if (!isCut) expect(items).toHaveLength(whole.length);
    for (const [i, item] of kept.entries()) expectCut(item, whole[i]);
  } else if (isObject(whole) && !(whole instanceof Uint8Array)) {
    const { '…': rest, ...map } = shown as Record<string, unknown>;
    const kept = Object.keys(map);
    const missing = Object.keys(whole).length - kept.length;
    expect(rest).toBe(missing > 0 ? `[+${missing} entries]` : undefined);
    for (const each of kept) expectCut(map[each], (whole as Record<string, unknown>)[each]);
  } else if (whole instanceof Uint8Array) expect(Buffer.from(shown as Uint8Array)).toEqual(Buffer.from(whole));
  else expect(shown).toEqual(typeof whole === 'string' ? whole.toWellFormed() : whole);
}

describe('values that are too large together', () => {
  test('are cut to the budget, each to its beginning, and say what is missing; what has room is left as it is', () => {
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 6 }),
        fc.array(fc.uint8Array({ maxLength: 20 }), { minLength: 7, maxLength: 7 }),
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
          expect(at).toBe(after.length);
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
