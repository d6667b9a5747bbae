/**
 * What metrics cost on the caller's thread: through the public logger and through OpenTelemetry's API on our provider, beside OpenTelemetry's SDK with a reader
 * and prom-client, in turn in one process. Afterwards every contender's counts are compared with the calls that were made.
 */
import type { Counter, Histogram } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import prometheus from 'prom-client';
import type { ProducerLogger } from '../src/caller/logger.ts';
import { openBlock } from '../src/memory/block.ts';
import { RingMeterProvider } from '../src/otel/meter-provider.ts';
import { SeriesCollector } from '../src/series/collect.ts';
import { openBareLane } from './harness/bare-lane.ts';
import { prove, runCase } from './harness/case.ts';
import { nanos } from './harness/clock.ts';
import { type Figure, ratios } from './harness/figure.ts';
import { alternate, type Round } from './harness/rounds.ts';

const CALLS = 200_000;
/** In turn, so that the last series is not always the next one. */
const EXCHANGES = ['mexc', 'gateio', 'okx', 'bybit'];
const SIDES = ['BUY', 'SELL'];

await runCase(async ({ byEffort }) => {
  const calls = byEffort(2_000, CALLS);
  const { log, producer } = openBareLane(1_000);
  const logger = log as ProducerLogger;
  const collector = new SeriesCollector();
  for (const block of producer.memory.series) collector.addBlock('bench', openBlock(block).memory);
  const provider = new RingMeterProvider(producer.meter);
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const sdk = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 2 ** 30 })] });

  const ours = {
    counter: provider.getMeter('bench').createCounter('api'),
    histogram: provider.getMeter('bench').createHistogram('api_h'),
  };
  const theirs = {
    counter: sdk.getMeter('bench').createCounter('api'),
    histogram: sdk.getMeter('bench').createHistogram('api_h'),
  };
  const promCounter = new prometheus.Counter({ name: 'c', help: 'c', labelNames: ['exchange', 'side'] });
  const promHistogram = new prometheus.Histogram({ name: 'h', help: 'h', labelNames: ['exchange', 'side'] });
  const boundCounter = logger.bindCounter('bound_total', { exchange: 'mexc', side: 'BUY' });
  const boundGauge = logger.bindGauge('bound_gauge', { exchange: 'mexc', side: 'BUY' });
  const boundHistogram = logger.bindHistogram('bound_h', { exchange: 'mexc', side: 'BUY' });
  const apiCounter = (counter: Counter) => (i: number) => counter.add(1, { exchange: 'mexc', side: i & 1 ? 'BUY' : 'SELL' });
  const apiHistogram = (histogram: Histogram) => (i: number) =>
    histogram.record(1 + (i & 1023), { exchange: 'mexc', side: 'BUY' });

  let made = 0;
  // Each loop is a function of its own text: shared, it would be compiled for all bodies at once and measure the calls between them.
  const timed = (body: string, scope: Readonly<Record<string, unknown>>): Round => {
    const run = new Function(...Object.keys(scope), 'calls', `// ${made++}\nfor (let i = 0; i < calls; i++) { ${body} }`);
    const values = Object.values(scope);
    return () => {
      const start = nanos();
      run(...values, calls);
      return (nanos() - start) / calls;
    };
  };

  const samples = await alternate(
    {
      counter: timed(`logger.counter('orders_total', 1, { exchange: 'mexc', side: 'BUY' });`, { logger }),
      counterTurns: timed(`logger.counter('turns_total', 1, { exchange: exchanges[i & 3], side: sides[(i >> 2) & 1] });`, {
        logger,
        exchanges: EXCHANGES,
        sides: SIDES,
      }),
      counterSdk: timed(`theirs.add(1, { exchange: 'mexc', side: 'BUY' });`, { theirs: theirs.counter }),
      counterProm: timed(`prom.inc({ exchange: 'mexc', side: 'BUY' });`, { prom: promCounter }),
      bare: timed(`logger.counter('bare_total');`, { logger }),
      boundCounter: timed('bound.add(1);', { bound: boundCounter }),
      boundGauge: timed('bound.set(i);', { bound: boundGauge }),
      boundHistogram: timed('bound.record(1 + (i & 1023));', { bound: boundHistogram }),
      gauge: timed(`logger.metric('depth', i, { exchange: 'mexc', side: 'BUY' });`, { logger }),
      histogram: timed(`logger.metric('x_duration_us', 1 + (i & 1023), { exchange: 'mexc', side: 'BUY' });`, { logger }),
      histogramSdk: timed('theirs(i);', { theirs: apiHistogram(theirs.histogram) }),
      histogramProm: timed(`prom.observe({ exchange: 'mexc', side: 'BUY' }, 1 + (i & 1023));`, { prom: promHistogram }),
      timer: timed(`logger.timer('rest_request').stop();`, { logger }),
      timerTags: timed(`logger.timer('ws_request', { exchange: 'mexc', side: 'BUY' }).stop();`, { logger }),
      clocks: timed('clock[0] = read(); clock[0] = read();', { read: process.hrtime.bigint, clock: new BigInt64Array(1) }),
      api: timed('ours(i);', { ours: apiCounter(ours.counter) }),
      apiSdk: timed('theirs(i);', { theirs: apiCounter(theirs.counter) }),
    },
    { rounds: byEffort(2, 15, 41), warmUps: byEffort(1, 3) },
  );

  const figure = (name: string, values: readonly number[], target?: number, note?: string): Figure => ({
    name,
    unit: 'ns',
    better: 'lower',
    samples: values,
    ...(target !== undefined && { target }),
    ...(note !== undefined && { note }),
  });
  const ratio = (name: string, of: readonly number[], base: readonly number[], target: number): Figure => ({
    name,
    unit: '×',
    better: 'lower',
    samples: ratios(of, base),
    target,
  });

  const rounds = byEffort(1, 3) + byEffort(2, 15, 41);
  const total = rounds * calls;
  const counted = new Map(
    collector
      .collect()
      .instruments.map(({ definition, series }) => [
        definition.name,
        series.reduce((sum, { value, distribution }) => sum + (distribution?.count ?? value), 0),
      ]),
  );
  await sdk.forceFlush();
  const sdkCounted = exporter
    .getMetrics()
    .at(-1)!
    .scopeMetrics[0]!.metrics.find(({ descriptor }) => descriptor.name === 'api')!
    .dataPoints.reduce((sum, { value }) => sum + (value as number), 0);
  await sdk.shutdown();
  return {
    figures: [
      figure('counter, 2 tags', samples.counter, 40),
      ratio('counter, 2 tags, in terms of the OTel SDK', samples.counter, samples.counterSdk, 1 / 8),
      ratio('counter, 2 tags, in terms of prom-client', samples.counter, samples.counterProm, 1 / 3),
      figure('counter, 2 tags, 8 series in turn', samples.counterTurns),
      figure('counter, no tags', samples.bare),
      figure('bound counter', samples.boundCounter, 10),
      figure('bound gauge', samples.boundGauge, 10),
      figure('bound histogram', samples.boundHistogram),
      figure('gauge, 2 tags', samples.gauge),
      figure('histogram, 2 tags', samples.histogram, 55),
      ratio('histogram, 2 tags, in terms of the OTel SDK', samples.histogram, samples.histogramSdk, 1 / 6),
      figure('timer, start and stop', samples.timer, 80, 'two clock readings of it'),
      figure('timer with 2 tags, start and stop', samples.timerTags),
      figure('two clock readings', samples.clocks),
      figure('OTel API counter on our provider, 2 attributes', samples.api, 55),
      ratio('OTel API counter, in terms of the OTel SDK', samples.api, samples.apiSdk, 1 / 6),
      figure('OTel SDK counter, 2 attributes', samples.counterSdk),
      figure('OTel SDK histogram, 2 attributes', samples.histogramSdk),
      figure('prom-client counter, 2 labels', samples.counterProm),
      figure('prom-client histogram, 2 labels', samples.histogramProm),
    ],
    proof: [
      ...[
        'orders_total',
        'turns_total',
        'bare_total',
        'bound_total',
        'x_duration_us',
        'rest_request_duration_us',
        'ws_request_duration_us',
        'bound_h',
        'api',
      ].map((name) => prove(counted.get(name) === total, `${name} counted ${total} calls exactly (${counted.get(name)})`)),
      prove(sdkCounted === 2 * total, `the OTel SDK counted its ${2 * total} calls too`),
      prove((await promCounter.get()).values[0]!.value === total, `prom-client counted its ${total} calls too`),
    ],
  };
});
