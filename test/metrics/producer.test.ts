import { ValueType } from '@opentelemetry/api';
import { ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  AggregationType,
  type DataPoint,
  DataPointType,
  type ExponentialHistogram,
  InMemoryMetricExporter,
  MeterProvider,
  type MetricData,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_EXPONENTIAL_BUCKETS, SeriesProducer, type SeriesProducerOptions } from '../../src/backends/series-producer.ts';
import { RingMeterProvider } from '../../src/otel/meter-provider.ts';
import { type Rig, rig } from './support/rig.ts';

async function metricsOf(producer: SeriesProducer): Promise<MetricData[]> {
  const { resourceMetrics, errors } = await producer.collect();
  expect(errors).toEqual([]);
  return resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics);
}

function producerOf(made: Rig, options?: SeriesProducerOptions): SeriesProducer {
  return new SeriesProducer(made.collector, options);
}

describe('cumulative', () => {
  test('exponential histograms are those of OpenTelemetry’s own aggregator, brought to the same scale', async () => {
    const value = fc.oneof(
      fc.double({ min: 0.001, max: 1e7, noNaN: true }),
      fc.integer({ min: 0, max: 100 }),
      fc.integer({ min: -20, max: 30 }).map((exponent) => 2 ** exponent),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 120 }), async (values) => {
        const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
        const sdk = new MeterProvider({
          readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1e9 })],
          views: [
            {
              instrumentName: 'h',
              aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM, options: { maxSize: 160, recordMinMax: true } },
            },
          ],
        });
        const theirs = sdk.getMeter('m').createHistogram('h');
        const made = rig({ rules: [{ match: 'h', aggregation: 'histogram' }] });
        for (const one of values) {
          theirs.record(one);
          made.meter.metric('h', one);
        }
        await sdk.forceFlush();
        const expected = exporter.getMetrics().at(-1)!.scopeMetrics[0]!.metrics[0]!.dataPoints[0]!.value as ExponentialHistogram;
        const [metric] = await metricsOf(producerOf(made, { histograms: 'exponential' }));
        expect(metric!.dataPointType).toBe(DataPointType.EXPONENTIAL_HISTOGRAM);
        const own = metric!.dataPoints[0]!.value as ExponentialHistogram;
        expect({ count: own.count, min: own.min, max: own.max, zero: own.zeroCount }).toEqual({
          count: expected.count,
          min: expected.min,
          max: expected.max,
          zero: expected.zeroCount,
        });
        expect(own.positive.bucketCounts.length).toBeLessThanOrEqual(MAX_EXPONENTIAL_BUCKETS);
        const scale = Math.min(own.scale, expected.scale);
        expect(atScale(own, scale)).toEqual(atScale(expected, scale));
        // The same scale, unless the official one began above the resolution at which ours records; of zeros alone, any scale says the same.
        if (expected.scale <= 6 && own.positive.bucketCounts.length > 0) expect(own.scale).toBe(expected.scale);
        await sdk.shutdown();
      }),
      { numRuns: 100 },
    );
  });

  test('negative values have buckets of their own', async () => {
    const made = rig({ rules: [{ match: 'pnl', aggregation: 'histogram' }] });
    for (const value of [-1000, -1, 0, 1, 3]) made.meter.metric('pnl', value);
    const [metric] = await metricsOf(producerOf(made, { histograms: 'exponential' }));
    const { positive, negative, zeroCount, min, max, sum } = metric!.dataPoints[0]!.value as ExponentialHistogram;
    const total = (counts: number[]) => counts.reduce((a, b) => a + b, 0);
    expect([total(negative.bucketCounts), zeroCount, total(positive.bucketCounts), min, max, sum]).toEqual([
      2, 1, 2, -1000, 3, -997,
    ]);
  });

  test('counters, gauges and value types come as OpenTelemetry has them, and its serializer takes them all', async () => {
    const made = rig();
    const meter = new RingMeterProvider(made.meter).getMeter('lib', '1.0');
    meter.createCounter('int', { valueType: ValueType.INT, unit: '{x}', description: 'd' }).add(3, { a: 1, b: [true, false] });
    meter.createUpDownCounter('up').add(-2.5);
    made.meter.metric('depth', 4);
    made.meter.metric('x_duration_us', 4);
    for (const histograms of ['explicit', 'exponential'] as const) {
      const producer = producerOf(made, { histograms, resource: resourceFromAttributes({ 'service.name': 's' }) });
      const { resourceMetrics } = await producer.collect();
      expect(ProtobufMetricsSerializer.serializeRequest(resourceMetrics)!.length).toBeGreaterThan(100);
      expect(
        resourceMetrics.scopeMetrics.map(({ scope, metrics }) => [scope.name, metrics.map(({ descriptor }) => descriptor.name)]),
      ).toEqual([
        ['lib', ['int', 'up']],
        ['hft-otel', ['depth', 'x_duration_us']],
      ]);
    }
    const [int, up, depth, duration] = await metricsOf(producerOf(made));
    expect(int).toMatchObject({
      dataPointType: DataPointType.SUM,
      isMonotonic: true,
      descriptor: { unit: '{x}', description: 'd', valueType: ValueType.INT },
    });
    expect(int!.dataPoints[0]).toMatchObject({ value: 3, attributes: { a: 1, b: [true, false] } });
    expect(up).toMatchObject({ dataPointType: DataPointType.SUM, isMonotonic: false, dataPoints: [{ value: -2.5 }] });
    expect(depth).toMatchObject({ dataPointType: DataPointType.GAUGE, dataPoints: [{ value: 4 }] });
    expect(duration).toMatchObject({ descriptor: { unit: 'us' }, aggregationTemporality: AggregationTemporality.CUMULATIVE });
  });
});

test('a unit that a name’s end tells is the unit for OTLP, and the name stays as it is', async () => {
  const made = rig();
  const units = {
    a_duration_ns: 'ns',
    b_duration_us: 'us',
    c_latency_ms: 'ms',
    d_seconds: 's',
    e_bytes: 'By',
    f_bytes_total: 'By',
    g_ratio: '1',
    h_percent: '%',
    'i.seconds': 's',
    j_total: '',
    bytes: '',
    k: '',
  };
  for (const name of Object.keys(units)) made.meter.metric(name, 1);
  // A unit that the caller of OpenTelemetry's API gives goes before; without one the name is not asked.
  const library = new RingMeterProvider(made.meter).getMeter('lib');
  library.createGauge('l_bytes', { unit: 'KiBy' }).record(1);
  library.createGauge('m_bytes').record(1);
  const found = (await metricsOf(producerOf(made))).map(({ descriptor: { name, unit } }) => [name, unit]);
  expect(Object.fromEntries(found)).toEqual({ ...units, l_bytes: 'KiBy', m_bytes: '' });
});

test('cumulative: the start of a total that begins again moves to the collection before it fell', async () => {
  const made = rig();
  const provider = new RingMeterProvider(made.meter);
  let total = 0;
  provider
    .getMeter('lib')
    .createObservableCounter('seen')
    .addCallback((result) => result.observe(total));
  provider.getMeter('lib').createCounter('own').add(1);
  const producer = producerOf(made);
  const points: DataPoint<unknown>[][] = [];
  for (total of [120, 130, 20, 30]) {
    provider.observeSync();
    await new Promise((resolve) => setTimeout(resolve, 3));
    points.push((await metricsOf(producer)).map(({ dataPoints }) => dataPoints[0]! as DataPoint<unknown>));
  }
  const [seen, own] = [0, 1].map((index) => points.map((each) => each.find((_, i) => i === index)!));
  const byName = seen![0]!.value === 120 ? [seen!, own!] : [own!, seen!];
  expect(byName[0]!.map(({ value }) => value)).toEqual([120, 130, 20, 30]);
  const starts = byName[0]!.map(({ startTime }) => startTime);
  expect(starts[1]).toEqual(starts[0]);
  expect(starts[2]).toEqual(byName[0]![1]!.endTime);
  expect(starts[3]).toEqual(starts[2]);
  for (const { startTime } of byName[1]!) expect(startTime).toEqual(starts[0]);
});

describe('delta', () => {
  test('intervals add up to the whole, extremes are those of each interval, whatever exports fail', async () => {
    const step = fc.record({ values: fc.array(fc.integer({ min: 1, max: 10_000 }), { maxLength: 10 }), arrives: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 15 }), async (steps) => {
        const made = rig();
        const producer = producerOf(made, { temporality: 'delta' });
        const other = producerOf(made, { temporality: 'delta' });
        let pending: number[] = [];
        let [arrivedCount, arrivedSum, arrivedOrders] = [0, 0, 0];
        let lastEnd: unknown;
        for (const { values, arrives } of steps) {
          for (const value of values) {
            made.meter.metric('x_duration_us', value);
            made.meter.counter('orders_total', value);
          }
          pending.push(...values);
          // Another reader of the same collector takes nothing from this one.
          await other.collect();
          other.commit();
          const metrics = await metricsOf(producer);
          const point = metrics.find(({ descriptor }) => descriptor.name === 'x_duration_us')?.dataPoints[0] as
            | DataPoint<ExponentialHistogram>
            | undefined;
          const orders =
            (metrics.find(({ descriptor }) => descriptor.name === 'orders_total')?.dataPoints[0]?.value as number | undefined) ??
            0;
          if (pending.length === 0) expect(point).toBeUndefined();
          else {
            const { count, sum, min, max } = point!.value;
            expect({ count, sum, min, max }).toEqual({
              count: pending.length,
              sum: pending.reduce((a, b) => a + b, 0),
              min: Math.min(...pending),
              max: Math.max(...pending),
            });
            if (lastEnd !== undefined) expect(point!.startTime).toEqual(lastEnd);
          }
          if (!arrives) continue;
          producer.commit();
          arrivedCount += pending.length;
          arrivedSum += point?.value.sum ?? 0;
          arrivedOrders += orders;
          pending = [];
          lastEnd = metrics[0]?.dataPoints[0]?.endTime ?? lastEnd;
          if (metrics.length === 0) lastEnd = undefined;
        }
        const all = steps.flatMap(({ values }) => values);
        expect(arrivedCount + pending.length).toBe(all.length);
        expect(arrivedSum + pending.reduce((a, b) => a + b, 0)).toBe(all.reduce((a, b) => a + b, 0));
        expect(arrivedOrders + pending.reduce((a, b) => a + b, 0)).toBe(all.reduce((a, b) => a + b, 0));
      }),
      { numRuns: 150 },
    );
  });

  test('a total that callbacks observe and that begins again is new as a whole', async () => {
    for (const { totals, changes } of [
      { totals: [120, 20, 30], changes: [120, 20, 10] },
      { totals: [5, 0, 0, 4], changes: [5, 0, 0, 4] },
    ]) {
      const made = rig();
      const provider = new RingMeterProvider(made.meter);
      let total = 0;
      provider
        .getMeter('lib')
        .createObservableCounter('seen')
        .addCallback((result) => result.observe(total));
      const producer = producerOf(made, { temporality: 'delta' });
      const found: unknown[] = [];
      for (total of totals) {
        provider.observeSync();
        found.push((await metricsOf(producer))[0]?.dataPoints[0]?.value ?? 0);
        producer.commit();
      }
      expect(found).toEqual(changes);
    }
  });

  test('up-down counters and gauges stay cumulative, as the specification has it', async () => {
    const made = rig();
    const meter = new RingMeterProvider(made.meter).getMeter('lib');
    meter.createUpDownCounter('up').add(2);
    made.meter.metric('depth', 1);
    const producer = producerOf(made, { temporality: 'delta' });
    for (let i = 0; i < 2; i++) {
      const metrics = await metricsOf(producer);
      expect(metrics.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints[0]!.value])).toEqual([
        ['up', 2],
        ['depth', 1],
      ]);
      producer.commit();
    }
  });
});

/** Counts of the positive buckets by number, at a lower scale than theirs. */
function atScale({ scale, positive }: ExponentialHistogram, target: number): Record<number, number> {
  const counts: Record<number, number> = {};
  positive.bucketCounts.forEach((count, i) => {
    const number = (positive.offset + i) >> (scale - target);
    if (count > 0) counts[number] = (counts[number] ?? 0) + count;
  });
  return counts;
}
