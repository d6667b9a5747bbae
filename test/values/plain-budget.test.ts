/** The bytes that the writer of plain values may take, what it says of those that it leaves out, and which values it writes at all. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MOST_PLAIN_BYTES, plainBytes } from '../../src/codec/values/plain-memory.ts';
import { beginPlain, makePlainValues, NOT_PLAIN, PLAIN_SOURCE, sharedKeyBytes } from '../../src/codec/values/plain-values.ts';
import { Placed } from '../../src/codec/values/prepared.ts';
import { decodeValue, ValueReader } from '../../src/codec/values/value.ts';
import { GRACE_BYTES, MAX_KEY_BYTES } from '../../src/codec/values/value-bytes.ts';
import { MARK_BYTES } from '../../src/codec/values/value-texts.ts';
import { MAX_DEPTH } from '../../src/codec/values/value-writer.ts';
import { compileRedaction, NO_REDACTION } from '../../src/redaction/redaction.ts';
import { expectCut, value } from './cut-values.ts';

/** Where a value ends, and the value. */
function readAt(at: number): { end: number; read: unknown } {
  const reader = new ValueReader(plainBytes, at);
  return { read: reader.read(), end: reader.position };
}

/** Texts that say how much is missing, each with its number. */
function expectMarks(from: number, end: number): void {
  for (const [place, count] of PLAIN_SOURCE.marks) {
    expect(place).toBeGreaterThanOrEqual(from);
    expect(place).toBeLessThan(end);
    expect(String(decodeValue(plainBytes, place))).toMatch(new RegExp(`\\[\\+${count} (characters|elements|entries)\\]$`));
  }
}

/** All marks of missing parts in it. */
function countMarks(shown: unknown): number {
  if (typeof shown === 'string') return /\[\+\d+ (characters|elements|entries)\]$/.test(shown) ? 1 : 0;
  if (typeof shown !== 'object' || shown === null || ArrayBuffer.isView(shown)) return 0;
  return Object.values(shown).reduce((sum: number, each) => sum + countMarks(each), 0);
}

/** Objects in one another, all of them or none. */
const rows = fc
  .tuple(fc.integer({ min: 1, max: 60 }), fc.nat(60), fc.integer({ min: 1, max: 6 }))
  .map(([length, width, keys]) =>
    Array.from({ length }, (_, i) =>
      Object.fromEntries(Array.from({ length: keys }, (_, k) => [`key ${k}`, `${i}`.padEnd(width, 'x')])),
    ),
  );

describe('a plain value', () => {
  test('takes no more than its budget, its repeated keys, and the grace for small members; is whole where it fits, and else says what is missing', () => {
    fc.assert(
      fc.property(
        fc.oneof(value, value, rows),
        fc.oneof(fc.integer({ min: 0, max: 3_000 }), fc.constant(100_000)),
        fc.constantFrom(0, 200, 2_000),
        fc.nat(40),
        fc.constantFrom(1, 40),
        (sent, most, shared, from, rounds) => {
          const values = makePlainValues(NO_REDACTION);
          const site = values.site('rows');
          for (let round = 0; round < rounds; round++) {
            beginPlain(most, shared);
            const end = values.write(sent, from, site);
            expect(end).not.toBe(NOT_PLAIN);
            expect(sharedKeyBytes()).toBeLessThanOrEqual(shared);
            const { end: readEnd, read } = readAt(from);
            expect(readEnd).toBe(end);
            expect(end - from).toBeLessThanOrEqual(
              most + sharedKeyBytes() + GRACE_BYTES + MAX_KEY_BYTES + (MAX_DEPTH + 3) * MARK_BYTES,
            );
            if (round > 0) continue;
            expectMarks(from, end);
            expect(countMarks(read)).toBeGreaterThanOrEqual(PLAIN_SOURCE.marks.size);
            if (most === 100_000 && PLAIN_SOURCE.marks.size === 0) expect(decodable(read)).toEqual(decodable(sent));
            else expectCut(read, sent, true);
          }
        },
      ),
      { numRuns: 60, endOnFailure: true },
    );
  });

  /** As a decoder gives it. */
  function decodable(sent: unknown): unknown {
    if (typeof sent === 'string') return sent.toWellFormed();
    if (sent instanceof Uint8Array) return `bytes ${Buffer.from(sent).toString('hex')}`;
    if (ArrayBuffer.isView(sent)) return Array.from(sent as Float64Array);
    if (Array.isArray(sent)) return sent.map(decodable);
    if (typeof sent !== 'object' || sent === null) return sent;
    return Object.fromEntries(Object.entries(sent).map(([key, each]) => [key.toWellFormed(), decodable(each)]));
  }

  test('that just fits its budget is whole, and one byte less cuts it', () => {
    const values = makePlainValues(NO_REDACTION);
    const bytesOf = (sent: unknown, most: number) => {
      beginPlain(most, 0);
      const end = values.write(sent, 0, values.site('a'));
      return { end, read: decodeValue(plainBytes, 0) };
    };
    const counts = () => [...PLAIN_SOURCE.marks.values()];
    // Texts, of which each character is a byte: with the three that it might take, and as many as it takes.
    for (const length of [41, 60, 120, 400]) {
      const text = 'x'.repeat(length);
      expect(bytesOf(text, length).read).toBe(text);
      expect(counts()).toEqual([]);
      if (length > MARK_BYTES)
        expect(bytesOf(text, length - 1).read).toBe(`${text.slice(0, length - 1 - MARK_BYTES)}…[+${MARK_BYTES + 1} characters]`);
      else expect(bytesOf(text, length - 1).read).toBe(`…[+${length} characters]`);
      // For a value that is cut again.
      expect(counts()).toEqual([length > MARK_BYTES ? MARK_BYTES + 1 : length]);
    }
    expect(bytesOf('x'.repeat(40), 0).read).toBe('x'.repeat(40));
    expect(bytesOf('é'.repeat(40), 0).read).toBe('é'.repeat(40));
    // No element is begun where the budget is used up.
    const items = Array.from({ length: 7 }, (_, i) => (i % 2 === 0 ? 'x'.repeat(40) : true));
    for (let most = 0; most <= 200; most++) {
      let used = 5;
      let count = 0;
      while (count < items.length && used < most) used += items[count++] === true ? 1 : 45;
      const want = count < items.length ? [...items.slice(0, count), `[+${items.length - count} elements]`] : items;
      expect(bytesOf(items, most).read).toEqual(want);
    }
    // Bytes are all there, or only counted.
    const bytes = new Uint8Array(100).fill(7);
    expect(decodable(bytesOf(bytes, 100 + MARK_BYTES).read)).toEqual(decodable(bytes));
    expect(bytesOf(bytes, 99 + MARK_BYTES).read).toBe('[100 bytes]');
    expect(bytesOf(bytes, 0).read).toBe('[100 bytes]');
  });

  test('of objects with the same keys has room for keys that come again, up to the limit of these', () => {
    const values = makePlainValues(NO_REDACTION);
    const items = Array.from({ length: 100 }, (_, i) => ({ price: i, quantity: i }));
    const keyBytes = 4 + 5 + 4 + 8;
    const each = 5 + keyBytes + 2 * 9;
    for (const shared of [0, 5 * keyBytes, 5_000]) {
      for (const most of [0, 500, 2_000]) {
        beginPlain(most, shared);
        const end = values.write(items, 0, values.site('rows'));
        let used = 5;
        let repeated = 0;
        let count = 0;
        while (count < items.length && used < most + Math.min(shared, repeated)) {
          used += each;
          if (count++ > 0) repeated += keyBytes;
        }
        const want = count < items.length ? [...items.slice(0, count), `[+${items.length - count} elements]`] : items;
        expect(decodeValue(plainBytes, 0)).toEqual(want);
        expect(sharedKeyBytes()).toBe(Math.min(shared, repeated));
        expect(readAt(0).end).toBe(end);
      }
    }
  });

  test('is left to the general writer where it cannot be written in one pass, and no other is', () => {
    const values = makePlainValues(compileRedaction(['secret']));
    const site = values.site('a');
    const write = (sent: unknown, at = site) => {
      beginPlain(10_000, 10_000);
      return values.write(sent, 0, at);
    };
    const nest = (levels: number) => {
      let deep: unknown = 1;
      for (let i = 0; i < levels; i++) deep = i % 2 === 0 ? [deep] : { deep };
      return deep;
    };
    const throwing = {
      get x() {
        throw new Error('no');
      },
    };
    const self: unknown[] = [];
    self.push(self);
    for (const left of [new Error('x'), throwing, [throwing], self, nest(MAX_DEPTH + 1), nest(MAX_DEPTH + 2)]) {
      expect(write(left)).toBe(NOT_PLAIN);
      expect(write([1])).toBeGreaterThan(0);
      if (!(left instanceof Error)) expect(values.writeListed(left, 0, site)).toBe(NOT_PLAIN);
      expect(values.writeListed([1], 0, site)).toBeGreaterThan(0);
    }
    expect(write(1, values.site('secret'))).toBe(NOT_PLAIN);
    for (const levels of [1, MAX_DEPTH - 1, MAX_DEPTH]) {
      write(nest(levels));
      expect(decodeValue(plainBytes, 0)).toEqual(nest(levels));
    }
    let flat: unknown = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    for (let i = 1; i < MAX_DEPTH; i++) flat = [flat];
    write(flat);
    expect(decodeValue(plainBytes, 0)).toEqual(flat);
    expect(write([flat])).toBe(NOT_PLAIN);

    beginPlain(10_000, 0);
    expect(values.write(1, MOST_PLAIN_BYTES - 10_000, site)).toBeGreaterThan(0);
    expect(values.write(1, MOST_PLAIN_BYTES - 9_999, site)).toBe(NOT_PLAIN);
    expect(values.writeListed(1, MOST_PLAIN_BYTES - 10_000, site)).toBeGreaterThan(0);
    expect(values.writeListed(1, MOST_PLAIN_BYTES - 9_999, site)).toBe(NOT_PLAIN);
    beginPlain(10_000, 5);
    expect(values.write(1, MOST_PLAIN_BYTES - 10_000, site)).toBe(NOT_PLAIN);
    expect(values.writeListed(1, MOST_PLAIN_BYTES - 10_000, site)).toBe(NOT_PLAIN);
  });

  test('that calls the writer while it is read finds its own bytes and its own budget', () => {
    const values = makePlainValues(NO_REDACTION);
    const site = values.site('a');
    const inside: number[] = [];
    const chatty = {
      before: 'kept',
      get inner() {
        beginPlain(10, 0);
        inside.push(values.write([1, 2], 0, site), values.writeListed([1, 2], 0, site));
        return ['x'.repeat(500)];
      },
    };
    beginPlain(10_000, 0);
    for (const write of [values.write, values.writeListed]) {
      inside.length = 0;
      const end = write(chatty, 0, site);
      expect(end).toBeGreaterThan(0);
      expect(inside).toEqual([NOT_PLAIN, NOT_PLAIN]);
      expect(decodeValue(plainBytes, 0)).toEqual({ before: 'kept', inner: ['x'.repeat(500)] });
      // The next value of the same record.
      expect(write(['y'.repeat(500)], end, site)).toBeGreaterThan(0);
      expect(decodeValue(plainBytes, end)).toEqual(['y'.repeat(500)]);
    }
  });
});

test('a value that brings its place is judged by that, each time anew', () => {
  const redaction = compileRedaction(['a.secret', 'b.hidden']);
  const values = makePlainValues(redaction);
  const site = values.site('field');
  const error = Object.assign(new Error('m'), { stack: 's' });
  const sent = { secret: 1, hidden: 2, error };
  const shown = (value: unknown) => {
    beginPlain(10_000, 0);
    const end = values.writeListed(value, 0, site);
    return end === NOT_PLAIN ? 'left' : decodeValue(plainBytes, 0);
  };
  const [a, b] = [redaction.root.under('a'), redaction.root.under('b')];
  const said = { type: 'Error', message: 'm' };
  for (let round = 0; round < 3; round++) {
    expect(shown(new Placed(sent, a, []))).toEqual({ secret: '[redacted]', hidden: 2, error: { ...said, stack: 's' } });
    expect(shown(new Placed(sent, a, [error]))).toEqual({ secret: '[redacted]', hidden: 2, error: said });
    expect(shown(sent)).toEqual({ secret: 1, hidden: 2, error: { ...said, stack: 's' } });
    expect(shown(new Placed(sent, b, [error]))).toEqual({ secret: 1, hidden: '[redacted]', error: said });
    expect(shown(new Placed(1, a.under('secret'), []))).toBe('left');
    expect(shown(error)).toEqual({ ...said, stack: 's' });
  }
});
