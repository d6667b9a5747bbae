// Every expression of every panel, variable, annotation and rule, run against the real servers while the demo trades: none is refused, and
// each answers with data. What would be empty while all is well is caused first.

import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { freePorts } from '../../scripts/servers/process.ts';
import { CONFIG } from '../../scripts/servers/run.ts';
import { fill, readDashboards, runTarget } from '../../scripts/stack/dashboards.ts';
import { DEMO_SERVICE, type DemoRun, startDemo } from '../../scripts/stack/demo.ts';
import { labelValues, queryLoki, queryPrometheus } from '../../scripts/stack/query.ts';
import { type Stack, startStack } from '../../scripts/stack/stack.ts';
import { nowUnixNanos, sendLogs } from './otlp.ts';
import { type Service, startService } from './service.ts';
import { eventually, testFolder } from './support.ts';

const folder = testFolder('queries');
const EIGHT_DAYS_NANOS = 8n * 86_400_000_000_000n;
const FILLING = { interval: '1m', range: '10m' };
let stack: Stack;
let demo: DemoRun;
let flooded: Service;
let elsewhere: Server;

/** What a service with a witness says on a host whose clock is kept, and the timer job that verifies its trail: this machine's clock is nobody's to keep. */
const ELSEWHERE = `
hft_audit_tree_cosigned_lines{service_name="elsewhere"} 100
hft_audit_witness_cosigned_age_seconds{service_name="elsewhere",witness="vault"} 3
hft_audit_verify_exit_code{service_name="elsewhere"} 0
hft_clock_offset_seconds{service_name="elsewhere",source="adjtimex"} 0.00001
hft_clock_max_error_seconds{service_name="elsewhere",source="adjtimex"} 0.00002
`;

const recent = () => ({ from: Date.now() - 600_000, to: Date.now() + 5_000, stepSeconds: 15 });

beforeAll(async () => {
  const [port] = await freePorts(1);
  elsewhere = createServer((_, response) => response.setHeader('Content-Type', 'text/plain; version=0.0.4').end(ELSEWHERE));
  await new Promise<void>((resolve) => elsewhere.listen(port, '127.0.0.1', resolve));
  stack = await startStack({
    folder: folder.path,
    targets: { service: [{ targets: [`127.0.0.1:${port}`], labels: { job: 'elsewhere' } }] },
  });
  demo = startDemo(stack.otlpUrl, folder.path);
  // Older than Loki takes: refused for good, so that the gateway counts a loss.
  const old = { body: 'a record', timeUnixNanos: nowUnixNanos() - EIGHT_DAYS_NANOS, severityNumber: 9 };
  await sendLogs(stack.otlpUrl, { service: 'old' }, [old]);
  // Loses records at its ring: what logging says of itself is otherwise nothing.
  flooded = startService({
    config: {
      service: { name: 'flooded' },
      ringBufferSize: 64,
      batchSize: 64,
      sampling: [{ first: 1, every: 2 }],
      backends: { otlp: { endpoint: stack.otlpUrl, level: 'warning', metricsIntervalMillis: 1_000 } },
    },
    // A burst of 4,000 each second, until the end: a counter that is first exported at its final value has no rate.
    tickMillis: 1_000,
    logsPerSecond: 4_000,
    auditsPerSecond: 0,
  });
  // What takes longest to have an answer: two scrapes, two evaluations, exports in between.
  const slow = [
    'rate(otelcol_exporter_send_failed_log_records[1m])',
    'service_name:order_placement_slow:ratio_rate5m',
    'rate(ws_reconnects_total[1m])',
    'rate(hft_log_dropped_total[1m]) > 0',
    'rate(hft_log_unrouted_total[1m]) > 0',
    'rate(hft_log_sampled_out_total[1m]) > 0',
    'hft_clock_offset_seconds',
    ...recordingsOfLoki(),
  ];
  await eventually(
    'an answer to each',
    async () => {
      for (const expr of slow) {
        const { series } = await queryPrometheus(stack.prometheusUrl, expr);
        if (series.length === 0) throw new Error(`No answer yet: ${expr}`);
      }
      return true;
    },
    120_000,
  );
  await eventually(
    'what logging says of its losses to be in Loki',
    async () => {
      const { lines } = await queryLoki(stack.lokiUrl, '{lane="logs"} | scope_name=~"hft-otel.*"', recent());
      return lines.length > 0 ? true : undefined;
    },
    60_000,
  );
}, 240_000);
afterAll(async () => {
  await demo?.stop();
  await flooded?.kill();
  await stack?.stop();
  elsewhere?.close();
  folder.remove();
});

describe.each([...readDashboards()])('dashboard %s', (_, dashboard) => {
  const targets = dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map((target, index) => ({ title, query: 'ABCDEF'[index]!, target })),
  );

  test.each(targets)('$title, query $query', async ({ target }) => {
    const { series, lines } = await runTarget(stack, target, FILLING, recent());
    expect(series.length + lines.length, fill(target.expr, FILLING)).toBeGreaterThan(0);
    const samples = series.flatMap(({ samples }) => samples);
    const histograms = series.flatMap(({ histograms }) => histograms);
    if (lines.length === 0)
      expect(samples.some(({ value }) => Number.isFinite(value)) || histograms.length > 0, 'a finite value').toBe(true);
  });

  const variables = dashboard.templating.list.filter(({ type }) => type === 'query');
  test.each(variables)('variable $name has values', async ({ definition }) => {
    const [, match, label] = /^label_values\((.*), (\w+)\)$/.exec(definition!)!;
    expect(await labelValues(stack.prometheusUrl, label!, fill(match!, FILLING))).not.toEqual([]);
  });

  test.each(dashboard.annotations.list)('annotation $name', async ({ expr }) => {
    expect((await queryLoki(stack.lokiUrl, fill(expr, FILLING), recent())).lines).not.toEqual([]);
  });
});

interface Rules {
  readonly groups: readonly {
    readonly name: string;
    readonly rules: readonly { alert?: string; record?: string; expr: string }[];
  }[];
}

function rulesOf(file: string) {
  const { groups } = parse(readFileSync(join(CONFIG, 'rules', file), 'utf8')) as Rules;
  return groups
    .flatMap(({ rules }) => rules)
    .map(({ alert, record, expr }) => ({ name: alert ?? record!, isAlert: alert !== undefined, expr }));
}

const recordingsOfLoki = () =>
  rulesOf('loki/fake/audit.yaml')
    .filter(({ isAlert }) => !isAlert)
    .map(({ name }) => name);

describe('rules of Prometheus', () => {
  test.each([...rulesOf('prometheus/service.rules.yaml'), ...rulesOf('prometheus/collector.rules.yaml')])(
    '$name is evaluated',
    async ({ expr, isAlert }) => {
      const { series } = await queryPrometheus(stack.prometheusUrl, expr);
      // That each alert fires for its cause is shown by alerts.test.ts.
      if (!isAlert) expect(series).not.toEqual([]);
    },
  );
});

describe('rules of Loki', () => {
  interface LokiRules {
    readonly data: {
      readonly groups: { readonly rules: { name: string; health: string; lastError?: string; state?: string }[] }[];
    };
  }
  const rules = async () => {
    const response = await fetch(`${stack.lokiUrl}/prometheus/api/v1/rules`);
    return ((await response.json()) as LokiRules).data.groups.flatMap((group) => group.rules);
  };

  test('each is evaluated without an error', async () => {
    const found = await rules();
    expect(found.map(({ name }) => name).sort()).toEqual(
      rulesOf('loki/fake/audit.yaml')
        .map(({ name }) => name)
        .sort(),
    );
    for (const { name, health, lastError } of found)
      expect({ name, health, lastError: lastError ?? '' }).toEqual({ name, health: 'ok', lastError: '' });
  });

  test('recordings arrive in Prometheus: none of the demo’s audit numbers is missing', async () => {
    const missing = await queryPrometheus(stack.prometheusUrl, `hft_audit_missing{service_name="${DEMO_SERVICE}"}`);
    expect(missing.series.map(({ samples }) => samples[0]?.value)).toEqual([0]);
    for (const name of recordingsOfLoki())
      expect((await queryPrometheus(stack.prometheusUrl, name)).series, name).not.toEqual([]);
  });
});
