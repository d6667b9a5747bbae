// Every alert fires on the running servers because its cause is there: services of our package and collectors in all the trouble that rules
// speak of, side by side. That each is silent while all is well, and its texts, is shown by promtool's tests (config.test.ts).

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunningServer } from '../../scripts/servers/process.ts';
import { freePorts } from '../../scripts/servers/process.ts';
import { CONFIG, type CollectorPorts, collectorPorts, startAgent } from '../../scripts/servers/run.ts';
import { queryPrometheus } from '../../scripts/stack/query.ts';
import { type Stack, startStack } from '../../scripts/stack/stack.ts';
import { auditRecord, nowUnixNanos, sendLogs } from './otlp.ts';
import { KILLER, type Service, type ServiceOrder, startService } from './service.ts';
import { eventually, testFolder } from './support.ts';

/** Rules wait a minute, some of them for two, and are evaluated each quarter of one. */
const FIRES_WITHIN_MILLIS = 180_000;
const NOBODY = 'http://127.0.0.1:9';
const EIGHT_DAYS_NANOS = 8n * 86_400_000_000_000n;

const folder = testFolder('alerts');
const services: Service[] = [];
let stack: Stack;
let cutOff: RunningServer;
let dead: RunningServer;

beforeAll(async () => {
  const [cutOffPorts, deadPorts, [scrapePort]] = await Promise.all([collectorPorts(), collectorPorts(), freePorts(1)]);
  const agent = ({ telemetry }: CollectorPorts) => [{ targets: [`127.0.0.1:${telemetry}`], labels: { tier: 'agent' } }];
  stack = await startStack({
    folder: folder.path,
    targets: {
      'collector-cut-off': agent(cutOffPorts),
      'collector-dead': agent(deadPorts),
      service: [{ targets: [`127.0.0.1:${scrapePort}`], labels: { job: 'gone' } }],
    },
  });
  [cutOff, dead] = await Promise.all([startCutOffAgent(cutOffPorts), startAgentOn(deadPorts, 'dead')]);

  const healthy = { endpoint: stack.otlpUrl, auditEndpoint: `${stack.auditOtlpUrl}/v1/logs`, metricsIntervalMillis: 5_000 };
  // Little each: ten services and six servers share a machine, and where that has no time left, audit arrives late, which is an alert too.
  const calm = { logsPerSecond: 100, auditsPerSecond: 20, tickMillis: 50 };
  run('busy', calm, { backends: { otlp: healthy } });
  run('slow', { ...calm, placementMicros: 100_000 }, { backends: { otlp: healthy } });
  const mortal = run('mortal', calm, { ...KILLER, backends: { ...KILLER.backends, otlp: healthy } });
  const smallRing = (name: string): ServiceOrder['config'] => ({
    ringBufferSize: 64,
    batchSize: 64,
    backends: {
      otlp: { ...healthy, level: 'error', metricsIntervalMillis: 100 },
      audit: { path: join(folder.path, `${name}.jsonl`) },
    },
  });
  // Bursts of 250 logs into a ring for 64. Its fill is looked at often, to be seen while one lasts; few of its records go further.
  run('flooded', { ...calm, logsPerSecond: 10_000, tickMillis: 25 }, smallRing('flooded'));
  // Bursts of 2,000 audit events, in less time than a worker takes to wake up.
  run('hasty', { logsPerSecond: 10, auditsPerSecond: 200, tickMillis: 10_000 }, smallRing('hasty'));
  // Its metrics arrive, its records do not.
  run('parted', calm, {
    backends: {
      otlp: {
        ...healthy,
        logsEndpoint: `${NOBODY}/v1/logs`,
        auditEndpoint: `${NOBODY}/v1/logs`,
        queueBytes: 131_072,
        maxRequestBytes: 131_072,
      },
    },
  });
  // What waits for it soon fills half of the smallest spool.
  run(
    'hoarding',
    { ...calm, logsPerSecond: 300 },
    {
      backends: {
        otlp: {
          ...healthy,
          logsEndpoint: `${NOBODY}/v1/logs`,
          queueBytes: 131_072,
          spool: { directory: join(folder.path, 'spool'), maxBytes: 1_048_576 },
        },
      },
    },
  );
  const killed = { persistence: { enabled: true, directory: join(folder.path, 'runs') }, backends: { otlp: healthy } };
  const first = run('killed', calm, killed);
  run('cut-off', calm, {
    backends: {
      otlp: {
        endpoint: `http://127.0.0.1:${cutOffPorts.http}`,
        auditEndpoint: `http://127.0.0.1:${cutOffPorts.auditHttp}/v1/logs`,
      },
    },
  });
  const gone = run('gone', calm, { backends: { prometheus: { port: scrapePort } } });

  await eventually('the service that is scraped to be seen', async () => {
    const { series } = await queryPrometheus(stack.prometheusUrl, 'hft_log_accepted_total{service_name="gone"}');
    return series.length > 0 ? true : undefined;
  });
  await eventually('the agent that is to die to be seen', async () => {
    const { series } = await queryPrometheus(
      stack.prometheusUrl,
      `up{job="collector", instance="127.0.0.1:${deadPorts.telemetry}"} == 1`,
    );
    return series.length > 0 ? true : undefined;
  });
  await eventually('the service that is to be recovered to be seen', async () => {
    const { series } = await queryPrometheus(stack.prometheusUrl, 'hft_log_accepted_total{service_name="killed"}');
    return series.length > 0 ? true : undefined;
  });
  await Promise.all([gone.kill(), dead.kill(), first.kill()]);
  run('killed', calm, killed);
  mortal.die();
  // What a package with a whole ring cannot do: numbers 1, 2 and 5.
  await sendLogs(
    stack.auditOtlpUrl,
    { service: 'gap' },
    [1, 2, 5].map((number) => auditRecord(number, nowUnixNanos() + BigInt(number))),
  );
  // Older than Loki takes, and one beside it that is not.
  await sendLogs(
    stack.otlpUrl,
    { service: 'old' },
    [nowUnixNanos() - EIGHT_DAYS_NANOS, nowUnixNanos()].map((timeUnixNanos) => ({
      body: 'a record',
      timeUnixNanos,
      severityNumber: 9,
    })),
  );
});

afterAll(async () => {
  await Promise.all(services.map((service) => service.kill()));
  await Promise.all([cutOff?.stop(), dead?.stop()]);
  await stack?.stop();
  folder.remove();
});

function run(name: string, order: Omit<ServiceOrder, 'config'>, config: ServiceOrder['config']): Service {
  const service = startService({ ...order, config: { ...config, service: { name } } });
  services.push(service);
  return service;
}

function startAgentOn(ports: CollectorPorts, name: string, env: Record<string, string> = {}): Promise<RunningServer> {
  return startAgent({ folder: join(folder.path, name), secretsFolder: stack.secretsFolder, ports, env });
}

/** Whose gateway is away, with queues that are soon full. */
function startCutOffAgent(ports: CollectorPorts): Promise<RunningServer> {
  return startAgentOn(ports, 'cut-off', {
    GATEWAY_ENDPOINT: '127.0.0.1:9',
    GATEWAY_AUDIT_ENDPOINT: '127.0.0.1:9',
    AGENT_AUDIT_QUEUE_BYTES: '262144',
    AGENT_LOG_RETRY: '5s',
  });
}

/** What has fired since the stack started: an alert may be over when its turn to be asked for comes. */
async function fired(selector: string): Promise<Readonly<Record<string, string>>[]> {
  const { series } = await queryPrometheus(stack.prometheusUrl, `last_over_time(ALERTS{alertstate="firing", ${selector}}[1h])`);
  return series.map(({ labels }) => labels);
}

async function firing(name: string, labels: Record<string, string>): Promise<void> {
  const matches = (found: Readonly<Record<string, string>>) =>
    Object.entries(labels).every(([key, value]) => found[key] === value);
  await eventually(
    `${name} of ${JSON.stringify(labels)} to fire`,
    async () => {
      const alerts = await fired(`alertname="${name}"`);
      return alerts.some(matches) ? true : undefined;
    },
    FIRES_WITHIN_MILLIS,
  );
}

async function lokiAlerts(name: string): Promise<string[]> {
  const response = await fetch(`${stack.lokiUrl}/prometheus/api/v1/alerts`);
  const { data } = (await response.json()) as { data: { alerts: { state: string; labels: Record<string, string> }[] } };
  return data.alerts
    .filter(({ state, labels }) => labels.alertname === name && state === 'firing')
    .map(({ labels }) => labels.service_name!);
}

describe('Prometheus', () => {
  const ALERTS: readonly [string, string, Record<string, string>][] = [
    ['OrderLatencyBurnsFast', 'orders take 100 ms', { service_name: 'slow', severity: 'page' }],
    ['OrderLatencyBurnsSlowly', 'orders take 100 ms', { service_name: 'slow', severity: 'ticket' }],
    [
      'WarningOrErrorDropped',
      'a flood into a small ring',
      { service_name: 'flooded', level: 'warning', reason: 'ring_full', lane: 'logs' },
    ],
    ['RingNearlyFull', 'a flood into a small ring', { service_name: 'flooded', lane: 'logs' }],
    ['AuditWrittenThrough', 'bursts of audit into a small ring', { service_name: 'hasty' }],
    ['BackendDropped', 'nobody takes its records', { service_name: 'parted', backend: 'otlp', reason: 'queue_full' }],
    ['BackendFailed', 'nobody takes its records', { service_name: 'parted', backend: 'otlp' }],
    ['CircuitOpen', 'nobody takes its records', { service_name: 'parted', backend: 'otlp', lane: 'logs' }],
    ['SpoolHalfFull', 'nobody takes its records', { service_name: 'hoarding', backend: 'otlp', lane: 'logs' }],
    ['RunRecovered', 'it was killed and started again', { service_name: 'killed', outcome: 'recovered' }],
    ['AuditNotDelivered', 'nobody takes its audit', { service_name: 'parted' }],
    ['AuditGap', 'two of five numbers are missing', { service_name: 'gap' }],
    ['AuditGap', 'its callers wrote audit themselves', { service_name: 'hasty' }],
    ['WorkerRestarted', 'its worker ended', { service_name: 'mortal' }],
    ['ServiceSilent', 'its process was killed', { service_name: 'gone' }],
    ['CollectorDown', 'it was killed', { tier: 'agent' }],
    ['CollectorQueueHalfFull', 'its gateway is away', { tier: 'agent', exporter: 'otlp_grpc/audit' }],
    ['AuditQueueStuck', 'its gateway is away', { tier: 'agent', exporter: 'otlp_grpc/audit' }],
    ['CollectorRefuses', 'its queue of audit is full', { tier: 'agent', receiver: 'otlp/audit' }],
    ['CollectorLostRecords', 'it gave logs up', { tier: 'agent', exporter: 'otlp_grpc/logs' }],
    ['CollectorLostRecords', 'Loki refused a record for good', { tier: 'gateway', exporter: 'otlp_http/loki' }],
  ];

  test.each(ALERTS)('%s fires: %s', (name, _, labels) => firing(name, labels), FIRES_WITHIN_MILLIS + 10_000);

  test('these are all of its alerts but those that need Kafka or two gateways, which have a test of their own', () => {
    expect([...new Set(ALERTS.map(([name]) => name))].sort()).toEqual(
      alertsIn('prometheus/service.rules.yaml', 'prometheus/collector.rules.yaml').filter(
        (name) => !/^Kafka|^OneGateway/.test(name),
      ),
    );
  });

  test('AuditGap fires for no service whose audit is whole in Loki; what callers wrote themselves is in their own files alone', async () => {
    const gaps = new Set((await fired('alertname="AuditGap"')).map(({ service_name }) => service_name));
    expect([...gaps].sort()).toEqual(['gap', 'hasty']);
  });

  test('a service in no trouble has no alert of its own', async () => {
    // Loki writes its own alerts there too; those of `busy` have their causes, below.
    const alerts = await fired('service_name="busy", alertname!~"RiskLimitHit|ErrorBurst"');
    expect(alerts.map(({ alertname }) => alertname)).toEqual([]);
  });
});

describe('Loki', () => {
  const ALERTS: readonly [string, string, string][] = [
    ['RiskLimitHit', 'an audit event said so', 'busy'],
    ['ErrorBurst', 'more than one error a second', 'flooded'],
  ];

  test.each(ALERTS)(
    '%s fires: %s',
    async (name, _, service) => {
      await eventually(
        `${name} of ${service}`,
        async () => ((await lokiAlerts(name)).includes(service) ? true : undefined),
        FIRES_WITHIN_MILLIS,
      );
    },
    FIRES_WITHIN_MILLIS + 10_000,
  );

  test('these are all of its alerts', () => {
    expect(ALERTS.map(([name]) => name).sort()).toEqual(alertsIn('loki/fake/audit.yaml'));
  });
});

function alertsIn(...files: string[]): string[] {
  return files
    .flatMap((file) => [...readFileSync(join(CONFIG, 'rules', file), 'utf8').matchAll(/- alert: (\w+)/g)])
    .map(([, name]) => name!)
    .sort();
}
