// A broker that gives up its partitions may have written a batch and answer all the same that it does not lead them. If it is away for longer than the
// exporter waits, the exporter's client takes the batch's number back. The next batch under that number must be the same one: another one as long is taken
// by Kafka for a repetition, and is dropped without a word. So a gateway has one batch of a topic under way, and never gives one up.

import { mkdirSync } from 'node:fs';
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
  toGateway,
} from '../../scripts/servers/run.ts';
import { makeSecrets } from '../../scripts/stack/secrets.ts';
import { startKafkaProxy } from './kafka-proxy.ts';
import { nowUnixNanos, sendLogs } from './otlp.ts';
import { testFolder } from './support.ts';

const SENDERS = 12;
const OUTAGES = 3;
/** With the moments before a denial, just longer than the five seconds that an exporter waits by default. */
const AWAY_MILLIS = 4_980;
/** Longer than a gateway gathers a batch: most have one message of each sender, so a batch is as long as those that it could be taken for. */
const EACH_MILLIS = 150;

const folder = testFolder('kafka-in-doubt');
let ports: { agent: CollectorPorts; gateway: CollectorPorts };
let bootstrap: string;
let proxy: Awaited<ReturnType<typeof startKafkaProxy>>;
const servers: RunningServer[] = [];

beforeAll(async () => {
  mkdirSync(folder.path, { recursive: true });
  const secretsFolder = join(folder.path, 'secrets');
  await makeSecrets(secretsFolder);
  const [broker, controller] = (await freePorts(2)) as [number, number];
  proxy = await startKafkaProxy(broker);
  bootstrap = `127.0.0.1:${proxy.port}`;
  const properties = { 'advertised.listeners': `PLAINTEXT://${bootstrap}` };
  servers.push(await startKafka({ folder: folder.path, nodes: [{ broker, controller }], index: 0, properties }));
  await makeKafkaTopics(proxy.port, { KAFKA_PARTITIONS: '4' });
  ports = { agent: await collectorPorts(), gateway: await collectorPorts() };
  servers.push(
    await startGateway({
      folder: join(folder.path, 'gateway'),
      secretsFolder,
      ports: ports.gateway,
      overlays: ['kafka/gateway.yaml'],
      env: { KAFKA_BROKER: bootstrap },
    }),
    await startAgent({
      folder: join(folder.path, 'agent'),
      secretsFolder,
      ports: ports.agent,
      env: toGateway(ports.gateway),
    }),
  );
}, 120_000);

afterAll(async () => {
  for (const server of servers.reverse()) await server.stop();
  await proxy?.close();
  folder.remove();
});

test('what a broker has written and not answered for, before an outage, costs no other record', async () => {
  let isOver = false;
  let rounds = 0;
  const sending = (async () => {
    for (; !isOver; rounds++) {
      const answers = Array.from({ length: SENDERS }, (_, sender) => {
        const record = { body: `<${sender} ${rounds}>`, timeUnixNanos: nowUnixNanos(), severityNumber: 9 };
        return sendLogs(`http://127.0.0.1:${ports.agent.http}`, { service: `in-doubt-${sender}` }, [record]);
      });
      for (const { status } of await Promise.all(answers)) expect(status).toBe(200);
      await sleep(EACH_MILLIS);
    }
  })();
  try {
    for (let outage = 0; outage < OUTAGES; outage++) {
      await sleep(1_500);
      await proxy.denyOnceAndLeave();
      // Back while the exporter pauses before its next attempt: what comes first then goes alone.
      await sleep(AWAY_MILLIS + outage * 60);
      await proxy.comeBack();
      await sleep(1_500);
    }
  } finally {
    isOver = true;
    await sending;
  }
  const expected = Array.from({ length: rounds * SENDERS }, (_, i) => `<${i % SENDERS} ${Math.floor(i / SENDERS)}>`);
  const consumer = ['org.apache.kafka.tools.consumer.ConsoleConsumer', '--bootstrap-server', bootstrap, '--topic', 'hft-logs'];
  let missing: readonly string[] = expected;
  for (let look = 0; missing.length > 0 && look < 6; look++) {
    const written = new Set(
      (await runKafkaTool([...consumer, '--from-beginning', '--timeout-ms', '5000'])).match(/<\d+ \d+>/g) ?? [],
    );
    missing = expected.filter((body) => !written.has(body));
  }
  expect(missing).toEqual([]);
}, 240_000);
