// What Kafka, or somebody else who uses it, can do to us: a foreign message in the topic, a record over the broker's limit, a wrong
// password, a full disk. A clear message each time, and nothing else lost: every other audit event is in the writer's file.

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePorts, type RunningServer } from '../../scripts/servers/process.ts';
import {
  type CollectorPorts,
  collectorPorts,
  makeKafkaTopics,
  runKafkaTool,
  startAgent,
  startGateway,
  startKafka,
  startWriter,
  toGateway,
} from '../../scripts/servers/run.ts';
import { makeSecrets } from '../../scripts/stack/secrets.ts';
import { smallDisk } from '../backends/file-support.ts';
import { auditRecord, nowUnixNanos, sendLogs } from './otlp.ts';
import { collectorMetric, eventually, readAuditFiles, testFolder } from './support.ts';

const PARTITIONS = 2;
const PASSWORD = 'right';
const USER = { KAFKA_USERNAME: 'gateway', KAFKA_SASL_MECHANISM: 'PLAIN', KAFKA_PLAINTEXT: 'true' };

const folder = testFolder('kafka-refusals');
const secretsFolder = join(folder.path, 'secrets');
const auditFilesFolder = join(folder.path, 'writer', 'audit-files');
let broker: number;
let saslPort: number;
let telemetryPort: number;
let ports: { agent: CollectorPorts; gateway: CollectorPorts };
let startBroker: (properties?: Readonly<Record<string, string>>) => Promise<RunningServer>;
let startGatewayWith: (password?: string) => Promise<RunningServer>;
let kafka: RunningServer;
let gateway: RunningServer;
const others: RunningServer[] = [];

beforeAll(async () => {
  mkdirSync(folder.path, { recursive: true });
  await makeSecrets(secretsFolder);
  const [first, controller, sasl, healthPort, telemetry] = (await freePorts(5)) as [number, number, number, number, number];
  [broker, saslPort, telemetryPort] = [first, sasl, telemetry];
  const login = 'org.apache.kafka.common.security.plain.PlainLoginModule required';
  startBroker = (properties = {}) =>
    startKafka({
      folder: folder.path,
      nodes: [{ broker, controller }],
      index: 0,
      properties: {
        listeners: `PLAINTEXT://127.0.0.1:${broker},SASL_PLAINTEXT://127.0.0.1:${saslPort},CONTROLLER://127.0.0.1:${controller}`,
        'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT',
        'sasl.enabled.mechanisms': 'PLAIN',
        'listener.name.sasl_plaintext.plain.sasl.jaas.config': `${login} user_gateway="${PASSWORD}";`,
        // Small files: one test fills their disk.
        'log.segment.bytes': '1048576',
        'log.index.size.max.bytes': '65536',
        ...properties,
      },
    });
  kafka = await startBroker();
  await makeKafkaTopics(broker, { KAFKA_PARTITIONS: String(PARTITIONS) });
  ports = { agent: await collectorPorts(), gateway: await collectorPorts() };
  startGatewayWith = (password) =>
    startGateway({
      folder: join(folder.path, 'gateway'),
      secretsFolder,
      ports: ports.gateway,
      overlays: ['kafka/gateway.yaml', ...(password === undefined ? [] : ['kafka/gateway-sasl.yaml'])],
      env:
        password === undefined
          ? { KAFKA_BROKER: `127.0.0.1:${broker}` }
          : { KAFKA_BROKER: `127.0.0.1:${saslPort}`, KAFKA_PASSWORD: password, ...USER },
    });
  gateway = await startGatewayWith();
  others.push(
    await startAgent({
      folder: join(folder.path, 'agent'),
      secretsFolder,
      ports: ports.agent,
      env: toGateway(ports.gateway),
    }),
    await startWriter({
      folder: folder.path,
      name: 'writer',
      healthPort,
      telemetryPort,
      overlays: ['kafka/writer-sasl.yaml'],
      env: { KAFKA_BROKER: `127.0.0.1:${saslPort}`, KAFKA_PASSWORD: PASSWORD, ...USER },
    }),
  );
}, 120_000);

afterAll(async () => {
  for (const server of [...others, gateway, kafka]) await server?.stop();
  folder.remove();
});

/** One audit event of each of so many senders, so that every partition gets some. */
async function sendAudits(service: string, senders = 8, attributes: Readonly<Record<string, string>> = {}): Promise<void> {
  for (let sender = 0; sender < senders; sender++) {
    const url = `http://127.0.0.1:${ports.agent.auditHttp}`;
    const { status } = await sendLogs(url, { service, instance: String(sender) }, [
      auditRecord(sender, nowUnixNanos(), attributes),
    ]);
    expect(status).toBe(200);
  }
}

async function expectArrived(service: string, senders = 8): Promise<void> {
  const expected = Array.from({ length: senders }, (_, sender) => String(sender));
  await eventually(
    `${senders} audit events of ${service} in the writer's file`,
    () => {
      if (!existsSync(auditFilesFolder) || readdirSync(auditFilesFolder).length === 0) return undefined;
      const found = readAuditFiles(auditFilesFolder).filter((record) => record.service === service);
      const numbers = new Set(found.map(({ attributes }) => String(attributes['hft.audit.seq'])));
      return numbers.size === senders ? (expect([...numbers].sort()).toEqual(expected) ?? true) : undefined;
    },
    90_000,
  );
}

const logOf = (server: RunningServer) => readFileSync(server.logPath, 'utf8');

test('a foreign message in every partition is stepped over, counted, and named with its offset; it stays in the topic', async () => {
  const garbage = Array.from({ length: PARTITIONS * 12 }, (_, index) => `key-${index}\tthis is no OTLP ${index}`).join('\n');
  const producer = [
    'org.apache.kafka.tools.ConsoleProducer',
    '--bootstrap-server',
    `127.0.0.1:${broker}`,
    '--topic',
    'hft-audit',
  ];
  await runKafkaTool([...producer, '--property', 'parse.key=true'], `${garbage}\n`);
  await sendAudits('beside-foreign');
  await expectArrived('beside-foreign');
  const failed = await collectorMetric(telemetryPort, 'otelcol_kafka_receiver_unmarshal_failed_log_records');
  expect(failed).toBe(2 * PARTITIONS * 12); // Both groups of the topic, Loki's and the files', have met each.
  expect(logOf(others[1]!)).toMatch(/failed to consume message, skipping.*"offset": \d+/);
  const look = [
    'org.apache.kafka.tools.consumer.ConsoleConsumer',
    '--bootstrap-server',
    `127.0.0.1:${broker}`,
    '--topic',
    'hft-audit',
  ];
  const kept = await runKafkaTool([...look, '--from-beginning', '--timeout-ms', '5000']);
  expect(kept.match(/this is no OTLP \d+/g)).toHaveLength(PARTITIONS * 12);
}, 120_000);

test('a record over the broker’s limit is refused there, counted, said; those after it arrive, and it is in the gateway’s file', async () => {
  const configs = ['kafka.admin.ConfigCommand', '--bootstrap-server', `127.0.0.1:${broker}`, '--alter'];
  const limit = async (bytes: number) =>
    runKafkaTool([...configs, '--topic', 'hft-audit', '--add-config', `max.message.bytes=${bytes}`]);
  await limit(100_000);
  await sendAudits('too-large', 1, { blob: randomBytes(400_000).toString('base64') });
  await eventually('the loss to be counted', async () =>
    (await collectorMetric(ports.gateway.telemetry, 'otelcol_exporter_send_failed_log_records', '"kafka/audit"')) === 1
      ? true
      : undefined,
  );
  expect(logOf(gateway)).toMatch(/Dropping data.*(MESSAGE_TOO_LARGE|too large|larger)/i);
  await sendAudits('after-too-large');
  await expectArrived('after-too-large');
  const inGateway = readAuditFiles(join(folder.path, 'gateway', 'audit-files'));
  expect(inGateway.filter(({ service }) => service === 'too-large')).toHaveLength(1);
  await limit(16_777_216);
}, 120_000);

test('a wrong password: the gateway says so and keeps what it has; with the right one all of it arrives', async () => {
  await gateway.stop();
  gateway = await startGatewayWith('wrong');
  await sendAudits('wrong-password');
  await eventually('the refusal in the log', () =>
    /SASL_AUTHENTICATION_FAILED|[Aa]uthentication failed/.test(logOf(gateway)) ? true : undefined,
  );
  expect(await collectorMetric(ports.gateway.telemetry, 'otelcol_exporter_send_failed_log_records', '"kafka/audit"')).toBe(0);
  await gateway.stop();
  gateway = await startGatewayWith(PASSWORD);
  await expectArrived('wrong-password');
}, 120_000);

test('a full disk ends the broker; the gateway keeps what it has, and all of it arrives when there is room again', async (context) => {
  const disk = smallDisk(60_000_000);
  if (disk === undefined) return context.skip();
  try {
    await kafka.stop();
    const moved = `${disk.path}/data`;
    execFileSync('cp', ['-a', '--sparse=always', join(folder.path, 'kafka-1', 'data'), moved]);
    kafka = await startBroker({ 'log.dirs': moved });
    await sendAudits('before-full');
    await expectArrived('before-full');
    for (let file = 0; ; file++) {
      try {
        writeFileSync(`${disk.path}/filler-${file}`, randomBytes(Math.max(1_000, 4_000_000 >> file)));
      } catch {
        break;
      }
    }
    await sendAudits('while-full', 8, { blob: randomBytes(100_000).toString('base64') });
    await eventually('the broker to end', () => (kafka.isRunning() ? undefined : true), 60_000);
    expect(logOf(kafka)).toMatch(/No space left on device/);
    for (const file of readdirSync(disk.path)) if (file.startsWith('filler')) rmSync(join(disk.path, file));
    await sleep(1_000);
    kafka = await startBroker({ 'log.dirs': moved });
    await expectArrived('while-full');
  } finally {
    await kafka.stop();
    disk.remove();
  }
}, 180_000);
