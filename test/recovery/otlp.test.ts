/** What waited for a collector that was away, and the last values of metrics. */
import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { createLogging } from '../../src/index.ts';
import { temporaryFolder } from '../support/child.ts';
import { startOtlpServer } from '../support/otlp-server.ts';
import { outputOf, start } from './kill.ts';

interface MetricsRequest {
  readonly resourceMetrics: readonly {
    readonly resource: {
      readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
    };
    readonly scopeMetrics: readonly { readonly metrics: readonly Record<string, unknown>[] }[];
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
