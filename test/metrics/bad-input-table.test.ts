/**
 * The table "Bad input" of docs/metrics.md, row by row: what is given has the outcome that stands there, and Prometheus takes the page afterwards.
 */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SeriesProducer } from '../../src/backends/series-producer.ts';
import { RingMeterProvider } from '../../src/otel/meter-provider.ts';
import { compileRedaction } from '../../src/redaction/redaction.ts';
import { SeriesCollector } from '../../src/series/collect.ts';
import type { CollectedSeries } from '../../src/series/collection.ts';
import { parseExposition } from './support/exposition.ts';
import { exposition } from './support/page.ts';
import { instrument, type Rig, rig, seriesOf, valuesOf } from './support/rig.ts';

/** What a Prometheus would be served; throws for what it would refuse. */
async function pageOf(made: Rig, conflicts: string[] = []) {
  const { resourceMetrics } = await new SeriesProducer(made.collector).collect();
  return parseExposition(exposition(resourceMetrics, { onConflict: (name) => conflicts.push(name) }));
}

/** The tags under which one counted measurement is kept. */
function tagsOf(tags: unknown, made = rig()): Record<string, unknown> {
  made.meter.counter('c', 1, tags as never);
  return Object.fromEntries(instrument(made.collector, 'c')!.series[0]!.tags);
}

function nameOf(name: string): string {
  const made = rig();
  made.meter.counter(name);
  return made.collector.collect().instruments[0]!.definition.name;
}

function distributionOf(made: Rig, name: string): NonNullable<CollectedSeries['distribution']> {
  return seriesOf(made.collector, name)['']!.distribution!;
}

type Check = (made: Rig) => void | Promise<void>;

const CHECKS: Readonly<Record<string, Check>> = {
  'NaN, an infinity, anything but a number': ({ meter, collector, problems }) => {
    const given = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, '1', null, {}] as never[];
    for (const value of given) {
      meter.counter('c', value);
      meter.metric('g', value);
      meter.metric('x_duration_us', value);
    }
    expect(collector.losses.rejected.not_finite).toBe(3 * given.length);
    expect(problems.map(({ name, reason }) => `${name} ${reason}`)).toEqual([
      'c not_finite',
      'g not_finite',
      'x_duration_us not_finite',
    ]);
  },
  'a bigint': ({ meter, collector }) => {
    meter.counter('c', 5n as never);
    meter.counter('c', (2n ** 53n + 1n) as never);
    expect(valuesOf(collector, 'c')).toEqual({ '': 5 });
    expect(collector.losses.rejected.not_finite).toBe(1);
  },
  'a tag that `redact` covers': () => {
    const made = rig({ redaction: compileRedaction(['api_key']) });
    expect(tagsOf({ api_key: 'S' }, made)).toEqual({ api_key: '[redacted]' });
  },
  'a tag value with a credential in its text (`https://user:password@host`)': () => {
    const made = rig({ redaction: compileRedaction(['api_key']) });
    expect(tagsOf({ url: 'https://user:password@host' }, made)).toEqual({ url: 'https://[redacted]@host' });
  },
  'a negative amount for a counter': ({ meter, collector }) => {
    meter.counter('c', -1);
    expect(collector.losses.rejected.negative).toBe(1);
    expect(valuesOf(collector, 'c')).toEqual({});
  },
  '2¹⁰²³': async (made) => {
    for (let i = 0; i < 4; i++) {
      made.meter.counter('c', 2 ** 1023);
      made.meter.metric('g', 2 ** 1023);
      made.meter.metric('x_duration_us', 2 ** 1023);
    }
    const { samples } = await pageOf(made);
    expect([samples.c, samples.g, samples.x_duration_us_sum, samples.x_duration_us_count]).toEqual([
      `${Number.MAX_VALUE}`,
      `${2 ** 1023}`,
      `${Number.MAX_VALUE}`,
      '4',
    ]);
    const delta = new SeriesProducer(made.collector, { temporality: 'delta' });
    await delta.collect();
    delta.commit();
    made.meter.metric('x_duration_us', 1);
    const { resourceMetrics } = await delta.collect();
    const changed = resourceMetrics.scopeMetrics[0]!.metrics.find(({ descriptor }) => descriptor.name === 'x_duration_us')!;
    expect(changed.dataPoints[0]!.value).toMatchObject({ count: 1, sum: 0 });
  },
  'a magnitude of 2⁻¹⁰²² or less in a histogram': (made) => {
    for (const value of [2 ** -1022, -(2 ** -1074), 2 ** -1021]) made.meter.metric('x_duration_us', value);
    const { count, zeros, sum, min, max } = distributionOf(made, 'x_duration_us');
    expect({ count, zeros, sum, min, max }).toEqual({
      count: 3,
      zeros: 2,
      sum: 2 ** -1022 - 2 ** -1074 + 2 ** -1021,
      min: -(2 ** -1074),
      max: 2 ** -1021,
    });
  },
  'a name with spaces, unicode, quotes, line feeds': () => {
    expect(['a b', 'naïve', 'a"b', 'a\n\nb', 'a 日本 b'].map(nameOf)).toEqual(['a_b', 'na_ve', 'a_b', 'a_b', 'a_b']);
  },
  'a name that begins with a digit, `.`, `-` or `/`': () => {
    expect(['1a', '.a', '-a', '/a'].map(nameOf)).toEqual(['_1a', '_.a', '_-a', '_/a']);
  },
  'a name longer than 255': () => {
    const names = ['y', 'z'].map((end) => nameOf('x'.repeat(300) + end));
    for (const name of names) expect(name).toMatch(/^x{246}_[0-9a-f]{8}$/);
    expect(new Set(names).size).toBe(2);
  },
  'a name without a letter or digit, or that is no text': ({ meter, collector }) => {
    for (const name of ['', '_', '...', '日本語', undefined, 5, {}] as never[]) meter.counter(name);
    expect(collector.losses.rejected.name).toBe(7);
  },
  'more than 10,000 names in a thread': ({ meter, collector, problems }) => {
    for (let i = 0; i < 10_010; i++) meter.counter(`name_${i}`);
    expect(collector.collect().instruments).toHaveLength(10_000);
    expect(collector.losses.rejected.name).toBe(10);
    expect(problems).toHaveLength(10);
  },
  'a name that ends in `_bucket`, `_sum`, `_count`': async (made) => {
    made.meter.metric('x_duration_us', 1);
    made.meter.counter('x_duration_us_count', 5);
    made.meter.counter('y_count', 5);
    const conflicts: string[] = [];
    const { samples } = await pageOf(made, conflicts);
    expect([samples.x_duration_us_count, samples.y_count]).toEqual(['1', '5']);
    expect(conflicts).toEqual(['x_duration_us_count']);
    expect(valuesOf(made.collector, 'x_duration_us_count')).toEqual({ '': 5 });
  },
  'names that become the same for Prometheus (`a.b`, `a_b`)': async (made) => {
    for (const name of ['a.b', 'a_b', 'a-b']) made.meter.counter(name, 1, { side: 'BUY' });
    made.meter.counter('a_b', 1, { side: 'SELL' });
    made.meter.metric('g.h', 1);
    made.meter.metric('g_h', 2);
    made.meter.metric('x.y_duration_us', 1);
    made.meter.metric('x_y_duration_us', 1);
    const { samples, types } = await pageOf(made);
    expect(types).toEqual({ a_b: 'counter', g_h: 'gauge', x_y_duration_us: 'histogram' });
    expect(samples).toMatchObject({ 'a_b{side="BUY"}': '3', 'a_b{side="SELL"}': '1', g_h: '2', x_y_duration_us_count: '2' });
  },
  'the same name as another kind': async (made) => {
    made.meter.counter('x', 1);
    made.meter.metric('x', 7);
    expect(made.collector.losses.rejected.kind).toBe(1);

    const reported: string[] = [];
    const collector = new SeriesCollector({ onConflict: (name) => reported.push(name) });
    const [first, second] = [rig({ collector }), rig({ collector })];
    first.meter.counter('y', 1);
    second.meter.metric('y', 7);
    for (let i = 0; i < 2; i++) expect(valuesOf(collector, 'y')).toEqual({ '': 1 });
    expect(reported).toEqual(['y']);

    const libraries = rig();
    const provider = new RingMeterProvider(libraries.meter);
    provider.getMeter('one').createCounter('z').add(1);
    provider.getMeter('two').createGauge('z').record(7);
    const conflicts: string[] = [];
    const { samples, types } = await pageOf(libraries, conflicts);
    expect([types.z, samples]).toEqual(['counter', { 'z{otel_scope_name="one"}': '1' }]);
    expect(conflicts).toEqual(['z']);
  },
  'the same name with another unit or description': ({ meter, collector }) => {
    const library = new RingMeterProvider(meter).getMeter('lib');
    library.createCounter('c', { unit: 'By', description: 'first' }).add(1);
    library.createCounter('c', { unit: 's', description: 'second' }).add(2);
    expect(instrument(collector, 'c')!.definition).toMatchObject({ unit: 'By', description: 'first' });
    expect(valuesOf(collector, 'c')).toEqual({ '': 3 });
  },
  'tags `le`, `quantile`, `job`, `instance`, `cluster_worker`, `otel_scope_name`, `otel_scope_version`, `otel_scope_schema_url`':
    async (made) => {
      const reserved = ['le', 'quantile', 'job', 'instance', 'otel_scope_name', 'otel.scope.version', 'otel-scope/schema_url'];
      const tags = Object.fromEntries(reserved.map((key) => [key, 'mine']));
      const kept = [
        'exported_instance',
        'exported_job',
        'exported_le',
        'exported_otel_scope_name',
        'exported_otel_scope_schema_url',
        'exported_otel_scope_version',
        'exported_quantile',
      ];
      expect(Object.keys(tagsOf(tags, made))).toEqual(kept);
      made.meter.metric('x_duration_us', 1, tags);
      const { samples } = await pageOf(made);
      expect(samples[`x_duration_us_count{${kept.map((label) => `${label}="mine"`)}}`]).toBe('1');
      // The same keys on the way to OTLP: they are renamed before the table, not on the page.
      const { resourceMetrics } = await new SeriesProducer(made.collector, { histograms: 'both' }).collect();
      for (const { metrics } of resourceMetrics.scopeMetrics)
        for (const { dataPoints } of metrics) expect(Object.keys(dataPoints[0]!.attributes)).toEqual(kept);
    },
  'tag `__name__`, or any with underscores around it, or a digit in front': () => {
    expect(tagsOf({ __name__: 'a', _b_: 'b', '1c': 'c' })).toEqual({ key_1c: 'c', key_b: 'b', key_name: 'a' });
  },
  'a tag key without a letter or digit, or empty': () => {
    expect([tagsOf({ '': 'a' }), tagsOf({ _: 'a' }), tagsOf({ 日本: 'a' })]).toEqual([{ key: 'a' }, { key: 'a' }, { key: 'a' }]);
  },
  'two keys that become the same (`a.b`, `a_b`)': () => {
    expect(tagsOf({ a_b: 'second', 'a.b': 'first', c: 'x' })).toEqual({ a_b: 'first;second', c: 'x' });
  },
  'more than 64 tags': () => {
    const tags = Object.fromEntries(Array.from({ length: 70 }, (_, i) => [`k${String(i).padStart(2, '0')}`, i]));
    expect(Object.keys(tagsOf(tags))).toEqual(Object.keys(tags).slice(0, 64));
  },
  'tag values null, undefined, empty': () => {
    expect(tagsOf({ a: null, b: undefined, c: '', d: 'x' })).toEqual({ d: 'x' });
  },
  'other tag values': ({ meter, collector }) => {
    const unprintable = {
      toString() {
        throw new Error('toString');
      },
    };
    const tags = { a: 1.5, b: true, c: [1, 'x'], d: { e: 1 }, f: 10n, g: Symbol('s'), h: () => 1, i: unprintable };
    expect(tagsOf(tags)).toEqual({
      a: '1.5',
      b: 'true',
      c: '1,x',
      d: '[object Object]',
      f: '10',
      g: 'Symbol(s)',
      h: '[function]',
      i: '[unprintable]',
    });
    new RingMeterProvider(meter)
      .getMeter('lib')
      .createCounter('o')
      .add(1, { a: 1.5, b: true, c: [1, 'x'] as never });
    expect(Object.fromEntries(instrument(collector, 'o')!.series[0]!.tags)).toEqual({ a: 1.5, b: true, c: [1, 'x'] });
  },
  'a value longer than 1,024': () => {
    expect(tagsOf({ a: 'x'.repeat(2_000) })).toEqual({ a: 'x'.repeat(1_024) });
  },
  'quotes, backslashes, line feeds, lone surrogates in values': async (made) => {
    tagsOf({ a: 'q"b\\n\nl\ud800' }, made);
    expect((await pageOf(made)).samples).toEqual({ 'c{a="q\\"b\\\\n\\nl\ufffd"}': '1' });
  },
  'a getter or proxy that throws': ({ meter, collector }) => {
    const fail = () => {
      throw new Error('no');
    };
    for (const tags of [Object.defineProperty({}, 'a', { enumerable: true, get: fail }), new Proxy({}, { ownKeys: fail })])
      meter.counter('c', 1, tags as never);
    expect(collector.losses.rejected.tags).toBe(2);
  },
  'a million tag sets': ({ meter, collector, table }) => {
    const fill = (from: number, to: number) => {
      for (let i = from; i < to; i++) meter.counter('c', 1, { i });
    };
    fill(0, 3_000);
    const bytes = table.byteLength;
    fill(3_000, 1_000_000);
    expect(table.byteLength).toBe(bytes);
    const series = valuesOf(collector, 'c');
    expect(Object.keys(series)).toHaveLength(2_000);
    expect(series['otel.metric.overflow=true']).toBe(1_000_000 - 1_999);
    expect(collector.losses.overflowed).toBe(1_000_000 - 1_999);
  },
  'no memory for a new series': () => {
    const { meter, collector } = rig({ maxBytes: 4_096 });
    for (let i = 0; i < 200; i++) meter.counter('c', 1, { i });
    meter.counter('c', 1, { i: 0 });
    const kept = Object.values(valuesOf(collector, 'c'));
    expect(kept.reduce((a, b) => a + b, 0) + collector.losses.rejected.memory).toBe(201);
    expect([kept[0], collector.losses.rejected.memory > 0]).toEqual([2, true]);
  },
};

const document = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
const section = document.slice(document.indexOf('## Bad input'));
const rows = [...section.matchAll(/^\| (.+?) \| .+ \|$/gm)].map(([, given]) => given!).filter((given) => given !== 'given');

test('each row of the document is checked here, and nothing else', () => {
  expect(Object.keys(CHECKS)).toEqual(rows);
});

test.each(Object.keys(CHECKS))('%s', async (given) => {
  const made = rig();
  await CHECKS[given]!(made);
  await pageOf(made);
});
