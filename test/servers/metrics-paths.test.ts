/**
 * One metric has one name and one value on every path to Prometheus: asked of a real Prometheus, Pushgateway and collector.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePorts, type RunningServer } from '../../scripts/servers/process.ts';
import { OtlpMetricsBackend } from '../../src/backends/otlp-metrics/metrics.ts';
import { protobufMetricsSender } from '../../src/backends/otlp-metrics/metrics-senders.ts';
import { MetricsPage } from '../../src/backends/prometheus/page.ts';
import { PrometheusBackend } from '../../src/backends/prometheus/prometheus.ts';
import { pageText } from '../../src/backends/prometheus/text.ts';
import { byWorker, sumOfWorkers } from '../../src/backends/prometheus/workers.ts';
import { PushGatewayBackend } from '../../src/backends/push-gateway/push-gateway.ts';
import { SeriesProducer } from '../../src/backends/series-producer.ts';
import { RingMeterProvider } from '../../src/otel/meter-provider.ts';
import { type Counted, counted } from '../metrics/support/counted.ts';
import { HOSTILE_NAMES, HOSTILE_TAGS } from '../metrics/support/hostile.ts';
import { pageOf, sourceOf } from '../metrics/support/page.ts';
import { type Rig, rig } from '../metrics/support/rig.ts';
import { startMetricServers } from './metric-servers.ts';
import { expectReadable } from './promtool.ts';

const OTLP_PATHS = ['collector', 'otlp', 'remote-write'] as const;
const PATHS = ['scrape', 'push', ...OTLP_PATHS] as const;
type Path = (typeof PATHS)[number];

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

const folder = mkdtempSync(join(tmpdir(), 'hft-otel-metrics-'));
const servers: RunningServer[] = [];
const closing: { close(): Promise<unknown> }[] = [];
const resource = resourceFromAttributes({ 'service.name': 'trader', 'service.instance.id': 'i-1' });
const latencies = Array.from({ length: 2000 }, (_, i) => 1 + ((i * 7919) % 400_000) / 10);
let prometheusUrl = '';
let gatewayUrl = '';

beforeAll(async () => {
  const [prometheusPort, pushPort, collectorPort, writePort, healthPort, scrapePort, hostilePort] = await freePorts(7);
  prometheusUrl = `http://127.0.0.1:${prometheusPort}`;
  gatewayUrl = `http://127.0.0.1:${pushPort}`;
  writeFileSync(
    join(folder, 'prometheus.yaml'),
    `global: { scrape_interval: 1s }
otlp: { translation_strategy: UnderscoreEscapingWithoutSuffixes }
scrape_configs:
  - job_name: service
    static_configs: [{ targets: ['127.0.0.1:${scrapePort}'] }]
  - job_name: hostile
    static_configs: [{ targets: ['127.0.0.1:${hostilePort}'] }]
  - job_name: pushgateway
    honor_labels: true
    static_configs: [{ targets: ['127.0.0.1:${pushPort}'] }]
`,
  );
  writeFileSync(
    join(folder, 'collector.yaml'),
    `receivers:
  otlp/on: { protocols: { http: { endpoint: '127.0.0.1:${collectorPort}' } } }
  otlp/write: { protocols: { http: { endpoint: '127.0.0.1:${writePort}' } } }
exporters:
  otlp_http: { endpoint: '${prometheusUrl}/api/v1/otlp' }
  prometheus_remote_write:
    endpoint: '${prometheusUrl}/api/v1/write'
    translation_strategy: UnderscoreEscapingWithoutSuffixes
    disable_scope_info: true
extensions: { health_check: { endpoint: '127.0.0.1:${healthPort}' } }
service:
  extensions: [health_check]
  telemetry: { metrics: { level: none } }
  pipelines:
    metrics/on: { receivers: [otlp/on], exporters: [otlp_http] }
    metrics/write: { receivers: [otlp/write], exporters: [prometheus_remote_write] }
`,
  );
  servers.push(...(await startMetricServers({ folder, prometheusPort, pushPort, healthPort })));

  const address = { host: '127.0.0.1', endpoint: '/metrics' };
  const scrape = counted(PrometheusBackend, {
    ...address,
    source: sourceOf(recorded('scrape').collector, { resource }),
    port: scrapePort,
  });
  const push = counted(PushGatewayBackend, {
    url: gatewayUrl,
    jobName: 'trader',
    instance: 'i-1',
    intervalMillis: 60_000,
    page: pageOf(recorded('push').collector),
  });
  const viaCollector = otlp('collector', `http://127.0.0.1:${collectorPort}/v1/metrics`);
  const written = otlp('remote-write', `http://127.0.0.1:${writePort}/v1/metrics`);
  const direct = otlp('otlp', `${prometheusUrl}/api/v1/otlp/v1/metrics`);
  const hostile = counted(PrometheusBackend, { ...address, source: sourceOf(recordedHostile().collector), port: hostilePort });
  closing.push(scrape, push, viaCollector, direct, hostile, written);
  await Promise.all([
    scrape.start(),
    hostile.start(),
    push.flush(),
    ...[viaCollector, direct, written].map((backend) => backend.flush()),
  ]);
  for (const backend of [push, viaCollector, direct, written])
    expect(backend.state()).toMatchObject({ state: 'ok', delivered: 1 });
}, 120_000);

afterAll(async () => {
  for (const one of closing) await one.close();
  for (const server of servers) await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The same for every path; only the tag `path` differs. */
function recorded(path: Path): Rig {
  const ids = new Int32Array(6);
  Buffer.from(ids.buffer).write(TRACE + SPAN, 'hex');
  const made = rig({ exemplarContext: () => ({ timeMillis: Date.now(), ids }) });
  const tags = { path, exchange: 'mexc', 'api.type': 'rest' };
  made.meter.counter('orders_placed_total', 42, tags);
  made.meter.counter('orders', 7, tags);
  made.meter.metric('queue.depth', 2.5, tags);
  made.meter.metric('fill_ratio', 0.25, tags);
  made.meter.metric('message_bytes', 1500, tags);
  for (const latency of latencies) made.meter.recordDurationUs('order_placement', latency, tags);
  const meter = new RingMeterProvider(made.meter).getMeter('lib');
  meter.createCounter('http.server.requests', { unit: '{request}' }).add(5, { path, status: 200 });
  meter.createHistogram('http.server.request.duration', { unit: 's' }).record(0.004, { path });
  meter.createUpDownCounter('connections.open').add(3, { path });
  return made;
}

function recordedHostile(): Rig {
  const made = rig({ cardinalityLimit: 100 });
  for (const name of HOSTILE_NAMES) for (const tags of HOSTILE_TAGS) made.meter.counter(name, 1, tags as never);
  for (const tags of HOSTILE_TAGS) made.meter.metric('hostile_duration_us', 1, tags as never);
  for (let i = 0; i < 1000; i++) made.meter.metric('hostile_depth', 2 ** 1023, { i });
  return made;
}

function otlp(path: Path, url: string): Counted<OtlpMetricsBackend> {
  const producer = new SeriesProducer(recorded(path).collector, { resource, histograms: 'both' });
  const sender = protobufMetricsSender({ url, timeoutMillis: 10_000 });
  return counted(OtlpMetricsBackend, { producer, sender, temporality: 'cumulative', intervalMillis: 60_000 });
}

interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly histogram?: readonly [number, { readonly count: string; readonly sum: string }];
}

async function ask(path: string): Promise<unknown> {
  const answer = (await (await fetch(`${prometheusUrl}/api/v1/${path}`)).json()) as {
    status: string;
    data: unknown;
    error?: string;
  };
  if (answer.status !== 'success') throw new Error(answer.error);
  return answer.data;
}

async function query(expression: string): Promise<Sample[]> {
  return ((await ask(`query?query=${encodeURIComponent(expression)}`)) as { result: Sample[] }).result;
}

/** Asks again until there is an answer. */
async function eventually(expression: string): Promise<Sample[]> {
  for (let tries = 0; ; tries++) {
    const found = await query(expression);
    if (found.length > 0) return found;
    if (tries > 100) throw new Error(`Nothing in Prometheus for ${expression}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe('one name and one value on every path', () => {
  test('the names in Prometheus are the same sets', async () => {
    for (const path of PATHS) await eventually(`orders_placed_total{path="${path}"}`);
    const names = Object.fromEntries(
      await Promise.all(
        PATHS.map(async (path) => {
          const series = (await ask(`series?match[]=${encodeURIComponent(`{path="${path}"}`)}`)) as Record<string, string>[];
          return [path, [...new Set(series.map(({ __name__ }) => __name__))].sort()] as const;
        }),
      ),
    );
    const classic = [
      'connections_open',
      'fill_ratio',
      'http_server_request_duration_bucket',
      'http_server_request_duration_count',
      'http_server_request_duration_sum',
      'http_server_requests',
      'message_bytes',
      'order_placement_duration_us_bucket',
      'order_placement_duration_us_count',
      'order_placement_duration_us_sum',
      'orders',
      'orders_placed_total',
      'queue_depth',
    ];
    // OTLP also carries exponential histograms, which become native ones under the bare name.
    const native = [...classic, 'http_server_request_duration', 'order_placement_duration_us'].sort();
    expect(names).toEqual(
      Object.fromEntries(PATHS.map((path) => [path, path === 'scrape' || path === 'push' ? classic : native])),
    );
  });

  test('values are those that the program counted, exactly, bucket by bucket', async () => {
    const sum = latencies.reduce((a, b) => a + b, 0);
    const buckets = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 2e6, 5e6, 1e7];
    const atOrBelow = Object.fromEntries(
      [...buckets, Number.POSITIVE_INFINITY].map((bound) => [bound, latencies.filter((latency) => latency <= bound).length]),
    );
    for (const path of PATHS) {
      const value = async (name: string) => Number((await eventually(`${name}{path="${path}"}`))[0]!.value![1]);
      expect([
        path,
        await value('orders_placed_total'),
        await value('orders'),
        await value('queue_depth'),
        await value('http_server_requests'),
      ]).toEqual([path, 42, 7, 2.5, 5]);
      expect(await value('order_placement_duration_us_count')).toBe(latencies.length);
      expect(await value('order_placement_duration_us_sum')).toBe(sum);
      const found = await query(`order_placement_duration_us_bucket{path="${path}"}`);
      expect(
        Object.fromEntries(
          found.map(({ metric, value }) => [
            metric.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(metric.le),
            Number(value![1]),
          ]),
        ),
      ).toEqual(atOrBelow);
    }
  });

  test('exemplars lead from a bucket to a trace on every path but the Pushgateway, whose format has none', async () => {
    for (const path of PATHS.filter((each) => each !== 'push')) {
      await eventually(`order_placement_duration_us_bucket{path="${path}"}`);
      const range = `start=${Date.now() / 1000 - 600}&end=${Date.now() / 1000 + 60}`;
      const expression = encodeURIComponent(`order_placement_duration_us_bucket{path="${path}"}`);
      const found = (await ask(`query_exemplars?query=${expression}&${range}`)) as {
        readonly exemplars: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: string }[];
      }[];
      const exemplars = found.flatMap((each) => each.exemplars);
      expect([path, exemplars.length > 0]).toEqual([path, true]);
      for (const { labels, value } of exemplars) {
        expect([path, labels]).toEqual([path, { trace_id: TRACE, span_id: SPAN }]);
        expect(latencies).toContain(Number(value));
      }
    }
  });

  test('tags are the same labels', async () => {
    for (const path of PATHS) {
      const [{ metric }] = (await eventually(`orders_placed_total{path="${path}"}`)) as [Sample];
      const { path: _, exchange, api_type, __name__, ...others } = metric;
      expect([__name__, exchange, api_type]).toEqual(['orders_placed_total', 'mexc', 'rest']);
      expect(Object.keys(others).filter((label) => !['job', 'instance'].includes(label))).toEqual([]);
    }
  });

  test('exponential histograms arrive as native ones, and their quantiles are those of the data', async () => {
    const sorted = [...latencies].sort((a, b) => a - b);
    for (const path of OTLP_PATHS) {
      const [{ histogram }] = (await eventually(`order_placement_duration_us{path="${path}"}`)) as [Sample];
      expect(Number(histogram![1].count)).toBe(latencies.length);
      const [{ value }] = (await query(`histogram_quantile(0.99, order_placement_duration_us{path="${path}"})`)) as [Sample];
      // At most 160 buckets for this range are a quarter of a power of two wide.
      expect(Math.abs(Number(value![1]) / sorted[Math.ceil(0.99 * sorted.length) - 1]! - 1)).toBeLessThan(0.1);
    }
  });

  test('whatever names and tags a program uses, Prometheus takes the page whole', async () => {
    await eventually('up{job="hostile"} == 1');
    const [{ value: scraped }] = (await eventually('scrape_samples_scraped{job="hostile"}')) as [Sample];
    const [{ value: kept }] = (await eventually('scrape_samples_post_metric_relabeling{job="hostile"}')) as [Sample];
    const [{ value: stored }] = (await eventually('count({job="hostile"}) - 4')) as [Sample];
    expect(Number(kept![1])).toBe(Number(scraped![1]));
    // Beside `up` and four series about the scrape itself, each sample is a series of its own: none stood twice.
    expect(Number(stored![1])).toBeGreaterThanOrEqual(Number(scraped![1]));
    const [{ value: greatest }] = (await eventually('max(hostile_depth)')) as [Sample];
    expect(Number(greatest![1])).toBe(2 ** 1023);
  });

  test('the push gateway takes the same page whole, and forgets it when asked to', async () => {
    const page = await pageOf(recordedHostile().collector)();
    const group = 'with/slash and space';
    const backend = counted(PushGatewayBackend, {
      url: gatewayUrl,
      jobName: group,
      intervalMillis: 60_000,
      page: async () => page,
      deleteOnShutdown: true,
    });
    const isThere = async () => (await (await fetch(`${gatewayUrl}/metrics`)).text()).includes(`job="${group}"`);
    await backend.flush();
    expect(backend.state()).toMatchObject({ state: 'ok', delivered: 1 });
    expect(await isThere()).toBe(true);
    await backend.close();
    expect(await isThere()).toBe(false);
  });

  test('promtool takes the page', async () => {
    const page = new MetricsPage([
      new SeriesProducer(recordedHostile().collector),
      new SeriesProducer(recorded('scrape').collector),
    ]);
    await expectReadable(pageText(await page.families()));
  });

  test('promtool takes the sum of several processes, and their page by worker', async () => {
    const workers = await Promise.all(
      ['1', 'w"2\\'].map(async (worker) => ({ worker, families: await sourceOf(recordedHostile().collector).families() })),
    );
    await expectReadable(pageText(sumOfWorkers(workers)));
    await expectReadable(pageText(byWorker(workers)));
  });
});
