// Starts the cached servers with the configuration users get (collector-config/), on ports and in folders the caller names.

import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { run } from './command.ts';
import { freePorts, type RunningServer, runCheck, startServer } from './process.ts';
import { executable, REPOSITORY } from './versions.ts';

export const CONFIG = join(REPOSITORY, 'collector-config');

/** Where everything of one run lies: data, logs, secrets. */
export interface RunFolder {
  readonly folder: string;
}

export interface CollectorPorts {
  readonly grpc: number;
  readonly http: number;
  readonly auditHttp: number;
  readonly auditGrpc: number;
  readonly health: number;
  readonly telemetry: number;
}

export interface CollectorOptions extends RunFolder {
  readonly ports: CollectorPorts;
  /** Folder with ca.crt, gateway.crt, gateway.key, token (collector-config/make-secrets.sh). */
  readonly secretsFolder: string;
  /** More environment for the configuration: endpoints, queue sizes, limits. */
  readonly env?: Readonly<Record<string, string>>;
  /** Files of collector-config laid over the collector's own, such as `remote-write/gateway.yaml`. */
  readonly overlays?: readonly string[];
}

export const COLLECTOR_PORT_COUNT = 6;

export async function collectorPorts(): Promise<CollectorPorts> {
  const ports = await freePorts(COLLECTOR_PORT_COUNT);
  return collectorPortsFrom(() => ports.pop()!);
}

export function collectorPortsFrom(next: () => number): CollectorPorts {
  return { grpc: next(), http: next(), auditHttp: next(), auditGrpc: next(), health: next(), telemetry: next() };
}

/** agent.yaml on these ports, its queues in `<folder>/agent`. */
export function startAgent(options: CollectorOptions): Promise<RunningServer> {
  return startCollector('agent', 'AGENT', options);
}

/** An agent's environment: the gateway of these ports takes what it sends. */
export function toGateway({ grpc, auditGrpc }: CollectorPorts): Record<string, string> {
  return { GATEWAY_ENDPOINT: `127.0.0.1:${grpc}`, GATEWAY_AUDIT_ENDPOINT: `127.0.0.1:${auditGrpc}` };
}

/** gateway.yaml on these ports, its queues in `<folder>/gateway`, its audit files in `<folder>/audit-files`. */
export function startGateway(options: CollectorOptions): Promise<RunningServer> {
  return startCollector('gateway', 'GATEWAY', {
    ...options,
    env: { GATEWAY_AUDIT_DIR: join(options.folder, 'audit-files'), ...options.env },
  });
}

function startCollector(name: string, prefix: 'AGENT' | 'GATEWAY', options: CollectorOptions): Promise<RunningServer> {
  const { folder, ports, overlays = [] } = options;
  mkdirSync(folder, { recursive: true });
  return startServer({
    name,
    program: executable('collector'),
    args: [`${prefix.toLowerCase()}.yaml`, ...overlays].flatMap((file) => ['--config', join(CONFIG, file)]),
    env: collectorEnvironment(name, prefix, options),
    logPath: join(folder, `${name}.log`),
    ready: `http://127.0.0.1:${ports.health}/`,
  });
}

/** The environment that agent.yaml and gateway.yaml read their settings of a site from. */
export function collectorEnvironment(
  name: string,
  prefix: 'AGENT' | 'GATEWAY',
  { folder, ports, secretsFolder, env }: CollectorOptions,
): Record<string, string> {
  return {
    HFT_SECRETS_DIR: secretsFolder,
    [`${prefix}_DATA_DIR`]: join(folder, name),
    [`${prefix}_GRPC_PORT`]: String(ports.grpc),
    [`${prefix}_HTTP_PORT`]: String(ports.http),
    [`${prefix}_AUDIT_HTTP_PORT`]: String(ports.auditHttp),
    [`${prefix}_AUDIT_GRPC_PORT`]: String(ports.auditGrpc),
    [`${prefix}_HEALTH_PORT`]: String(ports.health),
    [`${prefix}_TELEMETRY_PORT`]: String(ports.telemetry),
    ...env,
  };
}

export interface LokiOptions extends RunFolder {
  readonly httpPort: number;
  readonly grpcPort: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** loki.yaml with its data in `<folder>/loki` and the rules of collector-config. Ready after about 15 s. */
export function startLoki({ folder, httpPort, grpcPort, env }: LokiOptions): Promise<RunningServer> {
  return startServer({
    name: 'loki',
    program: executable('loki'),
    args: ['-config.file', join(CONFIG, 'loki.yaml'), '-config.expand-env=true'],
    env: {
      LOKI_HTTP_PORT: String(httpPort),
      LOKI_GRPC_PORT: String(grpcPort),
      LOKI_DATA_DIR: join(folder, 'loki'),
      LOKI_RULES_DIR: join(CONFIG, 'rules', 'loki'),
      ...env,
    },
    logPath: join(folder, 'loki.log'),
    ready: `http://127.0.0.1:${httpPort}/ready`,
  });
}

/** Scrape targets by file name without `.yaml`, as in collector-config/targets. */
export type Targets = Readonly<
  Record<string, readonly { targets: readonly string[]; labels?: Readonly<Record<string, string>> }[]>
>;

export interface PrometheusOptions extends RunFolder {
  readonly port: number;
  readonly targets?: Targets;
}

/** prometheus.yaml and the rules of collector-config with targets of this run, data in `<folder>/prometheus`. */
export function startPrometheus({ folder, port, targets = {} }: PrometheusOptions): Promise<RunningServer> {
  const configFolder = join(folder, 'prometheus-config');
  writeTargets(configFolder, targets);
  cpSync(join(CONFIG, 'prometheus.yaml'), join(configFolder, 'prometheus.yaml'));
  cpSync(join(CONFIG, 'rules', 'prometheus'), join(configFolder, 'rules', 'prometheus'), { recursive: true });
  return startServer({
    name: 'prometheus',
    program: executable('prometheus'),
    args: [
      `--config.file=${join(configFolder, 'prometheus.yaml')}`,
      `--storage.tsdb.path=${join(folder, 'prometheus')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      ...PROMETHEUS_FLAGS,
    ],
    logPath: join(folder, 'prometheus.log'),
    ready: `http://127.0.0.1:${port}/-/ready`,
  });
}

/** The same as in compose.yaml; a test holds the two together. */
export const PROMETHEUS_FLAGS = [
  '--web.enable-otlp-receiver',
  '--web.enable-remote-write-receiver',
  '--enable-feature=exemplar-storage',
];

function writeTargets(configFolder: string, targets: Targets): void {
  mkdirSync(join(configFolder, 'targets'), { recursive: true });
  for (const [name, groups] of Object.entries(targets))
    writeFileSync(join(configFolder, 'targets', `${name}.yaml`), JSON.stringify(groups));
}

export function startPushgateway({ folder, port }: RunFolder & { readonly port: number }): Promise<RunningServer> {
  return startServer({
    name: 'pushgateway',
    program: executable('pushgateway'),
    args: [`--web.listen-address=127.0.0.1:${port}`],
    logPath: join(folder, 'pushgateway.log'),
    ready: `http://127.0.0.1:${port}/-/ready`,
  });
}

export interface KafkaPorts {
  readonly broker: number;
  readonly controller: number;
}

export interface KafkaOptions extends RunFolder {
  /** Of every node of the cluster; each is a broker and a controller. */
  readonly nodes: readonly KafkaPorts[];
  /** Which of them to start; the first is 0. */
  readonly index: number;
  /** Further lines of server.properties. They win over those below. */
  readonly properties?: Readonly<Record<string, string>>;
}

/** Any id of 16 bytes in base64url: it tells the folders of one cluster from those of another. */
const KAFKA_CLUSTER = 'aGZ0LW90ZWwta2Fma2EtMQ';

/** One node, data in `<folder>/kafka-<number>`. Takes connections after some 3 s; topics are made by `makeKafkaTopics`. */
export async function startKafka({ folder, nodes, index, properties = {} }: KafkaOptions): Promise<RunningServer> {
  const name = `kafka-${index + 1}`;
  const dataFolder = join(folder, name);
  const { broker: port, controller: controllerPort } = nodes[index]!;
  const replicas = String(Math.min(nodes.length, 3));
  mkdirSync(dataFolder, { recursive: true });
  const path = join(dataFolder, 'server.properties');
  const lines = Object.entries({
    'process.roles': 'broker,controller',
    'node.id': String(index + 1),
    'controller.quorum.voters': nodes.map(({ controller }, node) => `${node + 1}@127.0.0.1:${controller}`).join(','),
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'log.dirs': join(dataFolder, 'data'),
    // What Kafka keeps for itself: as many replicas as there are nodes, at most the usual three.
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    'auto.create.topics.enable': 'false',
    'message.max.bytes': '16777216',
    'replica.fetch.max.bytes': '16777216',
    ...properties,
  });
  writeFileSync(path, lines.map(([key, value]) => `${key}=${value}\n`).join(''));
  const program = executable('kafka');
  if (!existsSync(join(dataFolder, 'data', 'meta.properties')))
    await run(program, ['kafka.tools.StorageTool', 'format', '--cluster-id', KAFKA_CLUSTER, '--config', path], {
      cwd: folder,
    });
  return startServer({
    name,
    program,
    args: ['kafka.Kafka', path],
    logPath: join(folder, `${name}.log`),
    ready: () => connects(port),
  });
}

/**
 * The topics of collector-config, made as a user makes them.
 * @throws Error with what Kafka's tool wrote.
 */
export async function makeKafkaTopics(port: number, env: Readonly<Record<string, string>> = {}): Promise<void> {
  const { code, output } = await runCheck('sh', [join(CONFIG, 'kafka', 'make-topics.sh')], {
    KAFKA_BROKER: `127.0.0.1:${port}`,
    KAFKA_TOPICS: `${executable('kafka')} org.apache.kafka.tools.TopicCommand`,
    ...env,
  });
  if (code !== 0) throw new Error(output);
}

/**
 * Runs one of Kafka's own command-line tools by its class, with this standard input. Answers what it wrote.
 * @throws Error with that, when it failed.
 */
export async function runKafkaTool(words: readonly string[], input = ''): Promise<string> {
  const { code, output } = await runCheck(executable('kafka'), words, {}, undefined, input);
  if (code !== 0) throw new Error(output);
  return output;
}

export interface WriterOptions extends RunFolder {
  readonly name: string;
  readonly healthPort: number;
  readonly telemetryPort: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly overlays?: readonly string[];
}

/** kafka/writer.yaml and overlays (of collector-config, or by whole path), its audit files in `<folder>/<name>/audit-files`. Ready when it runs, whether or not there is a broker. */
export function startWriter({ folder, name, healthPort, telemetryPort, env, overlays = [] }: WriterOptions) {
  return startServer({
    name,
    program: executable('collector'),
    args: ['kafka/writer.yaml', ...overlays].flatMap((file) => ['--config', resolve(CONFIG, file)]),
    env: {
      WRITER_NAME: name,
      WRITER_HEALTH_PORT: String(healthPort),
      WRITER_TELEMETRY_PORT: String(telemetryPort),
      WRITER_AUDIT_DIR: join(folder, name, 'audit-files'),
      ...env,
    },
    logPath: join(folder, `${name}.log`),
    ready: `http://127.0.0.1:${healthPort}/`,
  });
}

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const end = (isOpen: boolean) => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });
}
