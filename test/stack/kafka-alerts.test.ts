// Alerts on Kafka, on the loss of a gateway and on differences between a host's audit and the far end fire on the running servers, because their
// cause is there. All of it side by side, because the rules wait for minutes.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePorts, type RunningServer } from '../../scripts/servers/process.ts';
import { runKafkaTool, startWriter } from '../../scripts/servers/run.ts';
import { type Cluster, startCluster } from '../../scripts/stack/cluster.ts';
import { queryPrometheus } from '../../scripts/stack/query.ts';
import { runProgram } from '../support/child.ts';
import { type Service, type ServiceOrder, startService } from './service.ts';
import { eventually, testFolder } from './support.ts';

/** `KafkaWriterStopped` looks at two minutes, waits for two more, and is evaluated each quarter of one. */
const FIRES_WITHIN_MILLIS = 480_000;
const PARTITIONS = 2;
const AUDITS = 200;
const CLI = join(import.meta.dirname, '../../src/cli/main.ts');

const folder = testFolder('kafka-alerts');
const metricsFile = join(folder.path, 'reconcile.prom');
const services: Service[] = [];
let cluster: Cluster;
let writer: RunningServer;
let nodeExporter: Server;

beforeAll(async () => {
  const [healthPort, telemetryPort, exporterPort] = (await freePorts(3)) as [number, number, number];
  cluster = await startCluster({
    folder: folder.path,
    agents: 1,
    writers: 0,
    partitions: PARTITIONS,
    targets: {
      'collector-writer': [{ targets: [`127.0.0.1:${telemetryPort}`], labels: { tier: 'writer' } }],
      'service-host': [{ targets: [`127.0.0.1:${exporterPort}`], labels: { job: 'host' } }],
    },
  });
  nodeExporter = await serveTextfile(exporterPort);
  await produceForeignMessages();
  writer = await startWriterWithoutAuditFiles(healthPort, telemetryPort);
  await reconcileWithCutFiles();
  // Audit goes on, into Kafka.
  services.push(startService({ ...order('desk'), logsPerSecond: 10, auditsPerSecond: 20 }));
  await eventually(
    'both gateways to be seen',
    async () => {
      const { series } = await queryPrometheus(cluster.prometheusUrl, 'up{job="collector", tier="gateway"} == 1');
      return series.length === 2 ? true : undefined;
    },
    120_000,
  );
  await cluster.servers.get('gateway-2')!.kill();
  // The writer's store goes away when the writer has stepped over the foreign messages.
  await eventually(
    'the foreign messages to be counted',
    async () => {
      const counted =
        'sum(otelcol_kafka_receiver_unmarshal_failed_log_records) > 0 and sum(otelcol_exporter_sent_log_records{tier="writer"}) > 0';
      const { series } = await queryPrometheus(cluster.prometheusUrl, counted);
      return series.length === 1 ? true : undefined;
    },
    120_000,
  );
  await cluster.servers.get('loki')!.kill();
}, 600_000);

afterAll(async () => {
  await Promise.all(services.map((service) => service.kill()));
  await writer?.stop();
  await cluster?.stop();
  nodeExporter?.close();
  folder.remove();
});

function order(name: string): Pick<ServiceOrder, 'config'> {
  const agent = cluster.agents[0]!;
  return {
    config: {
      service: { name },
      backends: {
        audit: { path: join(folder.path, `${name}-audit.jsonl`), rotation: 'none' },
        otlp: { endpoint: agent.otlpUrl, auditEndpoint: `${agent.auditOtlpUrl}/v1/logs`, metricsIntervalMillis: 1_000 },
      },
    },
  };
}

/** What a node exporter does with a file in its textfile folder. */
async function serveTextfile(port: number): Promise<Server> {
  const server = createServer((_, response) => {
    response.setHeader('Content-Type', 'text/plain; version=0.0.4');
    try {
      response.end(readFileSync(metricsFile));
    } catch {
      response.end('');
    }
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return server;
}

async function produceForeignMessages(): Promise<void> {
  const messages = Array.from({ length: PARTITIONS * 12 }, (_, index) => `key-${index}\tthis is no OTLP ${index}`).join('\n');
  const words = ['org.apache.kafka.tools.ConsoleProducer', '--bootstrap-server', `127.0.0.1:${cluster.kafkaPorts[0]}`];
  await runKafkaTool([...words, '--topic', 'hft-audit', '--property', 'parse.key=true'], `${messages}\n`);
}

/** Its consumer for the audit files reaches no broker. */
function startWriterWithoutAuditFiles(healthPort: number, telemetryPort: number): Promise<RunningServer> {
  const overlay = join(folder.path, 'no-audit-files.yaml');
  writeFileSync(overlay, 'receivers:\n  kafka/audit_files:\n    brokers: ["127.0.0.1:9"]\n');
  return startWriter({
    folder: folder.path,
    name: 'writer',
    healthPort,
    telemetryPort,
    overlays: [overlay],
    env: {
      KAFKA_BROKER: `127.0.0.1:${cluster.kafkaPorts[0]}`,
      LOKI_URL: cluster.lokiUrl,
      PROMETHEUS_URL: cluster.prometheusUrl,
    },
  });
}

/** The timer job, with whole files of the gateways and then with files without the lines of one event. */
async function reconcileWithCutFiles(): Promise<void> {
  const service = startService({ ...order('host'), logs: 0, logsPerSecond: 1, audits: AUDITS, auditsPerSecond: 200 });
  await service.produced;
  await service.settled(120_000);
  await service.close();
  const files = cluster.gateways.flatMap(({ auditFilesFolder }) => {
    try {
      return readdirSync(auditFilesFolder).map((name) => join(auditFilesFolder, name));
    } catch {
      return []; // A gateway that no audit went through.
    }
  });
  const reconcile = (gateway: readonly string[]) =>
    runProgram(
      CLI,
      [
        ...['audit', 'reconcile', join(folder.path, 'host-audit.jsonl'), '--quiet'],
        ...['--gateway', gateway.join(','), '--service', 'host', '--metrics', metricsFile],
      ],
      { timeoutMillis: 60_000 },
    );
  await eventually('every event in the files of the gateways', async () =>
    (await reconcile(files)).code === 0 ? true : undefined,
  );
  expect(readFileSync(metricsFile, 'utf8')).toContain('hft_audit_reconcile_exit_code{service_name="host"} 0\n');

  const cut = join(folder.path, 'cut');
  mkdirSync(cut);
  // The event may be in both gateways' files: what a slow gateway had not answered was sent to the other one too.
  const event = `"hft.audit.seq","value":{"intValue":"${AUDITS / 2}"}`;
  const copies = files.map((file, index) => {
    const copy = join(cut, `${index}.jsonl`);
    const lines = readFileSync(file, 'utf8').split('\n');
    writeFileSync(copy, lines.filter((line) => !line.includes(event)).join('\n'));
    return copy;
  });
  const { code, stderr } = await reconcile(copies);
  expect([code, stderr]).toEqual([1, '']);
  expect(readFileSync(metricsFile, 'utf8')).toMatch(/hft_audit_reconcile_missing_events\{service_name="host"\} [1-9]/);
}

test.each([
  ['KafkaForeignMessage', 'somebody else has written into the topic', { topic: 'hft-audit' }],
  ['KafkaLag', 'the store behind the writer is wholly away', { topic: 'hft-logs' }],
  ['KafkaStoreAway', 'Loki was killed', { exporter: 'otlp_http/loki' }],
  ['KafkaWriterStopped', 'nobody takes audit out', {}],
  ['CollectorDown', 'a gateway was killed', { tier: 'gateway' }],
  ['OneGatewayLeft', 'one of two gateways was killed', {}],
  ['AuditReconcileDiffers', 'a line of a gateway’s file is missing', { service_name: 'host' }],
] as const)(
  '%s fires: %s',
  async (name, _, labels: Readonly<Record<string, string>>) => {
    const selector = Object.entries({ alertname: name, alertstate: 'firing', ...labels }).map(
      ([key, value]) => `${key}="${value}"`,
    );
    await eventually(
      `${name} to fire`,
      async () => {
        const { series } = await queryPrometheus(cluster.prometheusUrl, `last_over_time(ALERTS{${selector.join()}}[1h])`);
        return series.length > 0 ? true : undefined;
      },
      FIRES_WITHIN_MILLIS,
    );
  },
  FIRES_WITHIN_MILLIS + 10_000,
);

test('a writer whose store is away pauses between its attempts, and has neither lost nor refused anything', async () => {
  const pauses = [...readFileSync(join(folder.path, 'writer.log'), 'utf8').matchAll(/"delay": ([\d.]+)/g)].map(([, seconds]) =>
    Number(seconds),
  );
  expect(pauses.length).toBeGreaterThan(0);
  expect(Math.min(...pauses)).toBeGreaterThan(0.2);
  const alerts = 'max_over_time(ALERTS{alertname=~"CollectorLostRecords|CollectorRefuses", tier="writer"}[1h])';
  expect((await queryPrometheus(cluster.prometheusUrl, alerts)).series).toEqual([]);
});
