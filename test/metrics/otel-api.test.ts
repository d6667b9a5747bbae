import { type Attributes, type Meter, type Observable, ValueType } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { RingMeterProvider } from '../../src/otel/meter-provider.ts';
import { PATIENCE } from '../support/patience.ts';
import { instrument, type Rig, rig, seriesOf, valuesOf } from './support/rig.ts';

const providers: RingMeterProvider[] = [];
afterEach(() => {
  for (const provider of providers.splice(0)) provider.shutdown();
});

function ours(options?: Parameters<typeof rig>[0]): Rig & { provider: RingMeterProvider } {
  const made = rig(options);
  const provider = new RingMeterProvider(made.meter);
  providers.push(provider);
  return { ...made, provider };
}

/** What OpenTelemetry's own SDK collects: name → attributes as JSON → value, or count and sum. */
async function collectedBySdk(
  provider: MeterProvider,
  exporter: InMemoryMetricExporter,
): Promise<Record<string, Record<string, unknown>>> {
  exporter.reset();
  await provider.forceFlush();
  const found: Record<string, Record<string, unknown>> = {};
  for (const { metrics } of exporter.getMetrics().at(-1)?.scopeMetrics ?? [])
    for (const metric of metrics) {
      const points: Record<string, unknown> = {};
      for (const point of metric.dataPoints) {
        const value = point.value;
        points[canonical(point.attributes)] = typeof value === 'number' ? value : [value.count, value.sum, value.min, value.max];
      }
      if (metric.dataPoints.length > 0) found[metric.descriptor.name] = points;
    }
  return found;
}

function collectedByUs({ collector }: Rig): Record<string, Record<string, unknown>> {
  const found: Record<string, Record<string, unknown>> = {};
  for (const { definition, series } of collector.collect().instruments) {
    if (series.length === 0) continue;
    const points: Record<string, unknown> = {};
    for (const { tags, value, distribution } of series)
      points[canonical(Object.fromEntries(tags) as Attributes)] =
        distribution === undefined ? value : [distribution.count, distribution.sum, distribution.min, distribution.max];
    found[definition.name] = points;
  }
  return found;
}

function canonical(attributes: Attributes): string {
  return JSON.stringify(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)));
}

describe('the meter provider', () => {
  test('collects what OpenTelemetry’s own SDK collects, for any use of the API', async () => {
    const attributes = fc.option(
      fc.record(
        { 'http.route': fc.constantFrom('/a', '/b'), status: fc.constantFrom(200, 404), cached: fc.boolean() },
        { requiredKeys: [] },
      ),
      { nil: undefined },
    );
    const operation = fc.record({
      kind: fc.constantFrom('counter', 'updown', 'gauge', 'histogram'),
      value: fc.integer({ min: -50, max: 5000 }),
      attributes,
    });
    const observation = fc.record({ kind: fc.constantFrom('counter', 'updown', 'gauge'), value: fc.nat(1000), attributes });
    await fc.assert(
      fc.asyncProperty(
        fc.array(operation, { maxLength: 40 }),
        fc.array(fc.array(observation, { maxLength: 6 }), { minLength: 1, maxLength: 1 }),
        async (operations, rounds) => {
          const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
          const sdk = new MeterProvider({
            readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1e9 })],
          });
          const rigged = ours();
          let round: (typeof rounds)[number] = [];
          const use = (meter: Meter) => {
            const [counter, updown, gauge, histogram] = [
              meter.createCounter('c'),
              meter.createUpDownCounter('u'),
              meter.createGauge('g'),
              meter.createHistogram('h'),
            ];
            for (const { kind, value, attributes } of operations) {
              if (kind === 'counter') counter.add(Math.abs(value), attributes);
              else if (kind === 'updown') updown.add(value, attributes);
              else if (kind === 'gauge') gauge.record(value, attributes);
              else histogram.record(Math.abs(value), attributes);
            }
            const observables: Record<string, Observable> = {
              counter: meter.createObservableCounter('oc'),
              updown: meter.createObservableUpDownCounter('ou'),
              gauge: meter.createObservableGauge('og'),
            };
            for (const [kind, observable] of Object.entries(observables))
              observable.addCallback((result) => {
                for (const { kind: of, value, attributes } of round) if (of === kind) result.observe(value, attributes);
              });
          };
          use(sdk.getMeter('app', '1'));
          use(rigged.provider.getMeter('app', '1'));
          // One round only: the SDK goes on exporting what a later round no longer observes, which the specification forbids.
          for (round of rounds) {
            await rigged.provider.observe();
            expect(collectedByUs(rigged)).toEqual(await collectedBySdk(sdk, exporter));
          }
          await sdk.shutdown();
        },
      ),
      { numRuns: 60 },
    );
  });

  test('integer instruments ignore fractions; descriptions, units, advice and value types are kept', () => {
    const { provider, collector } = ours();
    const meter = provider.getMeter('lib', '2.0', { schemaUrl: 'https://example.com/schema' });
    meter.createCounter('c', { valueType: ValueType.INT, unit: '{order}', description: 'Orders' }).add(2.9);
    meter.createHistogram('h', { unit: 's', advice: { explicitBucketBoundaries: [1, 2, 3] } }).record(2);
    meter.createHistogram('latency', { unit: 's' }).record(0.000003);
    expect(valuesOf(collector, 'c')).toEqual({ '': 2 });
    expect(instrument(collector, 'c')!.definition).toMatchObject({
      scope: { name: 'lib', version: '2.0', schemaUrl: 'https://example.com/schema' },
      unit: '{order}',
      description: 'Orders',
      integer: true,
    });
    expect(instrument(collector, 'h')!.definition.bounds).toEqual([1, 2, 3]);
    expect(instrument(collector, 'latency')!.definition.bounds.slice(0, 4)).toEqual([0.000001, 0.000002, 0.000005, 0.00001]);
  });

  test('the same instrument asked for twice is one, names that differ in case too; another kind under its name records nothing and is reported', () => {
    const { provider, collector, problems } = ours();
    provider.getMeter('lib').createCounter('requests').add(1);
    provider.getMeter('lib').createCounter('Requests').add(2);
    provider.getMeter('other').createCounter('requests').add(4);
    provider.getMeter('lib').createHistogram('requests').record(8);
    const found = collector.collect().instruments.filter(({ definition }) => definition.name === 'requests');
    expect(found.map(({ definition, series }) => [definition.scope.name, series[0]!.value])).toEqual([
      ['lib', 3],
      ['other', 4],
    ]);
    expect(problems).toMatchObject([{ reason: 'kind', name: 'requests' }]);
  });

  test('rules are views: by name they drop, keep attributes, choose aggregation and buckets, also of observables', async () => {
    const { provider, collector } = ours({
      rules: [
        { match: 'noise.*', aggregation: 'drop' },
        { match: 'http.*', tags: ['route'], buckets: [0.1] },
        { match: 'queue.size', aggregation: 'histogram' },
      ],
    });
    const meter = provider.getMeter('lib');
    meter.createCounter('noise.calls').add(1);
    meter.createHistogram('http.duration', { advice: { explicitBucketBoundaries: [5] } }).record(1, { route: '/a', user: 'x' });
    meter.createGauge('queue.size').record(3);
    meter.createObservableGauge('noise.level').addCallback((result) => result.observe(1));
    meter.createObservableGauge('http.open').addCallback((result) => result.observe(1, { route: '/a', user: 'x' }));
    await provider.observe();
    expect(instrument(collector, 'noise.calls')).toBeUndefined();
    expect(instrument(collector, 'noise.level')).toBeUndefined();
    expect(instrument(collector, 'http.duration')!.definition.bounds).toEqual([0.1]);
    expect(Object.keys(seriesOf(collector, 'http.duration'))).toEqual(['route=/a']);
    expect(instrument(collector, 'queue.size')!.definition.kind).toBe('histogram');
    expect(valuesOf(collector, 'http.open')).toEqual({ 'route=/a': 1 });
  });

  test('a callback that throws or rejects disturbs no other and is heard again in the next round', async () => {
    const { provider, collector } = ours();
    const meter = provider.getMeter('lib');
    let isBroken = true;
    meter.createObservableGauge('broken').addCallback((result) => {
      if (isBroken) throw new Error('broken');
      result.observe(1);
    });
    meter.createObservableGauge('rejecting').addCallback(async (result) => {
      result.observe(5);
      if (isBroken) throw new Error('rejected');
    });
    meter.createObservableGauge('fine').addCallback(async (result) => {
      await new Promise((resolve) => setImmediate(resolve));
      result.observe(2);
    });
    await provider.observe();
    expect([valuesOf(collector, 'broken'), valuesOf(collector, 'rejecting'), valuesOf(collector, 'fine')]).toEqual([
      {},
      {},
      { '': 2 },
    ]);
    isBroken = false;
    await provider.observe();
    expect([valuesOf(collector, 'broken'), valuesOf(collector, 'rejecting'), valuesOf(collector, 'fine')]).toEqual([
      { '': 1 },
      { '': 5 },
      { '': 2 },
    ]);
  });

  test('a callback that fails is reported once, with its metric and what it threw', async () => {
    const { provider, problems } = ours();
    const meter = provider.getMeter('lib');
    meter.createObservableGauge('broken').addCallback(() => {
      throw new Error('no such file');
    });
    meter.createObservableGauge('rejecting').addCallback(async () => Promise.reject('plain text'));
    for (let i = 0; i < 3; i++) await provider.observe();
    expect(problems).toEqual([
      expect.objectContaining({ reason: 'callback', name: 'broken', message: expect.stringContaining('no such file') }),
      expect.objectContaining({ reason: 'callback', name: 'rejecting', message: expect.stringContaining('plain text') }),
    ]);
  });

  test('a callback that never answers holds up no instrument but those it shares callbacks with', async () => {
    const { provider, collector } = ours();
    const meter = provider.getMeter('lib');
    const [hung, beside, fine] = ['hung', 'beside', 'fine'].map((name) => meter.createObservableGauge(name));
    let answer: () => void = () => {};
    meter.addBatchObservableCallback(
      async (result) => {
        result.observe(hung!, 1);
        await new Promise<void>((resolve) => {
          answer = resolve;
        });
      },
      [hung!, beside!],
    );
    let rounds = 0;
    fine!.addCallback((result) => result.observe(++rounds));
    const waiting = provider.observe();
    await vi.waitFor(() => expect(valuesOf(collector, 'fine')).toEqual({ '': 1 }), PATIENCE);
    void provider.observe();
    await vi.waitFor(() => expect(valuesOf(collector, 'fine')).toEqual({ '': 2 }), PATIENCE);
    expect(valuesOf(collector, 'hung')).toEqual({});
    answer();
    await waiting;
    expect(valuesOf(collector, 'hung')).toEqual({ '': 1 });
  });

  test('what callbacks observe under a name that another instrument has is counted and reported', async () => {
    const { provider, collector, problems } = ours();
    const meter = provider.getMeter('lib');
    meter.createCounter('t_total').add(3);
    meter.createObservableCounter('t_total').addCallback((result) => result.observe(7));
    await provider.observe();
    await provider.observe();
    expect(valuesOf(collector, 't_total')).toEqual({ '': 3 });
    expect(collector.losses.rejected.kind).toBe(2);
    expect(problems).toMatchObject([{ reason: 'kind', name: 't_total' }]);
  });

  test('batch callbacks observe only what they were registered for; removed callbacks stop, and their series go away', async () => {
    const { provider, collector } = ours();
    const meter = provider.getMeter('lib');
    const [a, b, c] = [meter.createObservableGauge('a'), meter.createObservableCounter('b'), meter.createObservableGauge('c')];
    const callback = (result: { observe(metric: Observable, value: number): void }) => {
      for (const metric of [a, b, c]) result.observe(metric, 7);
    };
    meter.addBatchObservableCallback(callback, [a, b]);
    meter.addBatchObservableCallback(callback, [b, a]);
    await provider.observe();
    expect([valuesOf(collector, 'a'), valuesOf(collector, 'b'), valuesOf(collector, 'c')]).toEqual([{ '': 7 }, { '': 7 }, {}]);
    meter.removeBatchObservableCallback(callback, [a, b]);
    await provider.observe();
    expect([valuesOf(collector, 'a'), valuesOf(collector, 'b')]).toEqual([{}, {}]);
  });

  test('observables are read by themselves on a timer', async () => {
    const made = rig();
    const provider = new RingMeterProvider(made.meter, { observeIntervalMillis: 5 });
    providers.push(provider);
    let calls = 0;
    provider
      .getMeter('lib')
      .createObservableCounter('calls')
      .addCallback((result) => result.observe(++calls));
    await vi.waitFor(() => expect(valuesOf(made.collector, 'calls')['']).toBeGreaterThan(2), PATIENCE);
  });

  test('without waiting, callbacks that answer at once are heard; those that answer a promise keep what was seen of them last', async () => {
    const { provider, collector } = ours();
    const meter = provider.getMeter('lib');
    let now = 1;
    let release: () => void = () => {};
    meter.createObservableGauge('sync').addCallback((result) => result.observe(now));
    meter.createObservableGauge('async').addCallback(async (result) => {
      const seen = now;
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      result.observe(seen);
    });
    meter.createObservableGauge('throwing').addCallback(() => {
      throw new Error('on purpose');
    });
    const values = () => ['sync', 'async', 'throwing'].map((name) => valuesOf(collector, name)['']);
    const first = provider.observe();
    release();
    await first;
    expect(values()).toEqual([1, 1, undefined]);

    now = 2;
    const second = provider.observe();
    const releaseSecond = release;
    now = 3;
    provider.observeSync();
    expect(values()).toEqual([3, 1, undefined]);
    // The round that began earlier brings what it waited for, and takes nothing newer back.
    releaseSecond();
    await second;
    expect(values()).toEqual([3, 2, undefined]);
  });

  test('beyond the cardinality limit an observable’s values add up in the overflow series, round by round', async () => {
    const { provider, collector } = ours({ cardinalityLimit: 3 });
    provider
      .getMeter('lib')
      .createObservableCounter('c')
      .addCallback((result) => {
        for (let i = 0; i < 6; i++) result.observe(10, { i });
      });
    for (let round = 0; round < 3; round++) {
      await provider.observe();
      expect(valuesOf(collector, 'c')).toEqual({ 'i=0': 10, 'i=1': 10, 'otel.metric.overflow=true': 40 });
    }
  });
});
