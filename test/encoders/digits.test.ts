import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NUMBER_BYTES, write9, writeDecimal, writeInteger, writeNumber } from '../../src/encoders/digits.ts';
import { randomOf } from '../support/random.ts';
import { SEED } from '../support/seed.ts';
import { doubleFamilies, EDGES } from './doubles.ts';

const memory = Buffer.alloc(NUMBER_BYTES);
/** No byte longer than what may be touched, so that a write beyond it throws. */
const view = new DataView(memory.buffer, memory.byteOffset, NUMBER_BYTES);

function written(value: number): string {
  return memory.toString('latin1', 0, writeNumber(view, 0, value));
}

describe('numbers are written as String writes them', () => {
  test.each(Object.entries(doubleFamilies(randomOf(SEED))))('%s', (_, draw) => {
    const wrong: string[] = [];
    for (let i = 0; i < 50_000; i++) {
      const value = draw();
      if (written(value) !== String(value)) wrong.push(`${written(value)} in place of ${value}`);
    }
    expect(wrong).toEqual([]);
  });

  test('at the edges of every case', () => {
    expect(EDGES.map(written)).toEqual(EDGES.map(String));
  });

  test('and finite ones as JSON.stringify does', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => written(value) === JSON.stringify(value)),
      { numRuns: 10_000 },
    );
  });
});

test('numbers of up to four decimals, from their parts', () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.nat(9_999),
      (whole, tenThousandths) =>
        memory.toString('latin1', 0, writeDecimal(view, 0, whole, tenThousandths)) ===
        String((whole * 1e4 + tenThousandths) / 1e4),
    ),
    { numRuns: 10_000 },
  );
});

test('integers up to 2^53 − 1', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => memory.toString('latin1', 0, writeInteger(view, 0, value)) === String(value)),
    { numRuns: 20_000 },
  );
});

test('nanoseconds within a second keep their nine digits', () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 999_999_999 }),
      (nanos) => memory.toString('latin1', 0, write9(view, 0, nanos)) === String(nanos).padStart(9, '0'),
    ),
    { numRuns: 10_000 },
  );
});
