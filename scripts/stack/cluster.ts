// Past one of each, on one machine: agents → gateways → Kafka → writers → Loki, Prometheus and audit files.
// Gateways are addresses of loopback behind one name, as behind a cluster's DNS: an agent spreads what it sends over those that answer.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts, type RunningServer } from '../servers/process.ts';
import {
  COLLECTOR_PORT_COUNT,
  type CollectorPorts,
  collectorPortsFrom,
  type KafkaPorts,
  makeKafkaTopics,
  startAgent,
  startGateway,
  startKafka,
  startLoki,
  startPrometheus,
  startWriter,
  type Targets,
} from '../servers/run.ts';
import { startNameServer } from './names.ts';
import { makeSecrets } from './secrets.ts';

export interface ClusterOptions {
  /** Everything of this run lies here. */
  readonly folder: string;
  /** Default: 2 of each. */
  readonly agents?: number;
  readonly gateways?: number;
  readonly writers?: number;
  /** Nodes of Kafka. Default: 1; with 3 each record is on three, and must be on two before it is answered. */
  readonly brokers?: number;
  /** Default: 4. */
  readonly partitions?: number;
  readonly kafkaProperties?: Readonly<Record<string, string>>;
  readonly lokiEnv?: Readonly<Record<string, string>>;
  readonly targets?: Targets;
  readonly onProgress?: (message: string) => void;
}

/** `kafka-1`, `agent-1`, `gateway-2`, `writer-1`, … */
export type ClusterServer = 'loki' | 'prometheus' | `${'kafka' | 'agent' | 'gateway' | 'writer'}-${number}`;

export interface Cluster {
  readonly folder: string;
  readonly lokiUrl: string;
  readonly lokiPort: number;
  readonly prometheusUrl: string;
  readonly kafkaPorts: readonly number[];
  /** By number, the first is 0. */
  readonly agents: readonly { readonly otlpUrl: string; readonly auditOtlpUrl: string; readonly ports: CollectorPorts }[];
  readonly gateways: readonly { readonly ports: CollectorPorts; readonly auditFilesFolder: string }[];
  readonly writers: readonly { readonly telemetryPort: number; readonly auditFilesFolder: string }[];
  readonly servers: ReadonlyMap<ClusterServer, RunningServer>;
  /** Starts a server that was stopped or killed, on its ports and with its data. */
  start(name: ClusterServer): Promise<RunningServer>;
  stop(): Promise<void>;
}

/** @throws Error of the first server that does not start; those that did are stopped. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { folder, onProgress = () => {} } = options;
  const indices = (count: number) => Array.from({ length: count }, (_, index) => index);
  const secretsFolder = join(folder, 'secrets');
  mkdirSync(folder, { recursive: true });
  await makeSecrets(secretsFolder);
  const [agentCount, gatewayCount, writerCount] = [options.agents ?? 2, options.gateways ?? 2, options.writers ?? 2];
  const brokerCount = options.brokers ?? 1;
  // All at once: a port that was free a moment ago may be handed out again by the next call.
  const free = await freePorts(
    3 + brokerCount * 2 + agentCount * COLLECTOR_PORT_COUNT + COLLECTOR_PORT_COUNT + gatewayCount * 2 + writerCount * 2,
  );
  const port = () => free.pop()!;
  const [lokiHttp, lokiGrpc, prometheusPort] = [port(), port(), port()];
  const nodes = indices(brokerCount).map((): KafkaPorts => ({ broker: port(), controller: port() }));
  const lokiUrl = `http://127.0.0.1:${lokiHttp}`;
  const prometheusUrl = `http://127.0.0.1:${prometheusPort}`;
  const agents = indices(agentCount).map(() => {
    const ports = collectorPortsFrom(port);
    return { ports, otlpUrl: `http://127.0.0.1:${ports.http}`, auditOtlpUrl: `http://127.0.0.1:${ports.auditHttp}` };
  });
  // The same ports at every gateway, each on an address of its own; what is for this machine alone has ports of its own.
  const doors = collectorPortsFrom(port);
  const gateways = indices(gatewayCount).map((index) => ({
    host: `127.0.0.${2 + index}`,
    ports: { ...doors, health: port(), telemetry: port() },
    auditFilesFolder: join(folder, `gateway-${index + 1}`, 'audit-files'),
  }));
  const writers = indices(writerCount).map((index) => ({
    healthPort: port(),
    telemetryPort: port(),
    auditFilesFolder: join(folder, `writer-${index + 1}`, 'audit-files'),
  }));
  const names = await startNameServer({ gateway: gateways.map(({ host }) => host) });
  const kafkaBroker = { KAFKA_BROKER: `127.0.0.1:${nodes[0]!.broker}` };
  const at = (...ports: number[]) => ports.map((port) => `127.0.0.1:${port}`);

  const starters = new Map<ClusterServer, () => Promise<RunningServer>>([
    [
      'loki',
      () =>
        startLoki({
          folder,
          httpPort: lokiHttp,
          grpcPort: lokiGrpc,
          env: { PROMETHEUS_URL: prometheusUrl, ...options.lokiEnv },
        }),
    ],
    [
      'prometheus',
      () =>
        startPrometheus({
          folder,
          port: prometheusPort,
          targets: {
            collector: [
              { targets: at(...agents.map(({ ports }) => ports.telemetry)), labels: { tier: 'agent' } },
              { targets: at(...gateways.map(({ ports }) => ports.telemetry)), labels: { tier: 'gateway' } },
              { targets: at(...writers.map(({ telemetryPort }) => telemetryPort)), labels: { tier: 'writer' } },
            ],
            ...options.targets,
          },
        }),
    ],
    ...nodes.map((_, index): [ClusterServer, () => Promise<RunningServer>] => [
      `kafka-${index + 1}`,
      () => startKafka({ folder, nodes, index, properties: options.kafkaProperties ?? {} }),
    ]),
    ...gateways.map(({ host, ports }, index): [ClusterServer, () => Promise<RunningServer>] => [
      `gateway-${index + 1}`,
      () =>
        startGateway({
          folder: join(folder, `gateway-${index + 1}`),
          secretsFolder,
          ports,
          overlays: ['kafka/gateway.yaml'],
          env: { ...kafkaBroker, GATEWAY_HOST: host },
        }),
    ]),
    ...agents.map(({ ports }, index): [ClusterServer, () => Promise<RunningServer>] => [
      `agent-${index + 1}`,
      () =>
        startAgent({
          folder: join(folder, `agent-${index + 1}`),
          secretsFolder,
          ports,
          env: {
            GATEWAY_ENDPOINT: `dns://127.0.0.1:${names.port}/gateway:${doors.grpc}`,
            GATEWAY_AUDIT_ENDPOINT: `dns://127.0.0.1:${names.port}/gateway:${doors.auditGrpc}`,
          },
        }),
    ]),
    ...writers.map(({ healthPort, telemetryPort }, index): [ClusterServer, () => Promise<RunningServer>] => [
      `writer-${index + 1}`,
      () =>
        startWriter({
          folder,
          name: `writer-${index + 1}`,
          healthPort,
          telemetryPort,
          env: { ...kafkaBroker, LOKI_URL: lokiUrl, PROMETHEUS_URL: prometheusUrl },
        }),
    ]),
  ]);

  const servers = new Map<ClusterServer, RunningServer>();
  const start = async (name: ClusterServer) => {
    const server = await starters.get(name)!();
    servers.set(name, server);
    onProgress(`${name} is ready`);
    return server;
  };
  const stop = async () => {
    // Senders before receivers, so that queues drain rather than fill.
    for (const tier of ['agent', 'gateway', 'writer', 'kafka', 'prometheus', 'loki'])
      await Promise.all([...servers].filter(([name]) => name.startsWith(tier)).map(([, server]) => server.stop()));
    names.close();
  };
  const startAll = async (list: readonly ClusterServer[]) => {
    const failure = (await Promise.allSettled(list.map(start))).find((result) => result.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
  };

  try {
    await startAll([...starters.keys()].filter((name) => !/^(agent|gateway|writer)/.test(name)));
    await makeKafkaTopics(nodes[0]!.broker, {
      KAFKA_PARTITIONS: String(options.partitions ?? 4),
      KAFKA_REPLICAS: String(Math.min(nodes.length, 3)),
      KAFKA_MIN_ISR: String(Math.min(nodes.length, 2)),
    });
    await startAll([...starters.keys()].filter((name) => !servers.has(name)));
  } catch (error) {
    await stop();
    throw error;
  }
  const kafkaPorts = nodes.map(({ broker }) => broker);
  return { folder, lokiUrl, lokiPort: lokiHttp, prometheusUrl, kafkaPorts, agents, gateways, writers, servers, start, stop };
}
