// Every expression of every panel, variable, annotation and rule, run against the real servers after a service has sent all it
// speaks of: none is refused, each answers with data. What would be empty while all is well is caused first.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { CONFIG } from '../../scripts/servers/run.ts';
import { fill, labelValues, queryLoki, queryPrometheus, readDashboards, runTarget } from '../../scripts/stack/query.ts';
import { type Stack, startStack } from '../../scripts/stack/stack.ts';
import { feed } from './feed.ts';
import { auditRecord, nowUnixNanos, sendLogs, sendMetrics } from './otlp.ts';
import { collectorMetric, eventually, testFolder } from './support.ts';

const folder = testFolder('queries');
const FILLING = { interval: '1m', range: '10m' };
const EIGHT_DAYS_NANOS = 8n * 86_400_000_000_000n;
const SEND_FAILED = 'otelcol_exporter_send_failed_log_records';
const LOKI = '"otlp_http/loki"';
let stack: Stack;

const recent = () => ({ from: Date.now() - 600_000, to: Date.now() + 5_000, stepSeconds: 15 });

beforeAll(async () => {
  stack = await startStack({ folder: folder.path });
  // Older than Loki takes: refused for good, so that the gateway counts a loss. The one beside it is not old.
  await sendLogs(
    stack.otlpUrl,
    { service: 'old' },
    [nowUnixNanos() - EIGHT_DAYS_NANOS, nowUnixNanos()].map((timeUnixNanos) => ({
      body: 'a record',
      timeUnixNanos,
      severityNumber: 9,
    })),
  );
  await eventually('the refusal', async () =>
    (await collectorMetric(stack.ports.gateway.telemetry, SEND_FAILED, LOKI)) > 0 ? true : undefined,
  );
  // Numbers 1, 2 and 5: two are missing.
  await sendLogs(
    stack.auditOtlpUrl,
    { service: 'gap' },
    [1, 2, 5].map((sequence) => auditRecord(sequence, nowUnixNanos() + BigInt(sequence))),
  );
  await feed({ ...stack, sender: { service: 'trader' }, rounds: 12, everyMillis: 3_000 });
  await eventually(
    'rules to have been evaluated and collectors scraped',
    async () => {
      const lost = await queryPrometheus(stack.prometheusUrl, 'rate(otelcol_exporter_send_failed_log_records[1m])');
      const objective = await queryPrometheus(stack.prometheusUrl, 'service_name:order_placement_slow:ratio_rate5m');
      const collected = await queryPrometheus(stack.prometheusUrl, 'hft_audit_collected_sequence');
      return lost.series.length > 0 && objective.series.length > 0 && collected.series.length > 0 ? true : undefined;
    },
    90_000,
  );
});
afterAll(async () => {
  await stack?.stop();
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

describe('rules of Prometheus', () => {
  test.each([...rulesOf('prometheus/service.rules.yaml'), ...rulesOf('prometheus/collector.rules.yaml')])(
    '$name is evaluated',
    async ({ expr, isAlert }) => {
      const { series } = await queryPrometheus(stack.prometheusUrl, expr);
      // That each alert fires for its cause is shown by promtool's tests (config.test.ts).
      if (!isAlert) expect(series).not.toEqual([]);
    },
  );

  test('a record that Loki refused for good makes CollectorLostRecords fire', async () => {
    const { series } = await eventually('the alert', async () => {
      const answer = await queryPrometheus(stack.prometheusUrl, 'ALERTS{alertname="CollectorLostRecords", alertstate="firing"}');
      return answer.series.length > 0 ? answer : undefined;
    });
    expect(series[0]!.labels).toMatchObject({ tier: 'gateway', exporter: 'otlp_http/loki', severity: 'page' });
    // Loki stores what it can of a request and refuses the rest; the collector counts the whole request. So its count is a bound.
    expect(await collectorMetric(stack.ports.gateway.telemetry, SEND_FAILED, LOKI)).toBe(2);
    expect((await queryLoki(stack.lokiUrl, '{service_name="old"}', recent())).lines).toHaveLength(1);
  });
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

  test.each(rulesOf('loki/fake/audit.yaml').filter(({ name }) => name !== 'ErrorBurst'))(
    '$name answers with data',
    async ({ expr }) => {
      expect((await queryLoki(stack.lokiUrl, expr)).series).not.toEqual([]);
    },
  );

  test('recordings arrive in Prometheus: three of five numbers are two missing', async () => {
    const { series } = await queryPrometheus(stack.prometheusUrl, 'hft_audit_missing{service_name="gap"}');
    expect(series[0]?.samples[0]?.value).toBe(2);
    const whole = await queryPrometheus(stack.prometheusUrl, 'hft_audit_missing{service_name="trader"}');
    expect(whole.series[0]?.samples[0]?.value).toBe(0);
  });

  test('the gap makes AuditGap fire after its minute, for that service alone', async () => {
    const alerts = await eventually(
      'the alert',
      async () => {
        const response = await fetch(`${stack.lokiUrl}/prometheus/api/v1/alerts`);
        const { data } = (await response.json()) as { data: { alerts: { state: string; labels: Record<string, string> }[] } };
        const gaps = data.alerts.filter(({ state, labels }) => labels.alertname === 'AuditGap' && state === 'firing');
        return gaps.length > 0 ? gaps : undefined;
      },
      120_000,
    );
    expect(alerts.map(({ labels }) => labels.service_name)).toEqual(['gap']);
  });

  test('errors at more than one a second make ErrorBurst answer', async () => {
    const { expr } = rulesOf('loki/fake/audit.yaml').find(({ name }) => name === 'ErrorBurst')!;
    const errors = Array.from({ length: 1_000 }, (_, index) => ({
      body: 'boom',
      timeUnixNanos: nowUnixNanos() + BigInt(index),
      severityNumber: 17,
    }));
    await sendLogs(stack.otlpUrl, { service: 'burst' }, errors);
    await eventually('the burst', async () => ((await queryLoki(stack.lokiUrl, expr)).series.length > 0 ? true : undefined));
  });
});

test('audit that was numbered a minute ago and has not arrived is AuditNotDelivered; audit that has is not', async () => {
  const { expr } = rulesOf('prometheus/service.rules.yaml').find(({ name }) => name === 'AuditNotDelivered')!;
  await sendMetrics(stack.otlpUrl, { service: 'ahead' }, nowUnixNanos() - 1_000_000_000n, [
    { name: 'hft_audit_sequence', gauge: [{ value: 9 }] },
  ]);
  const series = await eventually(
    'the alert',
    async () => {
      const answer = await queryPrometheus(stack.prometheusUrl, expr);
      return answer.series.length > 0 ? answer.series : undefined;
    },
    120_000,
  );
  expect(series.map(({ labels, samples }) => [labels.service_name, samples[0]!.value])).toEqual([['ahead', 9]]);
});
