// From four processes through two agents, two gateways, Kafka and two writers, to Loki and audit files: every record counted at the far end,
// while a gateway is killed, a broker is killed, all of Kafka is away, and a writer is killed. `npm run test:stack -- kafka` runs the long
// form (200,000 records, three brokers, Kafka away for 60 s); all of test:stack runs a short one on one broker.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { runKafkaTool } from '../../scripts/servers/run.ts';
import { type Cluster, startCluster } from '../../scripts/stack/cluster.ts';
import { allLines, queryPrometheus } from '../../scripts/stack/query.ts';
import type { Health } from '../../src/index.ts';
import { accountOfCollectors, accountOfService } from './account.ts';
import { declaredLost, type Service, startService } from './service.ts';
import { collectorMetric, eventually, parseAuditLine, testFolder } from './support.ts';

const LONG = process.env.HFT_STACK_LONG === 'kafka';
const SERVICES = 4;
/** Of each service. */
const LOGS = LONG ? 50_000 : 5_000;
const AUDITS = LONG ? 5_000 : 500;
const LOGS_PER_SECOND = LONG ? 500 : 250;
const KAFKA_AWAY_MILLIS = LONG ? 60_000 : 5_000;
const BROKERS = LONG ? 3 : 1;
/**
 * Of each service. Debug records, the first to be dropped, may use half of what the queue in front of the agent has beside four requests under way: 6 MiB, some
 * 15,000 records.
 */
const MAX_PENDING = 10_000;
/** What comes later than this after the last has not come. */
const NOTHING_MORE_MILLIS = 120_000;
const STEP_MILLIS = LONG ? 8_000 : 3_000;

const folder = testFolder('kafka');
const nameOf = (index: number) => `desk-${index + 1}`;
let cluster: Cluster;
let services: Service[];
let accounts: Health[];
/** How often each number arrived, by service. */
let logs: Map<string, Map<number, number>>;
let auditsInLoki: Map<string, Map<number, number>>;
let auditsInFiles: Map<string, Map<number, number>>;
/** Lines of audit files that a killed writer left unfinished. */
let tornLines = 0;
let catchUpMillis: number;
/** What every stage says, when no more has come. */
let report: string;
let isGreen = false;

beforeAll(async () => {
  cluster = await startCluster({ folder: folder.path, brokers: BROKERS });
  services = Array.from({ length: SERVICES }, (_, index) => {
    const agent = cluster.agents[index % cluster.agents.length]!;
    return startService({
      config: {
        service: { name: nameOf(index) },
        backends: {
          otlp: {
            endpoint: agent.otlpUrl,
            auditEndpoint: `${agent.auditOtlpUrl}/v1/logs`,
            metricsIntervalMillis: 1_000,
          },
        },
      },
      logs: LOGS,
      audits: AUDITS,
      logsPerSecond: LOGS_PER_SECOND,
      auditsPerSecond: LOGS_PER_SECOND / 10,
      maxPending: MAX_PENDING,
    });
  });
  const produced = Promise.all(services.map((service) => service.produced));

  await sleep(STEP_MILLIS);
  await cluster.servers.get('gateway-1')!.kill();
  await sleep(STEP_MILLIS);
  await cluster.start('gateway-1');
  if (BROKERS > 1) {
    // The partitions that it led get another leader.
    await cluster.servers.get('kafka-1')!.kill();
    await sleep(STEP_MILLIS);
    await cluster.start('kafka-1');
    await sleep(STEP_MILLIS);
  }
  const brokers = numbersUpTo(BROKERS).map((number) => `kafka-${number}` as const);
  await Promise.all(brokers.map((name) => cluster.servers.get(name)!.stop()));
  await sleep(KAFKA_AWAY_MILLIS);
  const back = Date.now();
  await Promise.all(brokers.map(cluster.start));
  await eventually(
    'what waited for Kafka to be on its way',
    async () => ((await queuedBytes()) < 2_000_000 ? true : undefined),
    300_000,
  );
  catchUpMillis = Date.now() - back;
  await cluster.servers.get('writer-1')!.kill();
  await sleep(STEP_MILLIS);
  await cluster.start('writer-1');

  await produced;
  accounts = await Promise.all(services.map((service) => service.settled(300_000)));
  await nothingMoreComes();
  const each = accounts.map((account, index) => accountOfService(nameOf(index), account, logs.get(nameOf(index))!.size));
  report = [...each, await accountOfCollectors(cluster)].join('\n');
  isGreen = true;
}, 1_800_000);

afterEach(({ task }) => {
  if (task.result?.state === 'fail') isGreen = false;
});

afterAll(async () => {
  await Promise.all((services ?? []).map((service) => service.close()));
  await cluster?.stop();
  if (isGreen) folder.remove();
  else process.stdout.write(`Logs and data of every server are kept: ${folder.path}\n`);
});

/** Bytes in the queues of both gateways in front of Kafka. */
async function queuedBytes(): Promise<number> {
  const sizes = await Promise.all(
    cluster.gateways.flatMap(({ ports }) =>
      ['kafka/logs', 'kafka/audit'].map((exporter) =>
        collectorMetric(ports.telemetry, 'otelcol_exporter_queue_size', `"${exporter}"`),
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Until all is there. A machine that others use too may take long: as long as something comes, there is more to come. */
async function nothingMoreComes(): Promise<void> {
  let [most, since] = [-1, Date.now()];
  do {
    [logs, auditsInLoki] = await Promise.all([numbersInLoki('logs', 'number'), numbersInLoki('audit', 'hft_audit_seq')]);
    auditsInFiles = numbersInFiles();
    const [logCount, auditCount, fileCount] = [logs, auditsInLoki, auditsInFiles].map(sizeOf) as [number, number, number];
    if (logCount === SERVICES * LOGS && auditCount === SERVICES * AUDITS && fileCount === SERVICES * AUDITS) return;
    const all = logCount + auditCount + fileCount;
    if (all > most) [most, since] = [all, Date.now()];
    await sleep(2_000);
  } while (Date.now() - since < NOTHING_MORE_MILLIS);
}

const sizeOf = (numbers: Map<string, Map<number, number>>) => [...numbers.values()].reduce((sum, { size }) => sum + size, 0);

async function numbersInLoki(lane: string, key: string): Promise<Map<string, Map<number, number>>> {
  const now = Date.now();
  const found = new Map<string, Map<number, number>>();
  for (let index = 0; index < SERVICES; index++) {
    const numbers = new Map<number, number>();
    const selection = `{service_name="${nameOf(index)}", lane="${lane}"}`;
    for await (const { labels } of allLines(cluster.lokiUrl, selection, { from: now - 3_600_000, to: now + 60_000 }))
      count(numbers, Number(labels[key]));
    found.set(nameOf(index), numbers);
  }
  return found;
}

function numbersInFiles(): Map<string, Map<number, number>> {
  const found = new Map<string, Map<number, number>>();
  tornLines = 0;
  for (const { auditFilesFolder } of cluster.writers)
    for (const file of readdirSync(auditFilesFolder))
      for (const line of readFileSync(`${auditFilesFolder}/${file}`, 'utf8').split('\n')) {
        if (line === '') continue;
        let records: ReturnType<typeof parseAuditLine>;
        try {
          records = parseAuditLine(line);
        } catch {
          tornLines++;
          continue;
        }
        for (const { service, attributes } of records) {
          if (!found.has(service)) found.set(service, new Map());
          count(found.get(service)!, Number(attributes['hft.audit.seq']));
        }
      }
  return found;
}

function count(numbers: Map<number, number>, number: number): void {
  numbers.set(number, (numbers.get(number) ?? 0) + 1);
}

const numbersUpTo = (most: number) => Array.from({ length: most }, (_, index) => index + 1);
const sorted = (numbers: Iterable<number>) => [...numbers].sort((a, b) => a - b);
const twice = (numbers: Map<string, Map<number, number>>) =>
  [...numbers.values()].reduce((sum, copies) => sum + [...copies.values()].filter((times) => times > 1).length, 0);

describe(`of ${SERVICES} × ${LOGS} records and ${SERVICES} × ${AUDITS} audit events, while gateway, Kafka and writer fail`, () => {
  test.each(numbersUpTo(SERVICES).map((number) => [nameOf(number - 1), number - 1] as const))(
    'what %s made has arrived, or it has declared it lost',
    (name, index) => {
      const arrived = logs.get(name)!.size + auditsInLoki.get(name)!.size;
      expect(arrived + declaredLost(accounts[index]!), report).toBe(LOGS + AUDITS);
    },
  );

  test('the services lost none', () => {
    for (const { lanes, backends } of accounts) {
      expect(lanes, report).toMatchObject({
        logs: { accepted: LOGS, droppedTotal: 0 },
        audit: { accepted: AUDITS, droppedTotal: 0 },
      });
      expect(backends.otlp, report).toMatchObject({ delivered: LOGS + AUDITS, droppedTotal: 0 });
    }
  });

  test.each(numbersUpTo(SERVICES).map((number) => nameOf(number - 1)))(
    'every record and audit event of %s has arrived',
    (name) => {
      expect(sorted(logs.get(name)!.keys()), 'logs in Loki').toEqual(numbersUpTo(LOGS));
      expect(sorted(auditsInLoki.get(name)!.keys()), 'audits in Loki').toEqual(numbersUpTo(AUDITS));
      expect(sorted(auditsInFiles.get(name)!.keys()), 'audits in the writers’ files').toEqual(numbersUpTo(AUDITS));
    },
  );

  test('what came twice is what was under way when a server was killed', () => {
    process.stdout.write(
      `twice: ${twice(logs)} logs and ${twice(auditsInLoki)} audits in Loki, ${twice(auditsInFiles)} audits in files; torn lines ${tornLines}; ` +
        `queues in front of Kafka empty ${catchUpMillis} ms after its start began\n`,
    );
    // A killed writer repeats what it had not committed: at most a second's worth of each partition, and one batch under way.
    const most = (total: number) => Math.ceil(total / 2);
    expect(twice(auditsInFiles)).toBeLessThan(most(SERVICES * AUDITS));
    expect(twice(logs)).toBeLessThan(most(SERVICES * LOGS));
    expect(tornLines).toBeLessThanOrEqual(1);
  });

  test('metrics come through Kafka too: the counters of all services, whole', async () => {
    await eventually(
      'the last export',
      async () => {
        const { series } = await queryPrometheus(cluster.prometheusUrl, 'sum(orders_placed_total)');
        return series[0]?.samples[0]?.value === SERVICES * LOGS ? true : undefined;
      },
      60_000,
    );
  });

  test('both gateways had their share', () => {
    // Their files, not their counters: one that was killed counts from nothing.
    for (const { auditFilesFolder } of cluster.gateways)
      expect(
        readdirSync(auditFilesFolder).reduce((sum, name) => sum + statSync(`${auditFilesFolder}/${name}`).size, 0),
      ).toBeGreaterThan(0);
  });

  test('both writers have partitions of every topic', async () => {
    // Not their files: the keys of four services are random, and one time in sixteen lie all in partitions of the other writer.
    for (const group of ['hft-loki-writer-logs', 'hft-loki-writer-audit', 'hft-audit-writer', 'hft-metrics-writer'])
      await eventually(
        `${group} to be shared`,
        async () => {
          const assigned = await runKafkaTool([
            'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
            ...['--bootstrap-server', `127.0.0.1:${cluster.kafkaPorts[0]}`, '--describe', '--group', group],
          ]);
          return cluster.writers.every((_, index) => assigned.includes(`writer-${index + 1}`)) ? true : undefined;
        },
        60_000,
      );
  });
});
