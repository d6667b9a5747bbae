// Starts the cached servers with the configuration users get (collector-config/), on ports and in folders the caller names.

import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts, type RunningServer, startServer } from './process.ts';
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

export async function collectorPorts(): Promise<CollectorPorts> {
  const [grpc, http, auditHttp, auditGrpc, health, telemetry] = await freePorts(6);
  return { grpc, http, auditHttp, auditGrpc, health, telemetry };
}

/** agent.yaml on these ports, its queues in `<folder>/agent`. */
export function startAgent(options: CollectorOptions): Promise<RunningServer> {
  return startCollector('agent', 'AGENT', options);
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
    readyUrl: `http://127.0.0.1:${ports.health}/`,
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
    readyUrl: `http://127.0.0.1:${httpPort}/ready`,
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
    readyUrl: `http://127.0.0.1:${port}/-/ready`,
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
    readyUrl: `http://127.0.0.1:${port}/-/ready`,
  });
}
