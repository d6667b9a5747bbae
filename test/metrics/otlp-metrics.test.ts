import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { ValueType } from '@opentelemetry/api';
import { JsonMetricsSerializer, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { OtlpMetricsBackend } from '../../src/backends/otlp-metrics/metrics.ts';
import { jsonMetricsSender, protobufMetricsSender } from '../../src/backends/otlp-metrics/metrics-senders.ts';
import { countPoints, splitByPoints } from '../../src/backends/otlp-metrics/metrics-split.ts';
import { Percentiles } from '../../src/backends/percentiles/percentiles.ts';
import { SeriesProducer } from '../../src/backends/series-producer.ts';
import { RingMeterProvider } from '../../src/otel/meter-provider.ts';
import { type Counted, counted } from './support/counted.ts';
import { type Rig, rig } from './support/rig.ts';

interface Received {
  readonly path: string;
  readonly contentType: string | undefined;
  readonly body: Buffer;
}

const closing: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0)) await one.close();
});

interface Behaviour {
  /** 0: no answer. */
  now: number;
  /** Longer bodies get 413, as from nginx. */
  mostBytes: number;
  /** Requests that were answered so. */
  refused: number;
  answer?: { readonly contentType: string; readonly body: string | Buffer };
}

async function collectorServer(): Promise<{ url: string; received: Received[]; status: Behaviour }> {
  const received: Received[] = [];
  const status: Behaviour = { now: 200, mostBytes: Number.POSITIVE_INFINITY, refused: 0 };
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const bytes = Buffer.concat(chunks);
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
      if (body.length > status.mostBytes) {
        status.refused++;
        response.writeHead(413).end();
        return;
      }
      if (status.now > 0 && status.now < 300)
        received.push({ path: request.url!, contentType: request.headers['content-type'], body });
      const { contentType, body: answer } = status.answer ?? {};
      if (status.now > 0)
        response.writeHead(status.now, contentType === undefined ? {} : { 'content-type': contentType }).end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push({ close: () => server.closeAllConnections() }, server);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/metrics`, received, status };
}

interface JsonPoint {
  readonly asDouble?: number;
  readonly sum?: number;
  readonly count?: number;
  readonly scale?: number;
  readonly explicitBounds?: number[];
}

/** name → data points of a JSON request. */
function pointsOf({ body }: Received): Record<string, JsonPoint[]> {
  const found: Record<string, JsonPoint[]> = {};
  for (const { scopeMetrics } of JSON.parse(body.toString()).resourceMetrics)
    for (const { metrics } of scopeMetrics)
      for (const { name, sum, gauge, histogram, exponentialHistogram } of metrics) {
        const known = found[name] ?? [];
        found[name] = [...known, ...(sum ?? gauge ?? histogram ?? exponentialHistogram).dataPoints];
      }
  return found;
}

function backendOf(
  made: Rig,
  url: string,
  temporality: 'cumulative' | 'delta',
  form: 'json' | 'protobuf' = 'json',
): Counted<OtlpMetricsBackend> {
  const producer = new SeriesProducer(made.collector, {
    temporality,
    histograms: 'both',
    resource: resourceFromAttributes({ 'service.name': 'trader' }),
  });
  const sender =
    form === 'json'
      ? jsonMetricsSender({ url, timeoutMillis: 500 })
      : protobufMetricsSender({ url, compression: 'gzip', timeoutMillis: 500 });
  const backend = counted(OtlpMetricsBackend, { producer, sender, temporality, intervalMillis: 1e6 });
  closing.unshift(backend);
  return backend;
}

describe('OTLP metrics', () => {
  test('protobuf is what the official serializer makes of the collection, compressed when asked', async () => {
    const made = rig();
    made.meter.counter('orders_total', 3, { exchange: 'mexc' });
    const { url, received } = await collectorServer();
    const backend = backendOf(made, url, 'cumulative', 'protobuf');
    await backend.flush();
    expect(received[0]).toMatchObject({ path: '/v1/metrics', contentType: 'application/x-protobuf' });
    const text = received[0]!.body.toString('latin1');
    for (const part of ['trader', 'orders_total', 'exchange', 'mexc']) expect(text).toContain(part);
    expect(backend.state()).toEqual({ state: 'ok', delivered: 1, failed: 0 });
  });

  test('a histogram goes out exponential, and explicit for those who need classic buckets', async () => {
    const made = rig();
    made.meter.metric('x_duration_us', 7);
    const { url, received } = await collectorServer();
    await backendOf(made, url, 'cumulative').flush();
    const points = pointsOf(received[0]!).x_duration_us!;
    expect(points).toMatchObject([
      { count: 1, sum: 7, scale: 6 },
      { count: 1, sum: 7, explicitBounds: expect.arrayContaining([5, 10]) },
    ]);
    const scopes = JSON.parse(received[0]!.body.toString()).resourceMetrics[0].scopeMetrics.map(
      (one: { scope: { name: string } }) => one.scope.name,
    );
    expect(scopes).toEqual(['hft-otel', 'hft-otel/classic']);
  });

  test('an outage loses nothing: deltas before, in and after it add up', async () => {
    const made = rig();
    const { url, received, status } = await collectorServer();
    const backend = backendOf(made, url, 'delta');
    for (const [i, now] of [200, 503, 503, 200, 200].entries()) {
      made.meter.counter('orders_total', 10 ** i);
      status.now = now;
      await backend.flush();
      expect(backend.state().state).toBe(now === 200 ? 'ok' : 'degraded');
    }
    const sums = received.map((request) => pointsOf(request).orders_total![0]!.asDouble!);
    // What was collected in the outage was kept and came first; then everything since.
    expect(sums).toEqual([1, 10, 1100, 10_000]);
    expect(backend.state()).toMatchObject({ delivered: 3, failed: 2 });
  });

  test('whole numbers go out as such where 64 bits hold them; sums beyond, fractions and percentiles as doubles', async () => {
    const made = rig();
    new Percentiles({ collector: made.collector, percentiles: [50, 99.9], windowMillis: 60_000, gauges: true });
    const meter = new RingMeterProvider(made.meter).getMeter('lib');
    const valueType = ValueType.INT;
    const values: Record<string, readonly number[]> = {
      small: [7],
      large: [2 ** 62],
      most: [2 ** 63 - 1024],
      least: [1024 - 2 ** 63],
      end: [-(2 ** 63)],
      beyond: [2 ** 62, 2 ** 62],
      below: [-(2 ** 63), -(2 ** 12)],
      huge: [1e300],
    };
    for (const [name, amounts] of Object.entries(values))
      for (const amount of amounts) meter.createUpDownCounter(name, { valueType }).add(amount);
    for (let i = 0; i < 100; i++) meter.createHistogram('wait', { valueType }).record(50_000 + 7 * i);
    const { resourceMetrics } = await new SeriesProducer(made.collector).collect();
    const text = Buffer.from(JsonMetricsSerializer.serializeRequest(resourceMetrics)!).toString();
    for (const [, number] of text.matchAll(/"asInt":"?([^",}]+)/g)) {
      expect(number).toMatch(/^-?\d+$/);
      expect(BigInt.asIntN(64, BigInt(number!))).toBe(BigInt(number!));
    }
    const points = pointsOf({ path: '', contentType: undefined, body: Buffer.from(text) });
    const formsOf = (names: readonly string[]) =>
      names.map((name) => Object.keys(points[name]![0]!).find((key) => key.startsWith('as')));
    expect(formsOf(['small', 'large', 'most', 'least'])).toEqual(Array(4).fill('asInt'));
    expect(formsOf(['end', 'beyond', 'below', 'huge', 'wait_p50', 'wait_p99_9'])).toEqual(Array(6).fill('asDouble'));
    expect([points.beyond![0]!.asDouble, points.huge![0]!.asDouble]).toEqual([2 ** 63, 1e300]);
    const protobuf = Buffer.from(ProtobufMetricsSerializer.serializeRequest(resourceMetrics)!);
    for (const value of [2 ** 63, -(2 ** 63) - 2 ** 12, 1e300]) {
      const double = Buffer.alloc(8);
      double.writeDoubleLE(value);
      expect(protobuf.includes(double)).toBe(true);
    }
  });

  test.each(['cumulative', 'delta'] as const)(
    'exemplars of a %s export that failed are in the next one, once',
    async (temporality) => {
      const made = rig({ exemplarContext: () => ({ timeMillis: Date.now(), ids: undefined }) });
      const { url, received, status } = await collectorServer();
      const backend = backendOf(made, url, temporality);
      made.meter.recordDurationUs('send', 33);
      status.now = 503;
      await backend.flush();
      status.now = 200;
      await backend.flush();
      const exemplars = received.flatMap(({ body }) => [...body.toString().matchAll(/"asDouble":33[,}]/g)]);
      // Once as an exponential histogram and once as an explicit one.
      expect(exemplars).toHaveLength(2);
      await backend.flush();
      expect(received.flatMap(({ body }) => [...body.toString().matchAll(/"asDouble":33[,}]/g)])).toHaveLength(2);
    },
  );

  test('cumulative values are collected anew after a failure, not sent late', async () => {
    const made = rig();
    const { url, received, status } = await collectorServer();
    const backend = backendOf(made, url, 'cumulative');
    made.meter.counter('orders_total', 1);
    status.now = 503;
    await backend.flush();
    made.meter.counter('orders_total', 1);
    status.now = 200;
    await backend.flush();
    expect(received.map((request) => pointsOf(request).orders_total![0]!.asDouble)).toEqual([2]);
  });

  test('a collector that does not answer is cut off and tried again, and gets everything', async () => {
    for (const form of ['json', 'protobuf'] as const) {
      const made = rig();
      const { url, received, status } = await collectorServer();
      const backend = backendOf(made, url, 'delta', form);
      status.now = 0;
      made.meter.counter('orders_total', 3);
      await backend.flush();
      expect(backend.state()).toMatchObject({ state: 'degraded', failed: 1 });
      status.now = 200;
      await backend.flush();
      expect(backend.state()).toMatchObject({ state: 'ok' });
      if (form === 'json') expect(pointsOf(received[0]!).orders_total![0]!.asDouble).toBe(3);
    }
  });

  test('what is refused for good is given up and told', async () => {
    const made = rig();
    const { url, status } = await collectorServer();
    const backend = backendOf(made, url, 'delta');
    made.meter.counter('orders_total', 1);
    status.now = 400;
    await backend.flush();
    expect(backend.state()).toMatchObject({ state: 'failed', failed: 1, lastError: expect.stringContaining('HTTP 400') });
  });

  test.each(['json', 'protobuf'] as const)(
    'what is too large for a proxy on the way arrives in smaller requests, each point once: %s',
    async (form) => {
      const made = rig();
      for (let order = 0; order < 1_000; order++) made.meter.counter('orders_total', 1, { order });
      const { url, received, status } = await collectorServer();
      status.mostBytes = 40_000;
      const backend = backendOf(made, url, 'delta', form);
      expect(await backend.flush()).toBe(true);
      expect(received.length).toBeGreaterThan(1);
      const text = received.map(({ body }) => body.toString('latin1')).join('');
      expect(text.match(/orders_total/g)!.length).toBe(received.length);
      if (form === 'json') {
        const points = received.flatMap((request) => pointsOf(request).orders_total ?? []);
        expect(points.map(({ asDouble }) => asDouble)).toEqual(Array.from({ length: 1_000 }, () => 1));
      }
      expect(backend.state()).toEqual({ state: 'ok', delivered: 1, failed: 0 });
      const refusedOnce = status.refused;
      for (let order = 0; order < 1_000; order++) made.meter.counter('orders_total', 1, { order });
      expect(await backend.flush()).toBe(true);
      expect(status.refused).toBe(refusedOnce);
    },
  );

  test('a server that takes no request of any size is told of, after a bounded number of them, and gets whole ones again later', async () => {
    const made = rig();
    for (let order = 0; order < 1_000; order++) made.meter.counter('orders_total', 1, { order });
    const { url, received, status } = await collectorServer();
    status.mostBytes = 0;
    const backend = backendOf(made, url, 'cumulative');
    expect(await backend.flush()).toBe(false);
    expect(status.refused).toBeLessThan(100);
    expect(backend.state()).toMatchObject({ state: 'failed', lastError: expect.stringContaining("raise the server's limit") });
    status.mostBytes = Number.POSITIVE_INFINITY;
    expect(await backend.flush()).toBe(true);
    expect(received).toHaveLength(1);
  });

  test.each([
    ['json', 'application/json', '{"partialSuccess":{"rejectedDataPoints":"1","errorMessage":"too old"}}'],
    ['protobuf', 'application/x-protobuf', Buffer.from([0x0a, 0x0b, 0x08, 1, 0x12, 7, ...Buffer.from('too old')])],
  ] as const)('data points that a partial success refuses are told: %s', async (form, contentType, body) => {
    for (const said of [body, typeof body === 'string' ? body.replace(',"errorMessage":"too old"', '') : body]) {
      const made = rig();
      made.meter.counter('orders_total', 1);
      const { url, status } = await collectorServer();
      status.answer = { contentType, body: said };
      const backend = backendOf(made, url, 'delta', form);
      expect(await backend.flush()).toBe(false);
      expect(backend.state()).toMatchObject({ state: 'degraded', failed: 1 });
    }
  });

  test('requests are cut to a bounded number of points, and together are the whole', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(12), { maxLength: 6 }), fc.integer({ min: 1, max: 15 }), async (sizes, limit) => {
        const made = rig();
        sizes.forEach((size, i) => {
          for (let point = 0; point < size; point++) made.meter.counter(`c${i}`, point, { point });
        });
        made.collector.addObservable({ name: 'hft.x', kind: 'gauge', unit: '', description: '', read: () => [{ value: 1 }] });
        const { resourceMetrics } = await new SeriesProducer(made.collector).collect();
        const requests = splitByPoints(resourceMetrics, limit);
        for (const request of requests) {
          expect(countPoints(request)).toBeGreaterThan(0);
          expect(countPoints(request)).toBeLessThanOrEqual(limit);
          expect(ProtobufMetricsSerializer.serializeRequest(request)).toBeDefined();
        }
        const flat = (list: typeof requests) =>
          list.flatMap(({ scopeMetrics }) =>
            scopeMetrics.flatMap(({ scope, metrics }) =>
              metrics.flatMap(({ descriptor, dataPoints }) =>
                dataPoints.map(({ attributes, value }) => [scope.name, descriptor.name, attributes, value]),
              ),
            ),
          );
        expect(flat(requests)).toEqual(flat([resourceMetrics]));
      }),
    );
  });
});
