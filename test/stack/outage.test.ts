// Each tier stopped or killed while a service logs with our package: audit is complete in the end, and every log record is in Loki or
// declared lost, by the service's health() or by a collector's own metrics. Exactly.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunningServer } from '../../scripts/servers/process.ts';
import { collectorPorts, startAgent, toGateway } from '../../scripts/servers/run.ts';
import { allLines } from '../../scripts/stack/query.ts';
import { type Stack, startStack } from '../../scripts/stack/stack.ts';
import type { OtlpConfig } from '../../src/config/types.ts';
import { declaredLost, type Service, startService } from './service.ts';
import { collectorMetric, eventually, readAuditFiles, testFolder } from './support.ts';

/** How long Loki is away. The whole minute takes HFT_OUTAGE_SECONDS=60. */
const LOKI_AWAY_SECONDS = Number(process.env.HFT_OUTAGE_SECONDS ?? 10);

const folder = testFolder('outage');
let stack: Stack;

beforeAll(async () => {
  stack = await startStack({ folder: folder.path });
});
afterAll(async () => {
  await stack?.stop();
  folder.remove();
});

interface Outcome {
  readonly logs: {
    readonly produced: number;
    readonly inLoki: number;
    readonly lostByService: number;
    readonly lostByCollectors: number;
  };
  readonly audits: { readonly produced: number; readonly inLoki: number; readonly inFiles: number };
  /** Copies beyond the first, of all that arrived. */
  readonly twice: { readonly logsInLoki: number; readonly auditsInLoki: number; readonly auditsInFiles: number };
}

interface Scenario {
  readonly name: string;
  readonly otlp: OtlpConfig;
  readonly logsPerSecond?: number;
  /** Telemetry ports of the collectors on the way, asked for what they have lost. */
  readonly telemetry: () => readonly number[];
  readonly outage: (service: Service) => Promise<void>;
}

/** Under load before, during and after; counted when nothing is on its way any more. */
async function sufferedBy({ name, otlp, logsPerSecond = 2_000, telemetry, outage }: Scenario): Promise<Outcome> {
  const service = startService({ config: { service: { name }, backends: { otlp } }, logsPerSecond, auditsPerSecond: 100 });
  const delivered = async () => (await service.health()).backends.otlp!.delivered;
  const more = async (records: number, than: number) => ((await delivered()) >= than + records ? true : undefined);
  await eventually('records to be delivered before the outage', () => more(2_000, 0));
  await outage(service);
  const until = await delivered();
  await eventually('records to be delivered after the outage', () => more(2_000, until), 60_000);
  const produced = await service.stop();
  const account = await service.settled(60_000);
  await service.close();
  const lostByService = declaredLost(account);

  const lostByCollectors = async () => {
    const lost = await Promise.all(telemetry().map((port) => collectorMetric(port, 'otelcol_exporter_send_failed_log_records')));
    return lost.reduce((sum, records) => sum + records, 0);
  };
  const distinct = (numbers: readonly number[]) => new Set(numbers).size;
  const [logs, audits] = await eventually(
    'every record to be in Loki or lost',
    async () => {
      const arrived = [await numbersInLoki(name, 'logs'), await numbersInLoki(name, 'audit')] as const;
      const accounted = distinct(arrived[0]) + distinct(arrived[1]) + lostByService + (await lostByCollectors());
      return accounted >= produced.logs + produced.audits ? arrived : undefined;
    },
    90_000,
  );
  const inFiles = readAuditFiles(stack.auditFilesFolder)
    .filter((record) => record.service === name)
    .map(({ attributes }) => Number(attributes['hft.audit.seq']));
  const outcome = {
    logs: { produced: produced.logs, inLoki: distinct(logs), lostByService, lostByCollectors: await lostByCollectors() },
    audits: { produced: produced.audits, inLoki: distinct(audits), inFiles: distinct(inFiles) },
    twice: {
      logsInLoki: logs.length - distinct(logs),
      auditsInLoki: audits.length - distinct(audits),
      auditsInFiles: inFiles.length - distinct(inFiles),
    },
  };
  process.stdout.write(`${name}: ${JSON.stringify({ ...outcome, retries: account.backends.otlp!.retries })}\n`);
  return outcome;
}

const NUMBER = { logs: 'number', audit: 'hft_audit_seq' };

/** Numbered records: what the pipeline says of itself has none. */
const selection = (service: string, lane: 'logs' | 'audit') =>
  `{service_name="${service}", lane="${lane}"} | ${NUMBER[lane]} != ""`;

/** Every number of a service in Loki, as often as it is there. */
async function numbersInLoki(service: string, lane: 'logs' | 'audit'): Promise<number[]> {
  const now = Date.now();
  const numbers: number[] = [];
  for await (const { labels } of allLines(stack.lokiUrl, selection(service, lane), { from: now - 900_000, to: now + 60_000 }))
    numbers.push(Number(labels[NUMBER[lane]]));
  return numbers;
}

/** What holds whatever happens. How many copies there are beyond the first is printed: at least once allows them. */
function expectExact({ logs, audits }: Outcome): void {
  expect(logs.inLoki + logs.lostByService + logs.lostByCollectors).toBe(logs.produced);
  expect(audits).toEqual({ produced: audits.produced, inLoki: audits.produced, inFiles: audits.produced });
}

const toStack = (): OtlpConfig => ({ endpoint: stack.otlpUrl, auditEndpoint: `${stack.auditOtlpUrl}/v1/logs` });
const collectorsOfStack = () => [stack.ports.agent.telemetry, stack.ports.gateway.telemetry];

test.each([
  ['the agent is stopped and started', 'agent', 'stop', 2],
  ['the agent is killed and started', 'agent', 'kill', 2],
  ['the gateway is killed and started', 'gateway', 'kill', 3],
  ['Loki is killed and started', 'loki', 'kill', LOKI_AWAY_SECONDS],
] as const)('%s under load: nothing is lost', async (title, server, end, seconds) => {
  const outcome = await sufferedBy({
    name: title.replaceAll(' ', '-'),
    otlp: toStack(),
    telemetry: collectorsOfStack,
    async outage() {
      await stack.servers[server][end]();
      await sleep(seconds * 1_000);
      await stack.start(server);
    },
  });
  expectExact(outcome);
  expect(outcome.logs).toMatchObject({ lostByService: 0, lostByCollectors: 0 });
});

test('an agent away for longer than a service’s queue lasts: the service declares what it could not keep', async () => {
  const outcome = await sufferedBy({
    name: 'full-queue',
    otlp: { ...toStack(), queueBytes: 1024 * 1024, maxRequestBytes: 128 * 1024 },
    logsPerSecond: 5_000,
    telemetry: collectorsOfStack,
    async outage(service) {
      await stack.servers.agent.kill();
      await eventually('the queue to be full', async () => (declaredLost(await service.health()) > 5_000 ? true : undefined));
      await stack.start('agent');
    },
  });
  expectExact(outcome);
  expect(outcome.logs.lostByService).toBeGreaterThan(5_000);
});

test('a gateway away for longer than an agent’s queue lasts: the agent refuses, the service declares what it could not keep, and nothing that was answered is lost', async () => {
  const ports = await collectorPorts();
  const agent: RunningServer = await startAgent({
    folder: join(folder.path, 'small'),
    secretsFolder: stack.secretsFolder,
    ports,
    env: {
      ...toGateway(stack.ports.gateway),
      AGENT_LOG_QUEUE_BYTES: '2000000',
    },
  });
  const refused = () => collectorMetric(ports.telemetry, 'otelcol_receiver_refused_log_records');
  try {
    let refusals = 0;
    const outcome = await sufferedBy({
      name: 'small-agent',
      otlp: {
        endpoint: `http://127.0.0.1:${ports.http}`,
        auditEndpoint: `http://127.0.0.1:${ports.auditHttp}/v1/logs`,
        queueBytes: 1024 * 1024,
        maxRequestBytes: 128 * 1024,
      },
      logsPerSecond: 5_000,
      telemetry: () => [ports.telemetry, stack.ports.gateway.telemetry],
      async outage(service) {
        await stack.servers.gateway.kill();
        await eventually('both queues to be full', async () => (declaredLost(await service.health()) > 5_000 ? true : undefined));
        refusals = await refused();
        await stack.start('gateway');
      },
    });
    expect(refusals).toBeGreaterThan(0);
    expectExact(outcome);
    expect(outcome.logs.lostByService).toBeGreaterThan(5_000);
    expect(outcome.logs.lostByCollectors).toBe(0);
  } finally {
    await agent.stop();
  }
});

test('a gateway away for longer than an agent tries: the agent declares what it gave up', async () => {
  const ports = await collectorPorts();
  const agent: RunningServer = await startAgent({
    folder: join(folder.path, 'impatient'),
    secretsFolder: stack.secretsFolder,
    ports,
    env: {
      ...toGateway(stack.ports.gateway),
      AGENT_LOG_RETRY: '5s',
    },
  });
  try {
    const outcome = await sufferedBy({
      name: 'impatient-agent',
      otlp: { endpoint: `http://127.0.0.1:${ports.http}`, auditEndpoint: `http://127.0.0.1:${ports.auditHttp}/v1/logs` },
      telemetry: () => [ports.telemetry, stack.ports.gateway.telemetry],
      async outage() {
        // Killed, it may have passed on what it has not answered: that would arrive, and the agent would declare it lost as well.
        await stack.servers.gateway.stop();
        const lost = () => collectorMetric(ports.telemetry, 'otelcol_exporter_send_failed_log_records');
        await eventually('the agent to give up', async () => ((await lost()) > 0 ? true : undefined));
        await stack.start('gateway');
      },
    });
    expectExact(outcome);
    expect(outcome.logs.lostByService).toBe(0);
    expect(outcome.logs.lostByCollectors).toBeGreaterThan(0);
  } finally {
    await agent.stop();
  }
});
