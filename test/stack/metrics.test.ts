// One program of our package, four ways to Prometheus with the files users get: scraped, pushed, by OTLP, by remote write. The same names,
// the same labels, the values it counted.

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePorts, type RunningServer } from '../../scripts/servers/process.ts';
import { collectorPorts, startAgent, startGateway, toGateway } from '../../scripts/servers/run.ts';
import { queryPrometheus } from '../../scripts/stack/query.ts';
import { type Stack, startStack } from '../../scripts/stack/stack.ts';
import type { LoggingConfig } from '../../src/index.ts';
import { orderLog } from './programs/orders.ts';
import { type Service, startService } from './service.ts';
import { eventually, testFolder } from './support.ts';

const PATHS = ['scrape', 'push', 'otlp', 'remote-write'] as const;
type Path = (typeof PATHS)[number];

const ORDERS = 3_000;
const AUDITS = 100;

const folder = testFolder('metrics');
const services: Service[] = [];
const further: RunningServer[] = [];
let stack: Stack;

beforeAll(async () => {
  const [[scrapePort], agentPorts, gatewayPorts] = await Promise.all([freePorts(1), collectorPorts(), collectorPorts()]);
  stack = await startStack({
    folder: folder.path,
    targets: { service: [{ targets: [`127.0.0.1:${scrapePort}`], labels: { job: 'scrape' } }] },
  });
  const { secretsFolder, lokiUrl, prometheusUrl } = stack;
  const beside = { folder: join(folder.path, 'remote-write'), secretsFolder };
  further.push(
    await startGateway({
      ...beside,
      ports: gatewayPorts,
      overlays: ['remote-write/gateway.yaml'],
      env: { LOKI_URL: lokiUrl, PROMETHEUS_URL: 'http://127.0.0.1:9', REMOTE_WRITE_URL: `${prometheusUrl}/api/v1/write` },
    }),
    await startAgent({
      ...beside,
      ports: agentPorts,
      env: toGateway(gatewayPorts),
    }),
  );
  const otlp = (endpoint: string) => ({ otlp: { endpoint, metricsIntervalMillis: 1_000 } });
  const backends: Record<Path, LoggingConfig['backends'] & {}> = {
    scrape: { prometheus: { port: scrapePort } },
    push: { prometheus: { enabled: false, pushGatewayUrl: stack.pushgatewayUrl, jobName: 'push', pushIntervalMillis: 1_000 } },
    otlp: otlp(stack.otlpUrl),
    'remote-write': otlp(`http://127.0.0.1:${agentPorts.http}`),
  };
  for (const path of PATHS)
    services.push(
      startService({
        config: { service: { name: path }, backends: { file: { path: join(folder.path, `${path}.jsonl`) }, ...backends[path] } },
        logs: ORDERS,
        audits: AUDITS,
        logsPerSecond: 10_000,
        auditsPerSecond: 1_000,
      }),
    );
  for (const path of PATHS)
    await eventually(
      `all orders by ${path}`,
      async () => {
        const { series } = await queryPrometheus(stack.prometheusUrl, `sum(orders_placed_total{service_name="${path}"})`);
        return series[0]?.samples[0]?.value === ORDERS ? true : undefined;
      },
      60_000,
    );
});

afterAll(async () => {
  await Promise.all(services.map((service) => service.kill()));
  for (const server of further) await server.stop();
  await stack?.stop();
  folder.remove();
});

/** What a series is, apart from where it came from. Bounds are numbers: Prometheus writes `le="1.0"` when it scrapes, `le="1"` for OTLP. */
function identity(labels: Readonly<Record<string, string>>): string {
  const { service_name, instance, job, deployment_environment_name, le, ...own } = labels;
  return JSON.stringify([...Object.entries(own).sort(), ...(le === undefined ? [] : [le === '+Inf' ? le : Number(le)])]);
}

async function valuesOf(path: Path, selection: string): Promise<Map<string, number>> {
  const { series } = await queryPrometheus(stack.prometheusUrl, selection.replace('PATH', `service_name="${path}"`));
  return new Map(series.flatMap(({ labels, samples }) => (samples.length === 0 ? [] : [[identity(labels), samples[0]!.value]])));
}

describe('on every path', () => {
  test('counters have the values the program counted', async () => {
    const placed = new Map<string, number>();
    for (let number = 1; number <= ORDERS; number++) {
      const exchange = number % 3 === 1 ? 'kraken' : 'binance';
      const key = identity({ __name__: 'orders_placed_total', exchange, level: orderLog(number).level });
      placed.set(key, (placed.get(key) ?? 0) + 1);
    }
    for (const path of PATHS) expect([path, await valuesOf(path, 'orders_placed_total{PATH}')]).toEqual([path, placed]);
  });

  test('histograms have the same buckets, sum and count', async () => {
    const expected = await valuesOf('scrape', '{__name__=~"order_placement_duration_us_.*", PATH}');
    expect([...expected.values()]).toContain(ORDERS);
    for (const path of PATHS)
      expect([path, await valuesOf(path, '{__name__=~"order_placement_duration_us_.*", PATH}')]).toEqual([path, expected]);
  });

  test('what the pipeline says of itself has the same names, and the same values where they stand still', async () => {
    const names = async (path: Path) => {
      // With service_instance_id are Loki's recordings, not the service's metrics.
      const { series } = await queryPrometheus(
        stack.prometheusUrl,
        `{__name__=~"hft_.+|otel_.+", service_name="${path}", service_instance_id=""}`,
      );
      // Beside each classic histogram OTLP carries a native one, under the bare name.
      return new Set(series.filter(({ histograms }) => histograms.length === 0).map(({ labels }) => labels.__name__!));
    };
    const expected = await names('scrape');
    expect(expected).toContain('hft_log_accepted_total');
    for (const path of PATHS) {
      // Only what sends to a collector has a circuit to open.
      const own = path === 'otlp' || path === 'remote-write' ? ['hft_backend_circuit_state'] : [];
      expect([path, [...(await names(path))].sort()]).toEqual([path, [...expected, ...own].sort()]);
      expect([path, await valuesOf(path, 'hft_log_accepted_total{lane="logs", PATH}')]).toEqual([
        path,
        new Map([[identity({ __name__: 'hft_log_accepted_total', lane: 'logs' }), ORDERS]]),
      ]);
      expect([path, [...(await valuesOf(path, 'hft_audit_sequence{PATH}')).values()]]).toEqual([path, [AUDITS]]);
    }
  });
});
