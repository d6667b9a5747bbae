import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TestLane } from '../support/lane.ts';

/** What a decoder gets for a scalar: itself. */
const scalar = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.constantFrom('BUY', 'SELL', '', 'żółw', 'x'.repeat(36), 'x'.repeat(37), 'ü'.repeat(24), '日本'),
  fc.boolean(),
  fc.constantFrom(null, undefined, Number.NaN, -0, Number.POSITIVE_INFINITY),
);
const key = fc.oneof(
  fc.constantFrom('symbol', 'side', 'qty', 'price', '__proto__', 'constructor', '5', '1'),
  fc.string({ maxLength: 12 }),
);
const message = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('order placed', 'order filled', '', 'gap') },
  { weight: 1, arbitrary: fc.string({ maxLength: 260 }) },
);

function asSent(fields: [string, unknown][]): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const [k, v] of fields)
    Object.defineProperty(object, k, { value: v, enumerable: true, configurable: true, writable: true });
  return object;
}

describe('what is logged comes out', () => {
  test('any scalars under any keys, met once or often, in order and whole', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(message, fc.uniqueArray(fc.tuple(key, scalar), { selector: ([k]) => k, maxLength: 12 })), {
          minLength: 1,
          maxLength: 6,
        }),
        fc.integer({ min: 1, max: 80 }),
        (kinds, repeats) => {
          const lane = new TestLane();
          const sent: { message: string; fields: Record<string, unknown> }[] = [];
          for (let i = 0; i < repeats; i++) {
            for (const [text, entries] of kinds) {
              const fields = asSent(entries);
              sent.push({ message: text, fields });
              lane.log(text, entries.length === 0 && i % 2 === 0 ? undefined : fields);
            }
          }
          const got = lane.drain();
          expect(got.length).toBe(sent.length);
          got.forEach((record, i) => {
            expect(record.body).toBe(sent[i].message.toWellFormed());
            const { component, ...fields } = record.attributes as Record<string, unknown>;
            const own = sent[i].fields;
            const want = Object.keys(own).map((k) => [
              k.toWellFormed(),
              typeof own[k] === 'string' ? (own[k] as string).toWellFormed() : own[k],
            ]);
            if (!('component' in own)) expect(component).toBe('test');
            expect(Object.entries(fields).sort()).toEqual(want.filter(([k]) => k !== 'component').sort());
            expect(record.sequence).toBe(i + 1);
          });
        },
      ),
      { numRuns: 300 },
    );
  });

  test('nothing is lost, doubled or mixed up while the dictionary turns and the ring wraps', () => {
    const lane = new TestLane({ ringBytes: 1 << 16, dictionaryBytes: 16_384 });
    const got: unknown[] = [];
    const sent: unknown[] = [];
    const run = async () => {
      for (let i = 0; i < 20_000; i++) {
        const text = i % 3 === 0 ? `order ${i} placed` : `kind ${i % 400}`;
        const fields =
          i % 5 === 0
            ? { [`key${i % 300}`]: i, side: 'BUY' }
            : { price: i / 8, id: `id-${i % 700}`, side: i & 1 ? 'BUY' : 'SELL' };
        lane.log(text, fields);
        sent.push([text, { component: 'test', ...fields }]);
        if (i % 50 === 0) {
          got.push(...lane.drain().map((r) => [r.body, { ...r.attributes }]));
          if (i % 1000 === 0) lane.replaceReader();
          await null;
        }
      }
      got.push(...lane.drain().map((r) => [r.body, { ...r.attributes }]));
    };
    return run().then(() => {
      expect(lane.turns).toBeGreaterThan(3);
      expect(got).toEqual(sent);
    });
  });
});
