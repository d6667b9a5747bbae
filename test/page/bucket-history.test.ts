/**
 * Columns of the page's heatmap, from what a histogram really answers, against a model that counts the values one by one.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BucketHistory, coarsened, recordedBetween } from '../../page/bucket-history.ts';
import { Percentiles } from '../../src/backends/percentiles/percentiles.ts';
import type { BucketCounts } from '../../src/index.ts';
import { rig } from '../metrics/support/rig.ts';

const EMPTY: BucketCounts = { scale: 0, offset: 0, counts: [], zeroOrLess: 0 };

/** The bucket of a value: above 2^(n / 2^scale), up to 2^((n + 1) / 2^scale). */
const bucketOf = (value: number, scale: number) => Math.ceil(Math.log2(value) * 2 ** scale) - 1;

function counted(values: readonly number[], scale: number): Map<number, number> {
  const counts = new Map<number, number>();
  for (const value of values) {
    const bucket = bucketOf(value, scale);
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
  }
  return counts;
}

const sorted = (counts: ReadonlyMap<number, number>) => [...counts].sort(([a], [b]) => a - b);

/** Not at the end of a bucket of any scale, where a logarithm is not exact. */
const values = fc.array(
  fc
    .tuple(fc.integer({ min: 0, max: 63 }), fc.integer({ min: -8, max: 24 }))
    .map(([part, octave]) => 2 ** (octave + (part + 0.5) / 64)),
  { maxLength: 40 },
);

describe('what was recorded between two readings', () => {
  test('is every new value, in its bucket, whatever was recorded before', () => {
    fc.assert(
      fc.property(values, values, (before, after) => {
        const { meter, collector } = rig();
        const percentiles = new Percentiles({ collector, percentiles: [50], windowMillis: 60_000 });
        const bucketsNow = () => percentiles.snapshot()[0]?.buckets ?? EMPTY;
        for (const value of before) meter.metric('ack_duration_us', value);
        const old = bucketsNow();
        for (const value of after) meter.metric('ack_duration_us', value);
        const { scale, ...rest } = recordedBetween(old, bucketsNow());
        expect(sorted(rest.counts)).toEqual(sorted(counted(after, scale)));
        expect(sorted(coarsened({ scale, ...rest }, scale - 2).counts)).toEqual(sorted(counted(after, scale - 2)));
      }),
      { numRuns: 100 },
    );
  });

  test('zeros and negative values are counted apart', () => {
    const before = { ...EMPTY, zeroOrLess: 2 };
    expect(recordedBetween(before, { scale: 1, offset: 3, counts: [0, 5], zeroOrLess: 7 })).toEqual({
      scale: 1,
      counts: new Map([[4, 5]]),
      zeroOrLess: 5,
    });
  });

  test('a histogram that began anew is nothing less than nothing', () => {
    const old: BucketCounts = { scale: 0, offset: 0, counts: [9, 9], zeroOrLess: 9 };
    expect(recordedBetween(old, { scale: 0, offset: 1, counts: [1], zeroOrLess: 0 })).toMatchObject({
      counts: new Map(),
      zeroOrLess: 0,
    });
  });
});

describe('the history', () => {
  const state = (key: string, count: number): Parameters<BucketHistory['add']>[0][number] => ({
    key,
    count,
    buckets: { scale: 0, offset: 0, counts: [count], zeroOrLess: 0 },
  });
  const numbers = (history: BucketHistory, key: string) => history.columns(key).map((column) => column?.counts.get(0) ?? column);

  test('begins with the second reading, and has a column for each from there on', () => {
    const history = new BucketHistory();
    history.add([state('a', 5)]);
    history.add([state('a', 7), state('new', 3)]);
    history.add([state('a', 8)]);
    history.add([state('a', 8), state('new', 4)]);
    expect(numbers(history, 'a')).toMatchObject([null, 2, 1, { counts: new Map() }]);
    expect(numbers(history, 'new')).toMatchObject([null, 3, null, 4]);
    history.shift();
    expect(numbers(history, 'a')).toMatchObject([2, 1, { counts: new Map() }]);
    history.forget();
    expect(history.columns('a')).toEqual([]);
  });

  test('keeps the busiest of very many, in bounded memory', () => {
    const history = new BucketHistory();
    const all = Array.from({ length: 1_000 }, (_, i) => state(`k${i}`, i));
    history.add(all);
    history.add(all);
    expect(all.filter(({ key }) => history.columns(key).length > 0)).toHaveLength(64);
    expect(history.columns('k999')).toHaveLength(2);
  });
});
