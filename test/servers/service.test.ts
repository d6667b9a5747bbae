/**
 * Whole processes against a real Prometheus, Pushgateway and collector: a service whose event loop is blocked, and the demo. What a query answers is what
 * the program counted, exactly.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePorts, type RunningServer } from '../../scripts/servers/process.ts';
import type { DemoResult } from '../../src/demo/result.ts';
import { OWN_HISTOGRAMS, OWN_INSTRUMENTS } from '../../src/health/instruments.ts';
import type { Health, PercentileRow } from '../../src/index.ts';
import { start as startDemo } from '../demo/demo-process.ts';
import { startMetricServers } from './metric-servers.ts';
import { expectReadable } from './promtool.ts';

const TRADER = fileURLToPath(new URL('programs/trader.ts', import.meta.url));
const ORDERS = 5_000;

const folder = mkdtempSync(join(tmpdir(), 'hft-otel-service-'));
const servers: RunningServer[] = [];
const children: ChildProcess[] = [];
let ports: Readonly<Record<'prometheus' | 'push' | 'collector' | 'health' | 'scrape' | 'demo', number>>;
let prometheusUrl: string;

beforeAll(async () => {
  const [prometheus, push, collector, health, scrape, demo] = await freePorts(6);
  ports = { prometheus, push, collector, health, scrape, demo };
  prometheusUrl = `http://127.0.0.1:${prometheus}`;
  writeFileSync(
    join(folder, 'prometheus.yaml'),
    `global: { scrape_interval: 500ms }
otlp: { translation_strategy: UnderscoreEscapingWithoutSuffixes }
scrape_configs:
  - job_name: scraped
    static_configs: [{ targets: ['127.0.0.1:${scrape}'] }]
  - job_name: demo
    static_configs: [{ targets: ['127.0.0.1:${demo}'] }]
  - job_name: pushgateway
    honor_labels: true
    static_configs: [{ targets: ['127.0.0.1:${push}'] }]
`,
  );
  writeFileSync(
    join(folder, 'collector.yaml'),
    `receivers:
  otlp: { protocols: { http: { endpoint: '127.0.0.1:${collector}' } } }
exporters:
  otlp_http: { endpoint: '${prometheusUrl}/api/v1/otlp' }
  debug: { verbosity: basic }
extensions: { health_check: { endpoint: '127.0.0.1:${health}' } }
service:
  extensions: [health_check]
  telemetry: { metrics: { level: none } }
  pipelines:
    metrics: { receivers: [otlp], exporters: [otlp_http] }
    logs: { receivers: [otlp], exporters: [debug] }
`,
  );
  servers.push(...(await startMetricServers({ folder, prometheusPort: prometheus, pushPort: push, healthPort: health })));
}, 120_000);

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  for (const server of servers) await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly histogram?: readonly [number, { readonly count: string; readonly sum: string }];
}

async function ask(path: string): Promise<unknown> {
  const answer = (await (await fetch(`${prometheusUrl}/api/v1/${path}`)).json()) as { data: unknown; error?: string };
  if (answer.error !== undefined) throw new Error(answer.error);
  return answer.data;
}

async function query(expression: string): Promise<Sample[]> {
  return ((await ask(`query?query=${encodeURIComponent(expression)}`)) as { result: Sample[] }).result;
}

/** Asks until the first sample has this value. */
async function becomes(expression: string, value: number): Promise<void> {
  let found: Sample[] = [];
  for (let tries = 0; tries < 200; tries++) {
    found = await query(expression);
    if (Number(found[0]?.value?.[1]) === value) return;
    await sleep(100);
  }
  throw new Error(`${expression} should become ${value}, and is ${JSON.stringify(found)}`);
}

interface Told {
  readonly durations: readonly number[];
  readonly warmUpUs: number;
  readonly complete: boolean;
  readonly percentiles: readonly PercentileRow[];
  readonly health: Health;
}

describe('a service whose event loop is blocked', () => {
  const release = join(folder, 'release');
  let told: Told;
  let ended: Promise<number | null>;

  /** By path: the labels with which Prometheus has what came on it. */
  const PATHS = {
    scraped: '{job="scraped"}',
    pushed: '{job="pushed"}',
    otlp: '{job="trading/trader"}',
  } as const;
  const paths = Object.entries(PATHS);
  const on = (name: string, selector: string, more = '') => `${name}${selector.replace('}', `${more}}`)}`;

  beforeAll(async () => {
    const config = {
      service: { name: 'trader', namespace: 'trading', instanceId: 'i-1' },
      backends: {
        file: { path: join(folder, 'trader.jsonl') },
        audit: { path: join(folder, 'trader-audit.jsonl') },
        prometheus: { port: ports.scrape, pushGatewayUrl: `http://127.0.0.1:${ports.push}`, jobName: 'pushed' },
        histogram: { enabled: true, gauges: true, percentiles: [50, 99.9] },
        otlp: { endpoint: `http://127.0.0.1:${ports.collector}`, metricsIntervalMillis: 1_000 },
      },
    };
    const child = spawn(process.execPath, [TRADER, JSON.stringify(config), `${ORDERS}`, release], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    ended = new Promise((resolve) => child.on('close', resolve));
    told = await new Promise((resolve, reject) => {
      let output = '';
      child.stdout!.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        const line = output.split('\n').find((one) => one.startsWith('{"durations"') && one.endsWith('}'));
        if (line !== undefined) resolve(JSON.parse(line) as Told);
      });
      child.on('close', () => reject(new Error(`ended: ${output}`)));
    });
  });

  test('everything it has is delivered, and its endpoint answers a page that promtool reads', async () => {
    expect(told).toMatchObject({
      complete: true,
      health: { backends: { prometheus: { state: 'ok' }, pushGateway: { state: 'ok' } } },
    });
    await expectReadable(await (await fetch(`http://127.0.0.1:${ports.scrape}/metrics`)).text());
  });

  test.each(paths)('%s: counters, gauges, counts, sums and buckets are what it counted', async (_path, selector) => {
    const { durations } = told;
    const sells = Math.ceil(ORDERS / 3);
    await becomes(on('orders_placed_total', selector, ', side="SELL", exchange="mexc"'), sells);
    await becomes(on('orders_placed_total', selector, ', side="BUY", exchange="mexc"'), ORDERS - sells);
    await becomes(on('position_base', selector), -1.25);
    await becomes(on('order_placement_duration_us_count', selector), ORDERS);
    await becomes(
      on('order_placement_duration_us_sum', selector),
      durations.reduce((a, b) => a + b, 0),
    );
    await becomes(on('warm_up_duration_us_sum', selector), told.warmUpUs);
    const buckets = await query(on('order_placement_duration_us_bucket', selector));
    expect(buckets.length).toBe(23);
    for (const { metric, value } of buckets) {
      const bound = metric.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(metric.le);
      expect([bound, Number(value![1])]).toEqual([bound, durations.filter((us) => us <= bound).length]);
    }
  });

  test.each(paths)('%s: percentiles as gauges are within a hundredth of the exact ones', async (_path, selector) => {
    const sorted = [...told.durations].sort((a, b) => a - b);
    const [row] = told.percentiles.filter(({ name }) => name === 'order_placement_duration_us');
    expect(row!.sinceStart.count).toBe(ORDERS);
    for (const [name, share, known] of [
      ['p50', 0.5, row!.sinceStart.values[0]!],
      ['p99_9', 0.999, row!.sinceStart.values[1]!],
    ] as const) {
      await becomes(on(`order_placement_duration_us_${name}`, selector), known);
      expect(Math.abs(known / sorted[Math.ceil(share * ORDERS) - 1]! - 1)).toBeLessThan(0.01);
    }
  });

  test.each(paths)('%s: the pipeline’s own metrics have the same names', async (_path, selector) => {
    const known = Object.values(OWN_INSTRUMENTS).map(({ name }) => name.replaceAll('.', '_'));
    for (const { name } of Object.values(OWN_HISTOGRAMS))
      known.push(...['bucket', 'sum', 'count'].map((part) => `${name.replaceAll('.', '_')}_${part}`));
    // A call is timed ten times a second at most, and this program may have been faster. It has no spool, no
    // witnesses, and says nothing of its clock.
    const maybe = /^hft_(call_duration_ns|backend_spool_|audit_witness_|audit_tree_cosigned_|clock_)/;
    const match = encodeURIComponent(`{${selector.slice(1, -1)}, __name__=~"hft_.+|otel_.+"}`);
    const missing = async () => {
      const series = (await ask(`series?match[]=${match}`)) as Record<string, string>[];
      const names = new Set(series.map(({ __name__ }) => __name__));
      return known.filter((name) => !maybe.test(name) && !names.has(name));
    };
    // What a tree over the audit file says comes with its first checkpoint, and on each path with its next turn.
    const deadline = Date.now() + 15_000;
    while ((await missing()).length > 0 && Date.now() < deadline) await sleep(250);
    expect(await missing()).toEqual([]);
    await becomes(on('hft_log_accepted_total', selector, ', lane="logs"'), ORDERS);
    await becomes(on('hft_audit_sequence', selector), ORDERS);
    await becomes(`sum(${on('hft_log_dropped_total', selector)})`, 0);
  });

  test('no name has its unit or its end twice', async () => {
    const names = (await ask('label/__name__/values')) as string[];
    expect(names.filter((name) => /_us_microseconds|_ns_nanoseconds|_total_total|_ratio_ratio|_bytes_bytes/.test(name))).toEqual(
      [],
    );
  });

  test('released, it ends well', async () => {
    writeFileSync(release, '');
    expect(await ended).toBe(0);
  });
});

describe('the demo', () => {
  let result: DemoResult;

  beforeAll(async () => {
    const { code, stdout, stderr } = await startDemo([
      'demo',
      '--seconds',
      '4',
      '--rate',
      '1000',
      '--dir',
      join(folder, 'demo'),
      '--json',
      '--otlp',
      `http://127.0.0.1:${ports.collector}`,
      '--prometheus-port',
      `${ports.demo}`,
    ]).ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    result = JSON.parse(stdout) as DemoResult;
  });

  const SHIPPED = '{job="hft-otel-demo"}';

  test('orders as Prometheus has them are those of its counters, of the audit trail and of the exchange', async () => {
    for (const { event, counter, audited, atExchange } of result.orders) {
      expect(audited).toBe(atExchange);
      if (counter === undefined || counter === 0) continue;
      expect(counter).toBe(audited);
      await becomes(`sum(orders_${event}_total${SHIPPED})`, counter);
    }
  });

  test('every timer of its table, with its count', async () => {
    expect(result.timers.length).toBeGreaterThanOrEqual(3);
    for (const { name, tags, count, percentilesUs } of result.timers) {
      const labels = Object.entries(tags).map(([tag, value]) => `, ${tag}="${value}"`);
      await becomes(`sum(${name}_duration_us_count{job="hft-otel-demo"${labels.join('')}})`, count);
      expect(Object.keys(percentilesUs)).toEqual(['50', '95', '99', '99.9']);
    }
  });

  test('what Prometheus scraped while it ran never exceeds what it counted in the end', async () => {
    const [scraped] = await query('sum(max_over_time(orders_placed_total{job="demo"}[10m]))');
    const placed = result.orders.find(({ event }) => event === 'placed')!.counter!;
    expect(Number(scraped!.value![1])).toBeGreaterThan(0);
    expect(Number(scraped!.value![1])).toBeLessThanOrEqual(placed);
    const [calls] = await query('sum(max_over_time(hft_call_duration_ns_count{job="demo"}[10m]))');
    expect(Number(calls!.value![1])).toBeGreaterThan(0);
  });
});
