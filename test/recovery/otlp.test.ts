/** What waited for a collector that was away, and the last values of metrics. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SeriesProducer } from '../../src/backends/series-producer.ts';
import type { BackendsConfig } from '../../src/config/types.ts';
import { createLogging } from '../../src/index.ts';
import { readExported, writeExported } from '../../src/recovery/exported-metrics.ts';
import { rig } from '../metrics/support/rig.ts';
import { temporaryFolder } from '../support/child.ts';
import { startOtlpServer } from '../support/otlp-server.ts';
import { outputOf, start } from './kill.ts';

interface MetricsRequest {
  readonly resourceMetrics: readonly {
    readonly resource: {
      readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
    };
    readonly scopeMetrics: readonly {
      readonly scope?: { readonly name: string };
      readonly metrics: readonly Record<string, unknown>[];
    }[];
  }[];
}

async function startMetricsServer() {
  const requests: MetricsRequest[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      requests.push(JSON.parse((request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString()));
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/metrics`;
  return { url, requests, [Symbol.dispose]: () => void server.close() };
}

test.each(['SIGKILL', 'shutdown', 'exit'])(
  'records that waited for a collector are sent by the next start: %s',
  async (ending) => {
    using folder = temporaryFolder();
    const directory = join(folder.path, 'runs');
    const server = await startOtlpServer();
    using metrics = await startMetricsServer();
    server.answerAlways({ kind: 'status', status: 503 });
    await outputOf(start('away.ts', { directory, endpoint: server.url, metricsEndpoint: metrics.url, ending }));
    expect(server.received).toEqual([]);
    expect(readdirSync(directory)).toHaveLength(1);
    server.answerAlways({ kind: 'ok' });
    process.env.OTEL_EXPORTER_OTLP_METRICS_PROTOCOL = 'http/json';
    metrics.requests.length = 0;
    const logging = createLogging({
      service: { name: 'away', instanceId: 'away-2' },
      handleExits: false,
      diagnosticLevel: 'none',
      persistence: { enabled: true, directory },
      backends: { otlp: { endpoint: server.url, metricsEndpoint: metrics.url, metricsIntervalMillis: 60_000 } },
    });
    delete process.env.OTEL_EXPORTER_OTLP_METRICS_PROTOCOL;
    await logging.recovered;
    const exported = metrics.requests.map(({ resourceMetrics }) => resourceMetrics[0]!);
    await logging.shutdown();
    await server.stop();
    const of = (body: string) => server.received.filter((record) => record.body === body);
    const numbers = (body: string) => new Set(of(body).map(({ attributes }) => attributes.n));
    expect([numbers('quote').size, numbers('order_placed').size, of('last').length]).toEqual([500, 50, 1]);
    for (const record of [...of('quote'), ...of('last')])
      expect(record.resource).toMatchObject({ 'service.instance.id': 'away-1', 'service.version': '1.2.3' });
    expect(of(`recovered ${of('quote').length + of('order_placed').length + 1} records of a run that was killed`)).toHaveLength(
      1,
    );
    expect(readdirSync(directory)).toEqual([]);
    if (ending !== 'SIGKILL') return;
    const last = exported.find(({ resource: { attributes } }) =>
      attributes.some(({ key, value }) => key === 'service.instance.id' && value.stringValue === 'away-1'),
    );
    const named = (name: string) => last?.scopeMetrics.flatMap((scope) => scope.metrics).find((metric) => metric.name === name);
    expect(named('fills_total')).toMatchObject({ sum: { dataPoints: [{ asDouble: 7 }] } });
    expect(JSON.stringify(named('ack_duration_us'))).toContain('"count":1');
  },
);

test('audit events for a backend that the next start does not have are kept until one has it; logs are counted as lost, and a warning says both', async () => {
  using folder = temporaryFolder();
  const directory = join(folder.path, 'runs');
  const server = await startOtlpServer();
  server.answerAlways({ kind: 'status', status: 503 });
  const urls = { endpoint: server.url, metricsEndpoint: 'http://127.0.0.1:9/v1/metrics' };
  await outputOf(start('away.ts', { directory, ...urls, ending: 'SIGKILL' }));
  server.answerAlways({ kind: 'ok' });
  const recoverWith = async (backends: BackendsConfig): Promise<{ undeliverable: number; warnings: string[] }> =>
    JSON.parse(await outputOf(start('other-backends.ts', { directory, backends })));
  for (const isFirst of [true, false]) {
    const { undeliverable, warnings } = await recoverWith({ memory: {} });
    expect(undeliverable > 0).toBe(isFirst);
    expect(warnings.filter((warning) => warning.includes('log records of the run away-1')).length).toBe(isFirst ? 1 : 0);
    expect(warnings.filter((warning) => warning.includes('records with audit events of the run away-1'))).toHaveLength(1);
    expect(readdirSync(directory)).toHaveLength(1);
  }
  expect((await recoverWith({ otlp: urls })).warnings).toEqual([]);
  await server.stop();
  const events = server.received.filter(({ body }) => body === 'order_placed').map(({ attributes }) => Number(attributes.n));
  expect(events.length).toBeGreaterThan(0);
  expect(readdirSync(directory)).toEqual([]);
});

interface DeltaPoint {
  readonly asDouble?: number;
  readonly count?: number;
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
}

/** The points of a metric of the run `deltas-1`, in the order of their arrival. */
function deltasOf(requests: readonly MetricsRequest[], name: string): readonly DeltaPoint[] {
  const dead = requests
    .flatMap(({ resourceMetrics }) => resourceMetrics)
    .filter(({ resource: { attributes } }) => attributes.some(({ value }) => value.stringValue === 'deltas-1'));
  const metrics = dead
    .flatMap(({ scopeMetrics }) => scopeMetrics)
    .filter(({ scope }) => !String(scope?.name).endsWith('/classic'));
  return metrics
    .flatMap((scope) => scope.metrics)
    .filter((metric) => metric.name === name)
    .flatMap(({ sum, histogram, exponentialHistogram }) => {
      const { dataPoints } = (sum ?? histogram ?? exponentialHistogram) as { dataPoints: DeltaPoint[] };
      return dataPoints;
    });
}

test.each([0, 2])('with delta temporality, what %i exports had not taken yet is exported once', async (exports) => {
  using folder = temporaryFolder();
  const directory = join(folder.path, 'runs');
  using metrics = await startMetricsServer();
  await outputOf(start('deltas.ts', { directory, metricsEndpoint: metrics.url, exports }));
  const before = deltasOf(metrics.requests, 'fills_total').length;
  expect(before).toBe(exports);
  process.env.OTEL_EXPORTER_OTLP_METRICS_PROTOCOL = 'http/json';
  const logging = createLogging({
    service: { name: 'deltas', instanceId: 'deltas-2' },
    handleExits: false,
    diagnosticLevel: 'none',
    persistence: { enabled: true, directory },
    backends: { otlp: { endpoint: 'http://127.0.0.1:9', metricsEndpoint: metrics.url, temporality: 'delta' } },
    routes: [{ when: {}, to: [] }],
    routesMode: 'replace',
  });
  delete process.env.OTEL_EXPORTER_OTLP_METRICS_PROTOCOL;
  await logging.recovered;
  await logging.shutdown({ timeoutMillis: 100 });
  const fills = deltasOf(metrics.requests, 'fills_total');
  expect(fills.map(({ asDouble }) => asDouble)).toEqual(Array.from({ length: exports + 1 }, (_, n) => 10 ** n));
  expect(deltasOf(metrics.requests, 'ack_duration_us').map(({ count }) => count)).toEqual(fills.map(() => 1));
  // Each begins where the one before it ended.
  for (const [i, { startTimeUnixNano }] of fills.entries()) if (i > 0) expect(startTimeUnixNano).toBe(fills[i - 1]!.timeUnixNano);
  expect(readdirSync(directory)).toEqual([]);
});

test('a recovery that is repeated exports no delta twice, and one of a run whose exports cannot be read exports none', async () => {
  using folder = temporaryFolder();
  const made = rig();
  const received: number[] = [];
  const exportOnce = async () => {
    const exported = readExported(folder.path);
    const producer = new SeriesProducer(made.collector, { temporality: 'delta', resumeFrom: exported });
    const { resourceMetrics } = await producer.collect();
    producer.commit();
    writeExported(folder.path, producer.baseline!);
    for (const { metrics } of resourceMetrics.scopeMetrics)
      for (const { descriptor, dataPoints } of metrics)
        if (descriptor.name === 'fills_total') received.push(...dataPoints.map(({ value }) => value as number));
  };
  expect(readExported(folder.path)).toBeUndefined();
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(5), { minLength: 1, maxLength: 8 }), async (gains) => {
      const before = received.reduce((sum, value) => sum + value, 0);
      let gained = 0;
      for (const gain of gains) {
        made.meter.counter('fills_total', gain);
        made.meter.metric('ack_duration_us', gain);
        gained += gain;
        if (gain % 2 === 0) await exportOnce();
      }
      await exportOnce();
      expect(received.reduce((sum, value) => sum + value, 0)).toBe(before + gained);
    }),
  );
  const path = join(folder.path, 'exported');
  const whole = readFileSync(path);
  for (const bytes of [whole.subarray(0, 3), whole.subarray(0, -1), Buffer.alloc(0), Buffer.from(whole).fill(1, 10, 11)]) {
    writeFileSync(path, bytes);
    expect(readExported(folder.path)).toBeUndefined();
  }
});
