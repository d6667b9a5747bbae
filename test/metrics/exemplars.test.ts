/**
 * Exemplars: from a measurement in a span to Prometheus' page and to OTLP requests.
 */
import { readFileSync } from 'node:fs';
import { context, TraceFlags, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { JsonMetricsSerializer, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withExemplars, withJsonExemplars } from '../../src/backends/otlp-metrics/exemplars.ts';
import { CONTENT_TYPES, formatFor } from '../../src/backends/prometheus/formats.ts';
import { SeriesProducer } from '../../src/backends/series-producer.ts';
import { exemplarContextOf } from '../../src/caller/trace-context.ts';
import { freePort } from '../../src/demo/ports.ts';
import { createLogging } from '../../src/index.ts';
import type { ExemplarContext } from '../../src/series/exemplars.ts';
import { retainEnded } from '../../src/series/retain.ts';
import { pageOf } from './support/page.ts';
import { type Rig, rig, seriesOf } from './support/rig.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

const schema = readFileSync(new URL('../support/otlp-exemplars.proto', import.meta.url), 'utf8');
const Request = protobuf.parse(schema).root.lookupType('otlp.ExportMetricsServiceRequest');

function inSpan<T>(call: () => T, { traceId = TRACE, traceFlags = TraceFlags.SAMPLED } = {}): T {
  return context.with(trace.setSpanContext(context.active(), { traceId, spanId: SPAN, traceFlags }), call);
}

beforeAll(() => void context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
afterAll(() => context.disable());

/** A rig whose measurements are made in a span of their own each, at a time of their own. */
function rigWithSpans(): { made: Rig; at(millis: number, traceId?: string): void } {
  let now: ExemplarContext | undefined;
  const made = rig({ exemplarContext: () => now });
  return {
    made,
    at(timeMillis, traceId) {
      const ids = new Int32Array(6);
      if (traceId !== undefined) Buffer.from(ids.buffer).write(traceId + SPAN, 'hex');
      now = { timeMillis, ids: traceId === undefined ? undefined : ids };
    },
  };
}

describe('which measurements are exemplars', () => {
  const recordIn = (filter: Parameters<typeof exemplarContextOf>[0]) => {
    const made = rig({ exemplarContext: exemplarContextOf(filter) });
    made.meter.recordDurationUs('outside', 5);
    inSpan(() => made.meter.recordDurationUs('sampled', 5));
    inSpan(() => made.meter.bindHistogram('bound').record(5));
    inSpan(() => made.meter.recordDurationUs('unsampled', 5), { traceFlags: TraceFlags.NONE });
    return ['outside_duration_us', 'sampled_duration_us', 'bound', 'unsampled_duration_us'].map((name) =>
      seriesOf(made.collector, name)['']!.exemplars.map(({ traceId }) => traceId),
    );
  };
  test('by default those inside a sampled span', () => {
    expect(recordIn('trace_based')).toEqual([[], [TRACE], [TRACE], []]);
  });
  test('all, with the ids where there are any, or none, as OTEL_METRICS_EXEMPLAR_FILTER says', () => {
    expect(recordIn('always_on')).toEqual([[undefined], [TRACE], [TRACE], [TRACE]]);
    expect(recordIn('always_off')).toEqual([[], [], [], []]);
  });
});

test('each bucket keeps its newest exemplar over all threads, as a naive model does, also when ended threads are folded', () => {
  const bounds = [-3, 0, 10, 100];
  const measurement = fc.record({
    thread: fc.integer({ min: 0, max: 2 }),
    value: fc.oneof(fc.constantFrom(...bounds), fc.double({ min: -10, max: 1000, noNaN: true })),
    hasSpan: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(measurement, { maxLength: 60 }), (measurements) => {
      const collector = rig().collector;
      let now: ExemplarContext | undefined;
      const rules = [{ match: 'h', aggregation: 'histogram', buckets: bounds }] as const;
      const rigs = [0, 1, 2].map(() => rig({ collector, rules, exemplarContext: () => now }));
      const model = new Map<number, { value: number; timeMillis: number }>();
      measurements.forEach(({ thread, value, hasSpan }, timeMillis) => {
        now = hasSpan ? { timeMillis, ids: new Int32Array([1, 2, 3, 4, 5, thread]) } : undefined;
        rigs[thread]!.meter.metric('h', value);
        const bucket = bounds.findIndex((bound) => value <= bound);
        if (hasSpan) model.set(bucket < 0 ? bounds.length : bucket, { value, timeMillis });
      });
      const expected = [...model]
        .sort(([a], [b]) => a - b)
        .map(([bucket, { value, timeMillis }]) => ({ bucket, value, timeMillis }));
      const read = () =>
        (seriesOf(collector, 'h')['']?.exemplars ?? []).map(({ bucket, value, timeMillis }) => ({ bucket, value, timeMillis }));
      expect(read()).toEqual(expected);
      const before = seriesOf(collector, 'h')['']?.exemplars;
      for (const { table } of rigs) table.close();
      retainEnded(collector, 'folded', (bytes) => new SharedArrayBuffer(bytes));
      expect(seriesOf(collector, 'h')['']?.exemplars).toEqual(before);
    }),
    { numRuns: 100 },
  );
});

describe('OpenMetrics', () => {
  test('the page has an exemplar at its bucket, ends with # EOF, and names series as the text format does', async () => {
    const { made, at } = rigWithSpans();
    at(1_700_000_000_123, TRACE);
    made.meter.recordDurationUs('send', 33, { venue: 'a' });
    made.meter.counter('orders_total', 2);
    made.meter.counter('fills', 3);
    const page = pageOf(made.collector);
    const text = await page();
    const open = await page('openmetrics');
    expect(open).toContain(
      `send_duration_us_bucket{venue="a",le="50"} 1 # {trace_id="${TRACE}",span_id="${SPAN}"} 33 1700000000.123\n`,
    );
    expect(open).toContain('# TYPE orders counter\norders_total 2\n');
    expect(open).toContain('# TYPE fills unknown\nfills 3\n');
    expect(open.endsWith('# EOF\n')).toBe(true);
    expect(text).not.toContain(TRACE);
    const samples = (body: string) => body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(samples(open).map((line) => line.split(' # ')[0])).toEqual(samples(text));
  });

  test.each([
    [undefined, 'text'],
    ['*/*', 'text'],
    ['text/plain;version=0.0.4', 'text'],
    ['application/openmetrics-text', 'openmetrics'],
    ['application/openmetrics-text; version=2.0.0', 'text'],
    ['application/openmetrics-text;q=0', 'text'],
    ['application/openmetrics-text;q=0.2,text/plain;q=0.9', 'text'],
    // Prometheus 2.42 and 3
    [
      'application/openmetrics-text;version=1.0.0;q=0.75,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=0.0.4;q=0.25',
      'openmetrics',
    ],
    [
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=1.0.0;q=0.3,*/*;q=0.1',
      'openmetrics',
    ],
  ] as const)('%s is answered as %s', (accept, format) => {
    expect(formatFor(accept)).toBe(format);
    expect(CONTENT_TYPES[format]).toContain('version=');
  });
});

describe('OTLP', () => {
  /** Exemplars of each histogram's points, as a decoder reads them that shares no code with what writes them. */
  const decode = (bytes: Uint8Array) => {
    const request = Request.toObject(Request.decode(bytes), { longs: String, bytes: String, arrays: true }) as {
      resourceMetrics: { scopeMetrics: { metrics: { name: string; histogram?: Points; exponentialHistogram?: Points }[] }[] }[];
    };
    return request.resourceMetrics
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
      .flatMap(({ name, histogram, exponentialHistogram }) => {
        const points = (histogram ?? exponentialHistogram)?.dataPoints ?? [];
        return points.map(({ count, exemplars }) => ({
          name,
          count,
          exemplars: exemplars.map(({ traceId, spanId, ...rest }) => ({
            ...rest,
            traceId: Buffer.from(traceId ?? '', 'base64').toString('hex'),
            spanId: Buffer.from(spanId ?? '', 'base64').toString('hex'),
          })),
        }));
      });
  };
  interface Points {
    readonly dataPoints: readonly {
      readonly count: string;
      readonly exemplars: readonly { timeUnixNano: string; asDouble: number; traceId?: string; spanId?: string }[];
    }[];
  }

  test.each(['explicit', 'exponential', 'both'] as const)(
    'requests with %s histograms carry them, at the right points',
    async (histograms) => {
      const { made, at } = rigWithSpans();
      made.meter.recordDurationUs('bare', 1);
      made.meter.counter('orders', 1, { a: '1' });
      at(1_700_000_000_123, TRACE);
      made.meter.recordDurationUs('send', 33, { venue: 'a' });
      at(1_700_000_000_124);
      made.meter.recordDurationUs('send', 40, { venue: 'b' });
      const producer = new SeriesProducer(made.collector, { histograms });
      const { resourceMetrics } = await producer.collect();
      const plain = ProtobufMetricsSerializer.serializeRequest(resourceMetrics)!;
      const points = decode(withExemplars(plain, resourceMetrics)).filter(({ name }) => name === 'send_duration_us');
      const expected = [
        [{ timeUnixNano: '1700000000123000000', asDouble: 33, traceId: TRACE, spanId: SPAN }],
        [{ timeUnixNano: '1700000000124000000', asDouble: 40, traceId: '', spanId: '' }],
      ];
      expect(points.map(({ exemplars }) => exemplars)).toEqual(histograms === 'both' ? [...expected, ...expected] : expected);
      // All but the exemplars is what OpenTelemetry's serializer wrote.
      const bare = decode(plain);
      expect(decode(withExemplars(plain, resourceMetrics)).map(({ name, count }) => ({ name, count }))).toEqual(
        bare.map(({ name, count }) => ({ name, count })),
      );
      const json = JSON.parse(
        Buffer.from(withJsonExemplars(JsonMetricsSerializer.serializeRequest(resourceMetrics)!, resourceMetrics)).toString(),
      );
      const ofJson = json.resourceMetrics[0].scopeMetrics
        .flatMap((scope: { metrics: unknown[] }) => scope.metrics)
        .flatMap(
          (metric: { histogram?: Points; exponentialHistogram?: Points }) =>
            (metric.histogram ?? metric.exponentialHistogram)?.dataPoints ?? [],
        )
        .map(({ exemplars }: { exemplars?: unknown }) => exemplars);
      expect(ofJson).toContainEqual([{ timeUnixNano: '1700000000123000000', asDouble: 33, traceId: TRACE, spanId: SPAN }]);
    },
  );

  test('what has been exported is not sent again, and what an export that failed had is', async () => {
    const { made, at } = rigWithSpans();
    const producer = new SeriesProducer(made.collector);
    const sent = async () => {
      const { resourceMetrics } = await producer.collect();
      return decode(withExemplars(ProtobufMetricsSerializer.serializeRequest(resourceMetrics)!, resourceMetrics)).flatMap(
        ({ exemplars }) => exemplars.map(({ asDouble }) => asDouble),
      );
    };
    at(Date.now() - 1, TRACE);
    made.meter.recordDurationUs('send', 33);
    expect(await sent()).toEqual([33]);
    expect(await sent()).toEqual([33]);
    producer.commit();
    expect(await sent()).toEqual([]);
    at(Date.now() + 1, TRACE);
    made.meter.recordDurationUs('send', 34);
    expect(await sent()).toEqual([34]);
  });
});

test('a scrape that asks for OpenMetrics gets the trace of a timer that stopped inside a span', async () => {
  const port = await freePort(0);
  await using logging = createLogging({ environment: 'test', backends: { prometheus: { enabled: true, port } } });
  await logging.ready;
  inSpan(() => logging.getLogger('a').timer('send').stop());
  const page = async (accept: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { accept } });
    return { type: answer.headers.get('content-type'), body: await answer.text() };
  };
  const open = await page('application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.1');
  expect(open.type).toBe(CONTENT_TYPES.openmetrics);
  expect(open.body).toMatch(
    new RegExp(`^send_duration_us_bucket\\{le="\\S+"\\} 1 # \\{trace_id="${TRACE}",span_id="${SPAN}"\\} `, 'm'),
  );
  const text = await page('*/*');
  expect(text.type).toBe(CONTENT_TYPES.text);
  expect(text.body).not.toContain(TRACE);
});
