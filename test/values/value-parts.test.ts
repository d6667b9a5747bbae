/** Attributes and scopes as encoded values. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_FIELDS } from '../../src/codec/encode/shape.ts';
import { decodeValue, ValueReader } from '../../src/codec/values/value.ts';
import { fieldBudget, MAX_NAME_BYTES, ValueParts } from '../../src/codec/values/value-parts.ts';
import { ValueWriter } from '../../src/codec/values/value-writer.ts';
import type { Scope } from '../../src/record.ts';
import { compileRedaction } from '../../src/redaction/redaction.ts';

const redaction = compileRedaction(['secret']);
const BUDGET = 65_536;

/** What is written, and what the writing returns. */
function written<Result>(write: (parts: ValueParts) => Result, before = 3) {
  const parts = new ValueParts(new ValueWriter(redaction), redaction);
  const { values } = parts;
  for (let i = 0; i < before; i++) values.tag(0);
  const start = values.begin(BUDGET);
  const result = write(parts);
  const reader = new ValueReader(values.bytes, start);
  const value = reader.read() as Record<string, unknown>;
  expect(reader.position).toBe(values.position);
  return { result, value, bytes: values.bytes, size: values.position - start };
}

describe('attributes', () => {
  test('are all there up to 128, each in its span; the others are counted, and redacted ones are not read', () => {
    fc.assert(
      fc.property(fc.nat(140), fc.option(fc.nat(140)), (count, secretAt) => {
        const attributes = {};
        const wanted: [string, unknown][] = [];
        let reads = 0;
        for (let i = 0; i < count; i++) {
          const key = i === secretAt ? 'secret' : `k${i}`;
          Object.defineProperty(attributes, key, { get: () => [i, ++reads][0], enumerable: true });
          wanted.push([key, i === secretAt ? '[redacted]' : i]);
        }
        const { result, value, bytes } = written((parts) => parts.fields(attributes, undefined, BUDGET));
        expect(Object.entries(value)).toEqual(wanted.slice(0, MAX_FIELDS));
        expect(result.dropped).toBe(Math.max(0, count - MAX_FIELDS));
        expect(result.spans.map(({ start }) => decodeValue(bytes, start))).toEqual(Object.values(value));
        for (const { start, end } of result.spans) {
          const reader = new ValueReader(bytes, start);
          reader.read();
          expect(reader.position).toBe(end);
        }
        expect(reads).toBe(wanted.filter(([key]) => key !== 'secret').length);
        const context = written((parts) => parts.attributes(attributes, BUDGET));
        expect([context.value, context.result]).toEqual([value, result.dropped]);
      }),
    );
  });

  test('of nothing are none', () => {
    for (const nothing of [undefined, null as unknown as undefined]) {
      expect(written((parts) => parts.fields(nothing, undefined, BUDGET))).toMatchObject({
        value: {},
        result: { spans: [], dropped: 0 },
      });
      expect(written((parts) => parts.attributes(nothing, BUDGET))).toMatchObject({ value: {}, result: 0 });
    }
  });

  test('of a record have its error in parts, those of a context have errors as values', () => {
    const error = Object.assign(new RangeError('m'), { stack: 's' });
    const own = { 'exception.type': 'RangeError', 'exception.message': 'm', 'exception.stacktrace': 's' };
    expect(written((parts) => parts.fields({ a: 1, error }, undefined, BUDGET)).value).toEqual({ a: 1, ...own });
    expect(written((parts) => parts.fields({ a: 1 }, error, BUDGET)).value).toEqual({ a: 1, ...own });
    expect(written((parts) => parts.fields(undefined, error, BUDGET)).value).toEqual(own);
    expect(written((parts) => parts.attributes({ a: 1, error }, BUDGET)).value).toEqual({
      a: 1,
      error: { type: 'RangeError', message: 'm', stack: 's' },
    });
  });

  test('take no more than their budget, small ones whole; and keys no more than half of it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1_000, max: 20_000 }),
        (count, keyLength, budget) => {
          const attributes = Object.fromEntries(
            Array.from({ length: count }, (_, i) => [`${i}`.padEnd(keyLength, 'k'), i % 2 === 0 ? i : 'x'.repeat(1_000)]),
          );
          const { value, size, result } = written((parts) => parts.attributes(attributes, budget));
          const keys = Object.keys(value);
          expect(keys).toEqual(Object.keys(attributes).slice(0, keys.length));
          expect(result).toBe(Object.keys(attributes).length - keys.length);
          const keyBytes = Object.keys(attributes).map((key) => key.length + 4);
          let taken = 0;
          let most = 0;
          while (most < keyBytes.length && taken <= budget / 2) taken += keyBytes[most++]!;
          expect(keys).toHaveLength(most);
          const smallest = keys.length * (64 + 45 + 9) + taken;
          expect(size).toBeLessThanOrEqual(Math.max(budget + 64, smallest));
          for (const key of keys) if (typeof attributes[key] === 'number') expect(value[key]).toBe(attributes[key]);
          const whole = 5 + taken + keys.length * 1_005;
          if (whole <= budget) expect(value).toEqual(Object.fromEntries(keys.map((key) => [key, attributes[key]])));
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('a scope', () => {
  const scopeOf = (scope: Scope, budget = BUDGET) => written((parts) => parts.scope(scope, budget));

  test('has its name, its tags, its attributes, and what else it has', () => {
    const optional = fc.record(
      { version: fc.string(), schemaUrl: fc.string(), resource: fc.constant({ host: 'x' }) },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(optional, fc.array(fc.string(), { maxLength: 3 }), fc.constantFrom(0, 5, 128, 130), (more, tags, count) => {
        const attributes = Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, i]));
        const { value } = scopeOf({ name: 'gateway', tags, attributes, ...more });
        expect(value).toEqual({
          name: 'gateway',
          tags,
          ...more,
          attributes: Object.fromEntries(Object.entries(attributes).slice(0, MAX_FIELDS)),
          ...(count > MAX_FIELDS && { droppedAttributesCount: count - MAX_FIELDS }),
        });
      }),
      { numRuns: 60 },
    );
  });

  test('has at most 512 bytes of a name and of a tag, and stays in its budget whatever it has', () => {
    const longest = 'n'.repeat(MAX_NAME_BYTES);
    expect(scopeOf({ name: longest, tags: [longest], attributes: {} }).value).toEqual({
      name: longest,
      tags: [longest],
      attributes: {},
    });
    const { name, tags } = scopeOf({ name: `${longest}n`, tags: [`${longest}n`], attributes: {} }).value as {
      name: string;
      tags: string[];
    };
    for (const text of [name, tags[0]!]) expect(text).toMatch(/^n{448}…\[\+65 characters\]$/);
    fc.assert(
      fc.property(
        fc.integer({ min: 4_000, max: 30_000 }),
        fc.nat(60),
        fc.nat(40_000),
        fc.nat(200),
        (budget, tags, length, before) => {
          const scope: Scope = {
            name: 'n',
            tags: Array.from({ length: tags }, (_, i) => `${i}`.padEnd(500, 't')),
            version: 'v'.repeat(length),
            resource: { text: 'r'.repeat(length) },
            attributes: { small: 1, text: 'a'.repeat(length), last: 2 },
          };
          const { size, value } = written((parts) => parts.scope(scope, budget), before);
          expect(size).toBeLessThanOrEqual(budget + 64);
          expect(value.attributes).toMatchObject({ small: 1, last: 2 });
          if (tags === 0 && 8 * length < budget - 1_000) expect(value).toEqual({ ...scope, tags: [] });
        },
      ),
      { numRuns: 150 },
    );
  });
});

test('a value gets what the record may have until four times as much is used, and never less than an equal share', () => {
  expect(fieldBudget(1_000, 0, 10)).toBe(1_000);
  expect(fieldBudget(1_000, 3_000, 10)).toBe(1_000);
  expect(fieldBudget(1_000, 3_500, 10)).toBe(500);
  expect(fieldBudget(1_000, 3_950, 10)).toBe(100);
  expect(fieldBudget(1_000, 9_000, 4)).toBe(250);
});
