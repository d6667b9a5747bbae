import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { levelBits, SAMPLED_BIT, TRACE_BIT } from '../../src/codec/head-word.ts';
import { TEST_SCOPE, TestLane } from '../support/lane.ts';

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

describe('a record in OpenTelemetry’s terms', () => {
  const hex = (bytes: number) =>
    fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((each) => Buffer.from(each).toString('hex'));
  const trace = fc.record({ traceId: hex(16), spanId: hex(8), traceFlags: fc.constantFrom(0, 1) });
  const scope = fc.record({
    name: fc.string({ maxLength: 20 }),
    tags: fc.array(fc.string({ maxLength: 5 }), { maxLength: 3 }),
    attributes: fc.constant({ desk: 'A' }),
    version: fc.string({ maxLength: 5 }),
  });
  const record = fc.record(
    {
      severityNumber: fc.integer({ min: 1, max: 24 }),
      severityText: fc.string({ maxLength: 8 }),
      body: fc.string({ maxLength: 300 }),
      eventName: fc.string({ maxLength: 20 }),
      timeUnixNanos: fc.bigInt({ min: 0n, max: 2n ** 63n }),
      observedTimeUnixNanos: fc.bigInt({ min: 0n, max: 2n ** 63n }),
      droppedAttributesCount: fc.integer({ min: 1, max: 99 }),
      trace,
    },
    { requiredKeys: [] },
  );

  test('comes back with every part that it had, and with the scope that travelled along', () => {
    fc.assert(
      fc.property(record, scope, fc.integer({ min: 1, max: 5 }), (sent, scope, copies) => {
        const lane = new TestLane();
        for (let i = 0; i < copies; i++) {
          const { trace: _, ...untraced } = sent;
          // One without and one with each part: nothing of a record stays for the next one.
          lane.encoder.encodeOpen({ attributes: { i } }, levelBits(2), TEST_SCOPE);
          lane.encoder.encodeOpen(
            { ...untraced, ...(sent.trace && { trace: sent.trace }), attributes: { i } },
            levelBits(2),
            scope,
          );
        }
        const records = lane.drain();
        expect(records).toHaveLength(2 * copies);
        records.forEach((received, at) => {
          const { trace, ...parts }: Partial<typeof sent> = at % 2 === 0 ? {} : sent;
          expect(received.attributes).toMatchObject({ i: at >> 1 });
          expect(received.loggerName).toBe(at % 2 === 0 ? TEST_SCOPE.name : scope.name);
          expect(received.loggerVersion).toBe(at % 2 === 0 ? undefined : scope.version);
          for (const [name, value] of Object.entries(parts))
            expect(received[name as keyof typeof received]).toEqual(typeof value === 'string' ? value.toWellFormed() : value);
          expect(received.droppedAttributesCount).toBe(parts.droppedAttributesCount);
          expect(received.traceId).toBe(trace?.traceId);
          expect(received.spanId).toBe(trace?.spanId);
          expect(received.traceFlags).toBe(trace?.traceFlags);
        });
      }),
    );
  });

  test('has the active context’s trace, whichever way its fields travel', () => {
    const ids = fc.tuple(hex(16), hex(8), fc.boolean());
    const field = fc.oneof(
      fc.double(),
      fc.string({ maxLength: 60 }),
      fc.array(fc.integer(), { maxLength: 12 }),
      fc.constant(new Date(0)),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.option(ids), field), { minLength: 1, maxLength: 9 }), fc.boolean(), (calls, isObject) => {
        const lane = new TestLane();
        for (const [active, value] of calls) {
          if (active !== null) Buffer.from(lane.trace.buffer).set(Buffer.from(active[0] + active[1], 'hex'));
          const bits = active === null ? 0 : TRACE_BIT | (active[2] ? SAMPLED_BIT : 0);
          if (isObject) lane.encoder.encodeOpen({ body: 'm', attributes: { value } }, levelBits(2) | bits, TEST_SCOPE);
          else lane.log('m', { value }, 2, bits);
        }
        expect(lane.drain().map(({ traceId, spanId, traceFlags }) => [traceId, spanId, traceFlags])).toEqual(
          calls.map(([active]) =>
            active === null ? [undefined, undefined, undefined] : [active[0], active[1], active[2] ? 1 : 0],
          ),
        );
      }),
    );
  });
});
