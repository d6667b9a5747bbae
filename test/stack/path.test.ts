// A record's whole way through real servers: agent → gateway → Loki and audit file, metrics to Prometheus. And what is refused on it.

import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { collectorPorts, startAgent, toGateway } from '../../scripts/servers/run.ts';
import { type LogLine, queryLoki, queryPrometheus } from '../../scripts/stack/query.ts';
import { type Stack, startStack } from '../../scripts/stack/stack.ts';
import { type Answer, auditRecord, logsRequest, nowUnixNanos, sendLogs, sendMetrics } from './otlp.ts';
import { collectorMetric, eventually, readAuditFiles, testFolder } from './support.ts';

const EIGHT_DAYS_NANOS = 8n * 86_400_000_000_000n;

const folder = testFolder('path');
let stack: Stack;

beforeAll(async () => {
  stack = await startStack({ folder: folder.path });
});
afterAll(async () => {
  await stack?.stop();
  folder.remove();
});

/** The lines of a service in Loki, as soon as there are `count` of them. */
function linesOf(service: string, count: number, selector = ''): Promise<LogLine[]> {
  return eventually(`${count} records of ${service} in Loki`, async () => {
    const now = Date.now();
    const range = { from: now - 600_000, to: now + 60_000, stepSeconds: 15 };
    const { lines } = await queryLoki(stack.lokiUrl, `{service_name="${service}"${selector}}`, range);
    return lines.length >= count ? [...lines] : undefined;
  });
}

describe('a log record', () => {
  test('arrives in Loki with time in ns, severity, attributes and trace ids as sent; labels are service, exchange, level, lane', async () => {
    const time = nowUnixNanos() + 123_456_789n;
    const { status } = await sendLogs(stack.otlpUrl, { service: 'arrives' }, [
      {
        body: 'order placed',
        timeUnixNanos: time,
        severityNumber: 13,
        attributes: { exchange: 'binance', order_id: 'o-1', price: 64_000.5, qty: 3, maker: true, level: 'top of book' },
        traceId: '0af7651916cd43dd8448eb211c80319c',
        spanId: 'b7ad6b7169203331',
      },
    ]);
    expect(status).toBe(200);
    const [record] = await linesOf('arrives', 1, ', lane="logs", level="warning", exchange="binance"');
    expect(record!.timeUnixNanos).toBe(time);
    expect(record!.line).toBe('order placed');
    expect(record!.labels).toMatchObject({
      order_id: 'o-1',
      price: '64000.5',
      qty: '3',
      maker: 'true',
      fields_level: 'top of book',
      severity_number: '13',
      trace_id: '0af7651916cd43dd8448eb211c80319c',
      span_id: 'b7ad6b7169203331',
      scope_name: 'test',
      service_instance_id: 'arrives-1',
    });
    const response = await fetch(`${stack.lokiUrl}/loki/api/v1/labels?query=${encodeURIComponent('{service_name="arrives"}')}`);
    expect(((await response.json()) as { data: string[] }).data.sort()).toEqual(['exchange', 'lane', 'level', 'service_name']);
  });

  test('that is sent twice is stored once, two that differ in one attribute are two', async () => {
    const time = nowUnixNanos();
    const record = { body: 'twice', timeUnixNanos: time, severityNumber: 9, attributes: { id: 1 } };
    for (let times = 0; times < 2; times++) await sendLogs(stack.otlpUrl, { service: 'twice' }, [record]);
    await sendLogs(stack.otlpUrl, { service: 'twice' }, [{ ...record, attributes: { id: 2 } }]);
    await linesOf('twice', 2);
    await eventually('the queues to be empty', async () =>
      (await collectorMetric(stack.ports.gateway.telemetry, 'otelcol_exporter_queue_size')) === 0 ? true : undefined,
    );
    expect((await linesOf('twice', 2)).map(({ labels }) => labels.id).sort()).toEqual(['1', '2']);
  });
});

describe('an audit record', () => {
  test.each([
    ['its own port', () => stack.auditOtlpUrl],
    ['the common port', () => stack.otlpUrl],
  ])('by %s arrives in the audit file and in the lane audit, and nowhere else', async (_, url) => {
    const service = `audit-${url() === stack.otlpUrl ? 'common' : 'own'}`;
    const time = nowUnixNanos() + 42n;
    const log = { body: 'a log beside it', timeUnixNanos: time, severityNumber: 9 };
    const records =
      url() === stack.otlpUrl ? [auditRecord(7, time, { order_id: 'o-9' }), log] : [auditRecord(7, time, { order_id: 'o-9' })];
    expect((await sendLogs(url(), { service }, records)).status).toBe(200);

    const [record, ...others] = await linesOf(service, 1, ', lane="audit"');
    expect(others).toEqual([]);
    expect(record!.timeUnixNanos).toBe(time);
    expect(record!.labels).toMatchObject({
      event_name: 'order_placed',
      hft_audit: 'true',
      hft_audit_seq: '7',
      order_id: 'o-9',
      qty: '0.5',
    });

    const inFiles = readAuditFiles(stack.auditFilesFolder).filter((found) => found.service === service);
    expect(inFiles).toEqual([
      {
        body: 'order_placed',
        eventName: 'order_placed',
        timeUnixNano: String(time),
        // As sent, to the attribute: level and lane are for Loki alone.
        attributes: {
          'hft.audit': true,
          'hft.audit.seq': '7',
          exchange: 'binance',
          symbol: 'BTCUSDT',
          qty: 0.5,
          order_id: 'o-9',
        },
        service,
      },
    ]);
    if (url() === stack.otlpUrl)
      expect((await linesOf(service, 1, ', lane="logs"')).map(({ line }) => line)).toEqual(['a log beside it']);
  });
});

test('a metric has the name its author gave it, whatever its unit', async () => {
  const attributes = { exchange: 'binance' };
  const { status } = await sendMetrics(stack.otlpUrl, { service: 'names' }, nowUnixNanos() - 1_000_000_000n, [
    { name: 'orders_placed_total', unit: '{order}', counter: [{ value: 5, attributes }] },
    { name: 'orders_seen', counter: [{ value: 6, attributes }] },
    { name: 'order_placement_duration_us', unit: 'us', histogram: [{ bounds: [10, 20], counts: [1, 2, 3], attributes }] },
    { name: 'feed_lag_us', unit: 'us', gauge: [{ value: 7, attributes }] },
    { name: 'fill_ratio', unit: '1', gauge: [{ value: 0.5, attributes }] },
    { name: 'otel.sdk.processor.log.processed', unit: '{log_record}', counter: [{ value: 8 }] },
    { name: 'hft.ring.fill_ratio', unit: '1', gauge: [{ value: 0.25 }] },
    { name: 'http.server.request.duration', unit: 's', gauge: [{ value: 9 }] },
  ]);
  expect(status).toBe(200);
  const series = await eventually('the metrics in Prometheus', async () => {
    const { series } = await queryPrometheus(stack.prometheusUrl, '{service_name="names"}');
    return series.length > 0 ? series : undefined;
  });
  expect(
    Object.fromEntries(
      series.filter(({ labels }) => labels.le === undefined).map(({ labels, samples }) => [labels.__name__, samples[0]!.value]),
    ),
  ).toEqual({
    orders_placed_total: 5,
    orders_seen: 6,
    order_placement_duration_us_count: 6,
    order_placement_duration_us_sum: 0,
    feed_lag_us: 7,
    fill_ratio: 0.5,
    otel_sdk_processor_log_processed: 8,
    hft_ring_fill_ratio: 0.25,
    http_server_request_duration: 9,
  });
  expect(series[0]!.labels).toMatchObject({ service_name: 'names', job: 'names', instance: 'names-1' });
});

describe('refused at the gateway, which stays up', () => {
  const post = (options: { ca?: string; token?: string; port?: number }) =>
    new Promise<Answer>((resolve, reject) => {
      const headers: Record<string, string> = { 'content-type': 'application/json' };
      if (options.token !== undefined) headers.authorization = `Bearer ${options.token}`;
      const call = request(
        {
          host: '127.0.0.1',
          port: options.port ?? stack.ports.gateway.http,
          path: '/v1/logs',
          method: 'POST',
          headers,
          ca: options.ca,
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (part: string) => {
            text += part;
          });
          response.on('end', () => resolve({ status: response.statusCode!, text }));
        },
      );
      call.on('error', reject);
      call.end(
        JSON.stringify(
          logsRequest({ service: 'refused' }, [{ body: 'hello', timeUnixNanos: nowUnixNanos(), severityNumber: 9 }]),
        ),
      );
    });
  const secret = (name: string) => readFileSync(join(stack.secretsFolder, name), 'utf8').trim();
  const doors = [
    ['logs', () => stack.ports.gateway.http],
    ['audit', () => stack.ports.gateway.auditHttp],
  ] as const;

  test.each(doors)('%s: the right token over TLS is taken', async (_, port) => {
    expect(await post({ ca: secret('ca.crt'), token: secret('token'), port: port() })).toMatchObject({ status: 200 });
  });

  test.each(doors)('%s: a wrong token and no token', async (_, port) => {
    const wrong = await post({ ca: secret('ca.crt'), token: 'wrong', port: port() });
    expect(wrong).toMatchObject({ status: 401 });
    expect(wrong.text).toMatch(/authorization|auth/i);
    expect((await post({ ca: secret('ca.crt'), port: port() })).status).toBe(401);
  });

  test.each(doors)('%s: a plain-text client on the TLS port', async (_, port) => {
    const response = await fetch(`http://127.0.0.1:${port()}/v1/logs`, { method: 'POST', body: '{}' });
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(/HTTP request to an HTTPS server/);
  });

  test('a client that does not know its authority refuses the gateway', async () => {
    await expect(post({ token: secret('token') })).rejects.toThrow(/certificate/i);
  });

  test('an agent with a wrong token: what it sends is lost there, and counted', async () => {
    const secretsFolder = join(folder.path, 'wrong-secrets');
    mkdirSync(secretsFolder);
    copyFileSync(join(stack.secretsFolder, 'ca.crt'), join(secretsFolder, 'ca.crt'));
    writeFileSync(join(secretsFolder, 'token'), 'wrong\n');
    const ports = await collectorPorts();
    const env = toGateway(stack.ports.gateway);
    const agent = await startAgent({ folder: join(folder.path, 'wrong'), ports, secretsFolder, env });
    try {
      const records = [auditRecord(1, nowUnixNanos())];
      expect((await sendLogs(`http://127.0.0.1:${ports.auditHttp}`, { service: 'refused' }, records)).status).toBe(200);
      await eventually('the loss to be counted', async () =>
        (await collectorMetric(ports.telemetry, 'otelcol_exporter_send_failed_log_records', 'otlp_grpc/audit')) === 1
          ? true
          : undefined,
      );
      expect(readFileSync(agent.logPath, 'utf8')).toMatch(/Exporting failed\. Dropping data\..*Unauthenticated/);
    } finally {
      await agent.stop();
    }
  });

  test('nothing of it was stored but the two that had the token, and the gateway runs', async () => {
    expect(stack.servers.gateway.isRunning()).toBe(true);
    expect((await linesOf('refused', 2)).map(({ labels }) => labels.lane).sort()).toEqual(['audit', 'logs']);
  });
});

test('a record older than Loki takes is lost there, and counted by its whole request: an upper bound', async () => {
  const lost = () =>
    collectorMetric(stack.ports.gateway.telemetry, 'otelcol_exporter_send_failed_log_records', '"otlp_http/loki"');
  const before = await lost();
  const times = [nowUnixNanos() - EIGHT_DAYS_NANOS, nowUnixNanos()];
  await sendLogs(
    stack.otlpUrl,
    { service: 'old' },
    times.map((timeUnixNanos) => ({ body: 'a record', timeUnixNanos, severityNumber: 9 })),
  );
  await eventually('the loss to be counted', async () => ((await lost()) === before + 2 ? true : undefined));
  expect(await linesOf('old', 1)).toHaveLength(1);
});

test('a line of 10 MB is refused with a reason; the records beside it in other requests are not; the agent stays up', async () => {
  const time = nowUnixNanos();
  const big = await sendLogs(stack.otlpUrl, { service: 'big' }, [
    { body: 'x'.repeat(10_000_000), timeUnixNanos: time, severityNumber: 9 },
  ]);
  expect(big.status).toBeGreaterThanOrEqual(400);
  expect(big.text).toMatch(/too large|max|limit/i);
  expect(
    (await sendLogs(stack.otlpUrl, { service: 'big' }, [{ body: 'small', timeUnixNanos: time, severityNumber: 9 }])).status,
  ).toBe(200);
  expect((await linesOf('big', 1)).map(({ line }) => line)).toEqual(['small']);
  expect(stack.servers.agent.isRunning()).toBe(true);
});

test('a line of 3 MB passes: cut in Loki and marked so, whole in the audit file', async () => {
  const time = nowUnixNanos();
  const audit = { ...auditRecord(1, time), body: 'y'.repeat(3_000_000) };
  expect((await sendLogs(stack.auditOtlpUrl, { service: 'long' }, [audit])).status).toBe(200);
  const [record] = await linesOf('long', 1);
  expect(record!.line.length).toBeLessThan(1_100_000);
  expect(record!.line).toMatch(/cut by Loki at 1 MB\]$/);
  const inFile = readAuditFiles(stack.auditFilesFolder).find(({ service }) => service === 'long');
  expect(inFile!.body).toHaveLength(3_000_000);
});
