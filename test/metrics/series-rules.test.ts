/**
 * The configuration's rules, for threads that did not know them when they recorded.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seriesRules } from '../../src/meter/series-rules.ts';
import { SeriesCollector } from '../../src/series/collect.ts';
import type { MetricRule } from '../../src/settings/vocabulary.ts';
import { instrument, rig, seriesOf, valuesOf } from './support/rig.ts';

const NO_NAMES: ReadonlySet<string> = new Set();

function collectorUnder(rules: readonly MetricRule[], conflicts: string[] = []): SeriesCollector {
  return new SeriesCollector({
    rules: seriesRules(rules, NO_NAMES),
    onConflict: (name, reason) => conflicts.push(`${name} ${reason}`),
  });
}

test('a histogram of threads with different bounds has every recording; a count up to a bound is off by no more than a bucket of 1.1 %', () => {
  const bounds = fc.uniqueArray(fc.integer({ min: 1, max: 2_000 }), { maxLength: 5 });
  const recording = fc.record({ thread: fc.nat(2), value: fc.integer({ min: -50, max: 2_500 }), collects: fc.boolean() });
  fc.assert(
    fc.property(
      fc.tuple(bounds, bounds, bounds),
      fc.option(bounds),
      fc.array(recording, { maxLength: 60 }),
      (sets, ruled, recordings) => {
        const rule = (buckets: readonly number[]): MetricRule[] => [
          { match: 'x_us', aggregation: 'histogram', buckets: [...buckets].sort((a, b) => a - b) },
        ];
        const collector = collectorUnder(ruled === null ? [] : rule(ruled));
        const threads = sets.map((set) => rig({ collector, rules: rule(set) }));
        for (const { meter } of threads) meter.bindHistogram('x_us');
        for (const { thread, value, collects } of recordings) {
          threads[thread]!.meter.metric('x_us', value);
          if (collects) collector.collect();
        }
        const { definition, series } = instrument(collector, 'x_us')!;
        const { distribution } = series[0]!;
        const expected = ruled ?? [...new Set(sets.flat())];
        expect(definition.bounds).toEqual([...expected].sort((a, b) => a - b));
        const values = recordings.map(({ value }) => value);
        expect(distribution!.count).toBe(values.length);
        expect(distribution!.sum).toBe(values.reduce((sum, value) => sum + value, 0));
        const counts = distribution!.explicitCounts();
        expect(counts.every((count) => count >= 0)).toBe(true);
        let atOrBelow = 0;
        for (const [i, bound] of definition.bounds.entries()) {
          atOrBelow += counts[i]!;
          expect(atOrBelow).toBeLessThanOrEqual(values.filter((value) => value <= bound).length);
          expect(atOrBelow).toBeGreaterThanOrEqual(values.filter((value) => value <= bound / 1.011).length);
        }
        expect(atOrBelow + counts[definition.bounds.length]!).toBe(values.length);
      },
    ),
    { numRuns: 200 },
  );
});

test('what was recorded before a rule was known has its buckets and tags, and is dropped where it drops', () => {
  const rules: MetricRule[] = [
    { match: 'debug_*', aggregation: 'drop' },
    { match: 'place_duration_us', buckets: [100, 250] },
    { match: 'tagged_*', tags: ['keep', 'http.route'] },
  ];
  const collector = collectorUnder(rules);
  const [early, late] = [rig({ collector }), rig({ collector, rules })];
  for (const { meter } of [early, late]) {
    meter.counter('debug_calls', 5);
    meter.metric('place_duration_us', 120);
    meter.counter('tagged_total', 1, { keep: '1', other: `${Math.random()}`, 'http.route': '/a' });
    meter.counter('tagged_total', 1, { keep: '1', other: `${Math.random()}`, 'http.route': '/a' });
  }
  expect(instrument(collector, 'debug_calls')).toBeUndefined();
  expect(instrument(collector, 'place_duration_us')!.definition.bounds).toEqual([100, 250]);
  expect(seriesOf(collector, 'place_duration_us')['']!.distribution!.count).toBe(2);
  expect(valuesOf(collector, 'tagged_total')).toEqual({ 'http.route=/a,keep=1': 4 });
  expect(collector.losses.rejected.kind).toBe(0);
});

test('what was recorded as another kind than a rule says gives way to what follows the rule, is counted, and told with its reason', () => {
  const rules: MetricRule[] = [{ match: 'order_size', aggregation: 'histogram' }];
  const conflicts: string[] = [];
  const collector = collectorUnder(rules, conflicts);
  const early = rig({ collector });
  early.meter.metric('order_size', 3);
  early.meter.metric('order_size', 4, { side: 'buy' });
  collector.collect();
  const late = rig({ collector, rules });
  for (let size = 0; size < 1_000; size++) late.meter.metric('order_size', size);
  expect(seriesOf(collector, 'order_size')['']!.distribution!.count).toBe(1_000);
  expect(collector.losses.rejected.kind).toBe(2);
  expect(conflicts).toEqual(['order_size rule']);
});

test('the pipeline’s own metrics are as they are, whatever rules match their names', () => {
  const collector = new SeriesCollector({ rules: seriesRules([{ match: '*', aggregation: 'drop' }], new Set(['hft.own_us'])) });
  const { meter } = rig({ collector });
  meter.metric('hft.own_us', 1);
  meter.metric('another_us', 1);
  expect(collector.collect().instruments.map(({ definition }) => definition.name)).toEqual(['hft.own_us']);
});
