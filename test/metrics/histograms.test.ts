import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fineIndexOf, finePageKey, lowerEnd, octaveOf, upperEnd } from '../../src/series/buckets.ts';
import { Distribution } from '../../src/series/distribution.ts';
import { MAX_FINE_PAGES } from '../../src/series/histogram.ts';
import { CARRY_LIMIT } from '../../src/series/layout.ts';
import { rig, seriesOf } from './support/rig.ts';

/** Values as programs record them: latencies, zeros, negatives, whole powers of two, and anything a double holds. */
const anyValue = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: 0.01, max: 1e7, noNaN: true }) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 5000 }) },
  { weight: 1, arbitrary: fc.integer({ min: -60, max: 60 }).map((exponent) => 2 ** exponent) },
  { weight: 1, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
);

describe('histograms', () => {
  test('a bucket holds exactly the values between its ends, upper end included', () => {
    fc.assert(
      fc.property(fc.double({ min: 2 ** -1021, max: Number.MAX_VALUE, noNaN: true }), (value) => {
        const key = finePageKey(octaveOf(value), false);
        const index = fineIndexOf(value);
        expect(index).toBeLessThan(64);
        expect(value).toBeGreaterThan(lowerEnd(key, index));
        expect(value).toBeLessThanOrEqual(upperEnd(key, index));
      }),
      { numRuns: 2000 },
    );
    for (let exponent = -1021; exponent <= 1023; exponent++)
      for (let i = 0; i < 64; i++) {
        const end = 2 ** exponent * 2 ** (i / 64);
        expect(upperEnd(octaveOf(end), fineIndexOf(end))).toBe(end);
      }
  });

  test('count, sum, extremes and every explicit bucket equal those of the plain list, whatever the bounds and whenever it is collected', () => {
    const bounds = fc.uniqueArray(fc.oneof(anyValue, fc.constantFrom(0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)), {
      minLength: 1,
      maxLength: 40,
    });
    const values = fc.array(fc.record({ value: anyValue, collect: fc.boolean() }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(bounds, values, fc.boolean(), (buckets, written, isHot) => {
        // A hot series records through a function made for it.
        const records = isHot ? [...Array.from({ length: 600 }, () => ({ value: 3, collect: false })), ...written] : written;
        const sorted = [...buckets].sort((a, b) => a - b);
        const { meter, collector } = rig({ rules: [{ match: 'h', aggregation: 'histogram', buckets }] });
        for (const { value, collect } of records) {
          meter.metric('h', value);
          if (collect) collector.collect();
        }
        // Magnitudes of 2^-1022 and below count as zero.
        const plain = records.map(({ value }) => value);
        const rounded = plain.map((value) => (Math.abs(value) <= 2 ** -1022 ? 0 : value));
        const distribution = seriesOf(collector, 'h')['']!.distribution!;
        expect(distribution.count).toBe(plain.length);
        expect(distribution.min).toBe(Math.min(...plain));
        expect(distribution.max).toBe(Math.max(...plain));
        const unique = [...new Set(sorted)];
        const expected = [...unique, Number.POSITIVE_INFINITY].map(
          (bound, i) => rounded.filter((value) => value <= bound && (i === 0 || value > unique[i - 1]!)).length,
        );
        expect(distribution.explicitCounts()).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  test('sums of whole numbers are exact', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1e9, max: 1e9 }), { maxLength: 300 }), (values) => {
        const { meter, collector } = rig();
        for (const [i, value] of values.entries()) {
          meter.metric('x_duration_us', value, { side: i % 2 ? 'BUY' : 'SELL' });
          if (i % 7 === 0) collector.collect();
        }
        const series = Object.values(seriesOf(collector, 'x_duration_us'));
        expect(series.reduce((sum, { distribution }) => sum + distribution!.sum, 0)).toBe(values.reduce((a, b) => a + b, 0));
      }),
    );
  });

  test('percentiles are within 1 % of the exact ones of the same data, by nearest rank', () => {
    const data = fc.array(fc.double({ min: 1e-3, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 500 });
    fc.assert(
      fc.property(
        data,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 10 }),
        (values, shares) => {
          const { meter, collector } = rig();
          for (const value of values) meter.metric('x_duration_us', value);
          const exact = Float64Array.from(values).sort();
          shares.sort((a, b) => a - b);
          const found = seriesOf(collector, 'x_duration_us')['']!.distribution!.quantiles(shares);
          shares.forEach((share, i) => {
            const rank = Math.max(1, Math.ceil(share * values.length * (1 - 1e-12)));
            expect(Math.abs(found[i]! - exact[rank - 1]) / exact[rank - 1]).toBeLessThanOrEqual(0.0055);
          });
        },
      ),
      { numRuns: 300 },
    );
  });

  test('a series that uses every octave stays under 20 KiB and still counts everything', () => {
    const { meter, collector, table } = rig({ bytes: 4096 });
    meter.metric('warm_up_duration_us', 1);
    const before = table.byteLength;
    let count = 0;
    for (let round = 0; round < 2; round++) {
      for (let exponent = -1021; exponent <= 1023; exponent++) {
        meter.metric('x_duration_us', 2 ** exponent);
        meter.metric('x_duration_us', -(2 ** exponent));
        count += 2;
      }
      collector.collect();
    }
    const { distribution } = seriesOf(collector, 'x_duration_us')['']!;
    expect(distribution!.count).toBe(count);
    expect(distribution!.pages.size).toBeLessThanOrEqual(MAX_FINE_PAGES + 8);
    // Memory comes in blocks of 64 KiB: eight more such series must fit in what three take.
    for (let series = 0; series < 8; series++)
      for (let round = 0; round < 2; round++) {
        for (let exponent = -1021; exponent <= 1023; exponent++)
          for (const sign of [1, -1]) meter.metric('x_duration_us', sign * 2 ** exponent, { series });
        collector.collect();
      }
    expect(table.byteLength - before).toBeLessThanOrEqual(9 * 20 * 1024 + 64 * 1024);
  });

  test('the least and greatest of an interval are those of its recordings', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { maxLength: 20 }), { maxLength: 12 }),
        (intervals) => {
          const { meter, collector } = rig();
          const window = collector.openWindow();
          meter.metric('x_duration_us', 5);
          window.take(seriesOf(collector, 'x_duration_us')['']!);
          for (const values of intervals) {
            for (const value of values) meter.metric('x_duration_us', value);
            const { min, max, uncertain } = window.take(seriesOf(collector, 'x_duration_us')['']!);
            expect({ min, max, uncertain }).toEqual({ min: Math.min(...values), max: Math.max(...values), uncertain: false });
          }
        },
      ),
    );
  });

  test('counts beyond 32 bits go on in a carry page', () => {
    const { table, collector } = rig();
    const definition = {
      scope: { name: 's' },
      name: 'h',
      kind: 'histogram',
      unit: '',
      description: '',
      integer: false,
      observed: false,
      bounds: [],
    } as const;
    const series = table.defineHistogram(table.defineInstrument(definition)!, [])!;
    const nearlyFull = new Distribution([]);
    nearlyFull.pages.set(finePageKey(octaveOf(3), false), new Float64Array(64).fill(0).with(fineIndexOf(3), CARRY_LIMIT - 2));
    series.restore(nearlyFull, []);
    for (let i = 0; i < 5; i++) series.record(3);
    expect(seriesOf(collector, 'h')['']!.distribution!.count).toBe(CARRY_LIMIT + 3);
    for (let i = 0; i < 5; i++) series.record(3);
    expect(seriesOf(collector, 'h')['']!.distribution!.count).toBe(CARRY_LIMIT + 8);
  });

  test('a name that ends in `_duration_` and a unit, short or in full, is a histogram in that unit; others are gauges', () => {
    const made = rig();
    const durations = {
      ns: 'ns',
      us: 'us',
      ms: 'ms',
      s: 's',
      nanoseconds: 'ns',
      microseconds: 'us',
      milliseconds: 'ms',
      seconds: 's',
    };
    for (const end of Object.keys(durations)) made.meter.metric(`order_duration_${end}`, 3);
    for (const name of ['order_duration', 'order_seconds', 'order_duration_total', 'duration_seconds_left'])
      made.meter.metric(name, 3);
    const found = made.collector.collect().instruments.map(({ definition: { name, kind, unit } }) => [name, kind, unit]);
    const histograms = found.filter(([, kind]) => kind === 'histogram').map(([name, , unit]) => [name, unit]);
    expect(histograms).toEqual(Object.entries(durations).map(([end, unit]) => [`order_duration_${end}`, unit]));
    expect(found.filter(([, kind]) => kind === 'gauge')).toHaveLength(4);
  });
});
