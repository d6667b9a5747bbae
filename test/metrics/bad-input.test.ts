import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SeriesProducer } from '../../src/backends/series-producer.ts';
import { RingMeterProvider } from '../../src/otel/meter-provider.ts';
import { parseExposition } from './support/exposition.ts';
import { HOSTILE_NAMES, HOSTILE_TAGS } from './support/hostile.ts';
import { exposition } from './support/page.ts';
import { instrument, rig, seriesOf, valuesOf } from './support/rig.ts';

const hostileTags = HOSTILE_TAGS as never[];

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

describe('bad input has one outcome each (docs/metrics.md)', () => {
  test('values that are not finite numbers are counted as rejected and reported once', () => {
    const { meter, collector, problems } = rig();
    const bad = [
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      '5',
      2n ** 53n + 1n,
      null,
      true,
      {},
      [],
      Symbol('s'),
    ] as never[];
    for (const value of bad) {
      meter.counter('c', value);
      meter.metric('g', value);
      meter.recordDurationUs('t', value);
      meter.bindCounter('c').add(value);
      meter.bindGauge('g').set(value);
      meter.bindHistogram('t_duration_us').record(value);
    }
    meter.metric('g', undefined as never);
    expect(collector.losses.rejected).toMatchObject({ not_finite: 6 * bad.length + 1, negative: 0 });
    expect(problems.map(({ name, reason }) => `${name} ${reason}`)).toEqual([
      'c not_finite',
      'g not_finite',
      't_duration_us not_finite',
    ]);
    expect(problems[0]!.message).toMatch(
      /^Metric "c" was given something that is not a finite number, or that no number holds exactly\. Record finite numbers only; /,
    );
    expect(valuesOf(collector, 'c')).toEqual({ '': 0 });
  });

  test('a negative amount for a counter is rejected; a gauge takes it', () => {
    const { meter, collector, problems } = rig();
    meter.counter('c', 5);
    meter.counter('c', -1);
    meter.metric('g', -1);
    expect(valuesOf(collector, 'c')).toEqual({ '': 5 });
    expect(valuesOf(collector, 'g')).toEqual({ '': -1 });
    expect(collector.losses.rejected.negative).toBe(1);
    expect(problems).toMatchObject([{ reason: 'negative', name: 'c', message: expect.stringContaining('use metric()') }]);
  });

  test('numbers at the end of the range stay numbers: sums stop at the largest double', async () => {
    const { meter, collector } = rig();
    for (let i = 0; i < 4; i++) {
      meter.counter('c', 2 ** 1023);
      meter.metric('x_duration_us', 2 ** 1023);
    }
    expect(valuesOf(collector, 'c')).toEqual({ '': Number.MAX_VALUE });
    const { count, max, sum } = seriesOf(collector, 'x_duration_us')['']!.distribution!;
    expect([count, max, sum]).toEqual([4, 2 ** 1023, Number.MAX_VALUE]);
    const { samples } = parseExposition(exposition((await new SeriesProducer(collector).collect()).resourceMetrics));
    expect(samples.x_duration_us_count).toBe('4');
  });

  test('names are mapped to ones that every path can carry, and stay apart when they were', () => {
    const { meter, collector, problems } = rig();
    for (const name of HOSTILE_NAMES) meter.counter(name);
    const names = collector.collect().instruments.map(({ definition }) => definition.name);
    expect(names).toContain('with_space');
    expect(names).toContain('na_ve_n_code');
    expect(names).toContain('_1starts_with_digit');
    expect(names).toContain('a-b');
    expect(names).toContain('_injected_x_1');
    expect(names).toContain('line_feed');
    expect(names.filter((name) => name.startsWith('xxxx')).map((name) => name.length)).toEqual([255, 255]);
    for (const name of names) expect(name).toMatch(/^[A-Za-z_][A-Za-z0-9_.\-/]{0,254}$/);
    expect(problems.map(({ name, reason }) => [name, reason])).toEqual(
      ['日本語', '🚀', '', '_', '...'].map((name) => [name, 'name']),
    );
    expect(collector.losses.rejected.name).toBe(5);
  });

  test('names that are no text are rejected', () => {
    const { meter, collector } = rig();
    for (const name of [undefined, null, 5, {}, Symbol('s'), () => {}] as never[]) {
      meter.counter(name);
      meter.metric(name, 1);
      meter.bindCounter(name).add();
      expect(() => meter.recordDurationUs(name, 1)).not.toThrow();
    }
    expect(collector.collect().instruments.every(({ definition }) => definition.name.endsWith('_duration_us'))).toBe(true);
    expect(collector.losses.rejected.name).toBeGreaterThanOrEqual(18);
  });

  test('the second kind of a name records nothing and is reported', () => {
    const { meter, collector, problems } = rig();
    meter.counter('x', 1);
    meter.metric('x', 7);
    meter.bindHistogram('x').record(7);
    expect(valuesOf(collector, 'x')).toEqual({ '': 1 });
    expect(collector.losses.rejected.kind).toBe(2);
    expect(problems).toMatchObject([{ reason: 'kind', name: 'x', message: expect.stringContaining('one kind for each name') }]);
  });

  test('keys with a meaning of their own are renamed, equal ones joined, impossible ones mapped; values become text', () => {
    const { meter, collector } = rig();
    for (const tags of hostileTags) meter.counter('c', 1, tags);
    const all = instrument(collector, 'c')!.series.map(({ tags }) => Object.fromEntries(tags));
    expect(all).toContainEqual({
      exported_le: '0.5',
      exported_quantile: '0.9',
      exported_job: 'mine',
      exported_instance: 'mine',
      key_name: 'other',
    });
    expect(all).toContainEqual({ exported_job: 'z;w', exported_otel_scope_name: 'x', exported_otel_scope_version: 'y' });
    expect(all).toContainEqual({ a_b: '3;1;2' });
    expect(all).toContainEqual({
      yes: 'true',
      number: '1.5',
      nan: 'NaN',
      big: '10',
      symbol: 'Symbol(s)',
      list: '1,a',
      object: '[object Object]',
      date: expect.any(String),
      fn: expect.any(String),
    });
    expect(all.find((tags) => 'long' in tags)).toMatchObject({
      quote: '"',
      backslash: '\\',
      feed: '\n',
      lone: '\ufffd',
      long: 'x'.repeat(1024),
    });
    expect(all.find((tags) => 'k0' in tags && 'k63' in tags && !('k64' in tags))).toBeDefined();
    expect(all.find((tags) => tags.value === '[unprintable]')).toBeDefined();
    for (const tags of all) for (const key of Object.keys(tags)) expect(key).toMatch(/^[A-Za-z][A-Za-z0-9_.\-/]{0,254}$/);
  });

  test('tags that throw are counted, and the call does not throw', () => {
    const { meter, collector, problems } = rig();
    const throwing = Object.defineProperty({}, 'side', {
      enumerable: true,
      get() {
        throw new Error('getter');
      },
    });
    const proxy = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('trap');
        },
      },
    );
    for (const tags of [throwing, proxy] as never[]) {
      meter.counter('c', 1, tags);
      meter.metric('g', 1, tags);
      meter.recordDurationUs('t', 1, tags);
      meter.bindCounter('c', tags).add();
      meter.bindGauge('g', tags).set(1);
    }
    expect(collector.losses.rejected.tags).toBe(10);
    expect(problems.every(({ reason }) => reason === 'tags')).toBe(true);
  });

  test('a getter among the tags that records to the same metric does no harm', () => {
    const { meter, collector } = rig();
    const tags = {
      get side() {
        meter.counter('c', 10, { side: 'inner' });
        return 'outer';
      },
    };
    for (let i = 0; i < 100; i++) meter.counter('c', 1, tags);
    expect(valuesOf(collector, 'c')).toEqual({ 'side=inner': 1000, 'side=outer': 100 });
  });

  test('a polluted Object.prototype adds no tags', () => {
    const { meter, collector } = rig();
    meter.counter('c', 1, { side: 'BUY' });
    Object.defineProperty(Object.prototype, 'polluted', { value: 'x', enumerable: true, configurable: true });
    try {
      for (let i = 0; i < 3; i++) meter.counter('c', 1, { side: 'BUY' });
      meter.counter('d', 1, { side: 'BUY' });
    } finally {
      Reflect.deleteProperty(Object.prototype, 'polluted');
    }
    expect(valuesOf(collector, 'c')).toEqual({ 'side=BUY': 4 });
    expect(valuesOf(collector, 'd')).toEqual({ 'side=BUY': 1 });
  });

  test('tags whose content changes while they stay the same object are read anew', () => {
    const { meter, collector } = rig();
    const list = ['a'];
    const tags = { side: 'BUY', list } as never as { side: string };
    meter.counter('c', 1, tags);
    list.push('b');
    meter.counter('c', 1, tags);
    tags.side = 'SELL';
    meter.counter('c', 1, tags);
    expect(valuesOf(collector, 'c')).toEqual({ 'list=a,side=BUY': 1, 'list=a,b,side=BUY': 1, 'list=a,b,side=SELL': 1 });
  });

  test('a million tag sets and a hundred thousand names leave memory where it was', () => {
    const { meter, collector, table, problems } = rig();
    const fill = (from: number, to: number) => {
      for (let i = from; i < to; i++) meter.counter('requests_total', 1, { id: i, other: `x${i}` });
    };
    fill(0, 20_000);
    for (let i = 0; i < 20_000; i++) meter.counter(`name_${i}`);
    const before = { table: table.byteLength, heapBytes: heapBytes() };
    fill(20_000, 1_000_000);
    for (let i = 20_000; i < 100_000; i++) meter.counter(`name_${i}`);
    expect(table.byteLength).toBe(before.table);
    expect(heapBytes() - before.heapBytes).toBeLessThan(4e6);
    const sum = Object.values(valuesOf(collector, 'requests_total')).reduce((a, b) => a + b, 0);
    expect(sum).toBe(1_000_000);
    expect(problems.length).toBeLessThanOrEqual(256);
    expect(problems.some(({ message }) => message.includes('do not make names from data'))).toBe(true);
  });

  test('nothing that the API is given throws, and what comes out is always accepted', async () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withNullPrototype: true,
      withObjectString: true,
      withSparseArray: true,
    });
    const call = fc.record({
      name: fc.oneof(anything, fc.constantFrom(...HOSTILE_NAMES)),
      value: fc.oneof(anything, fc.double()),
      tags: fc.oneof(anything, fc.constantFrom(...HOSTILE_TAGS)),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 15 }), async (calls) => {
        const { meter, collector } = rig({ cardinalityLimit: 5 });
        const api = new RingMeterProvider(meter).getMeter('lib');
        for (const { name, value, tags } of calls as never[]) {
          const [n, v, t] = [name, value, tags] as never[];
          meter.counter(n!, v, t);
          meter.metric(n!, v!, t);
          meter.recordDurationUs(n!, v!, t);
          meter.bindCounter(n!, t).add(v);
          meter.bindGauge(n!, t).set(v!);
          meter.bindHistogram(n!, t).record(v!);
          api.createCounter(n!, t).add(v!, t);
          api.createUpDownCounter(n!, t).add(v!, t);
          api.createGauge(n!).record(v!, t);
          api.createHistogram(n!, t).record(v!, t);
        }
        const { resourceMetrics, errors } = await new SeriesProducer(collector).collect();
        expect(errors).toEqual([]);
        parseExposition(exposition(resourceMetrics));
      }),
      { numRuns: 300 },
    );
  });
});
