// The whole other side on one machine: agent → gateway → Loki and Prometheus, and a Pushgateway. Everything but Grafana.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts, isPortFree, type RunningServer } from '../servers/process.ts';
import {
  COLLECTOR_PORT_COUNT,
  type CollectorPorts,
  collectorPortsFrom,
  startAgent,
  startGateway,
  startLoki,
  startPrometheus,
  startPushgateway,
  type Targets,
  toGateway,
} from '../servers/run.ts';
import { makeSecrets } from './secrets.ts';

export interface StackOptions {
  /** Everything of this run lies here; a second run in the same folder goes on with the data of the first. */
  readonly folder: string;
  /** Take the ports users know (4317, 3100, 9090 …) where they are free. Default: any free ports. */
  readonly preferKnownPorts?: boolean;
  readonly agentEnv?: Readonly<Record<string, string>>;
  readonly gatewayEnv?: Readonly<Record<string, string>>;
  readonly lokiEnv?: Readonly<Record<string, string>>;
  /** Scrape targets beyond the stack's own. */
  readonly targets?: Targets;
  readonly onProgress?: (message: string) => void;
}

export interface StackPorts {
  readonly agent: CollectorPorts;
  readonly gateway: CollectorPorts;
  readonly lokiHttp: number;
  readonly lokiGrpc: number;
  readonly prometheus: number;
  readonly pushgateway: number;
}

export interface Stack {
  readonly folder: string;
  readonly secretsFolder: string;
  readonly ports: StackPorts;
  /** OTLP/HTTP base addresses of the agent: logs and metrics, and audit alone. */
  readonly otlpUrl: string;
  readonly auditOtlpUrl: string;
  readonly lokiUrl: string;
  readonly prometheusUrl: string;
  readonly pushgatewayUrl: string;
  readonly auditFilesFolder: string;
  /** The running servers; starting one again after it was stopped replaces it here. */
  readonly servers: Record<StackServer, RunningServer>;
  start(name: StackServer): Promise<RunningServer>;
  stop(): Promise<void>;
}

export type StackServer = 'loki' | 'prometheus' | 'pushgateway' | 'gateway' | 'agent';

/**
 * Starts everything and waits until it is ready, some 20 s of which are Loki's.
 * @throws Error of the first server that does not start; those that did are stopped.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { folder, onProgress = () => {} } = options;
  const secretsFolder = join(folder, 'secrets');
  mkdirSync(folder, { recursive: true });
  await makeSecrets(secretsFolder);
  const ports = options.preferKnownPorts === true ? await knownPorts() : await anyPorts();
  const lokiUrl = `http://127.0.0.1:${ports.lokiHttp}`;
  const prometheusUrl = `http://127.0.0.1:${ports.prometheus}`;

  const starters: Record<StackServer, () => Promise<RunningServer>> = {
    loki: () =>
      startLoki({
        folder,
        httpPort: ports.lokiHttp,
        grpcPort: ports.lokiGrpc,
        env: { PROMETHEUS_URL: prometheusUrl, ...options.lokiEnv },
      }),
    prometheus: () => startPrometheus({ folder, port: ports.prometheus, targets: { ...ownTargets(ports), ...options.targets } }),
    pushgateway: () => startPushgateway({ folder, port: ports.pushgateway }),
    gateway: () =>
      startGateway({
        folder,
        secretsFolder,
        ports: ports.gateway,
        env: { LOKI_URL: lokiUrl, PROMETHEUS_URL: prometheusUrl, ...options.gatewayEnv },
      }),
    agent: () =>
      startAgent({
        folder,
        secretsFolder,
        ports: ports.agent,
        env: {
          ...toGateway(ports.gateway),
          ...options.agentEnv,
        },
      }),
  };

  const servers = {} as Record<StackServer, RunningServer>;
  const start = async (name: StackServer) => {
    servers[name] = await starters[name]();
    onProgress(`${name} is ready`);
    return servers[name];
  };
  const stop = async () => {
    // Senders before receivers, so that queues drain rather than fill.
    for (const name of ['agent', 'gateway', 'pushgateway', 'prometheus', 'loki'] as const) {
      if (!servers[name]?.isRunning()) continue;
      await servers[name].stop();
      onProgress(`${name} has stopped`);
    }
  };

  const results = await Promise.allSettled([
    start('prometheus'),
    start('pushgateway'),
    start('gateway'),
    start('agent'),
    start('loki'),
  ]);
  const failure = results.find((result) => result.status === 'rejected');
  if (failure !== undefined) {
    await stop();
    throw failure.reason;
  }

  return {
    folder,
    secretsFolder,
    ports,
    otlpUrl: `http://127.0.0.1:${ports.agent.http}`,
    auditOtlpUrl: `http://127.0.0.1:${ports.agent.auditHttp}`,
    lokiUrl,
    prometheusUrl,
    pushgatewayUrl: `http://127.0.0.1:${ports.pushgateway}`,
    auditFilesFolder: join(folder, 'audit-files'),
    servers,
    start,
    stop,
  };
}

function ownTargets(ports: StackPorts): Targets {
  const at = (port: number) => [`127.0.0.1:${port}`];
  return {
    collector: [
      { targets: at(ports.agent.telemetry), labels: { tier: 'agent' } },
      { targets: at(ports.gateway.telemetry), labels: { tier: 'gateway' } },
    ],
    pushgateway: [{ targets: at(ports.pushgateway) }],
    loki: [{ targets: at(ports.lokiHttp) }],
    prometheus: [{ targets: at(ports.prometheus) }],
  };
}

async function anyPorts(): Promise<StackPorts> {
  // All at once: a port that was free a moment ago may be handed out again by the next call.
  const free = await freePorts(2 * COLLECTOR_PORT_COUNT + 4);
  const port = () => free.pop()!;
  return {
    agent: collectorPortsFrom(port),
    gateway: collectorPortsFrom(port),
    lokiHttp: port(),
    lokiGrpc: port(),
    prometheus: port(),
    pushgateway: port(),
  };
}

/** The defaults of the configuration files, each replaced by a free port if something else holds it. */
async function knownPorts(): Promise<StackPorts> {
  const pick = async (port: number) => ((await isPortFree(port)) ? port : (await freePorts(1))[0]!);
  return {
    agent: {
      grpc: await pick(4317),
      http: await pick(4318),
      auditHttp: await pick(4319),
      auditGrpc: await pick(4320),
      health: await pick(13133),
      telemetry: await pick(8888),
    },
    gateway: {
      grpc: await pick(5317),
      http: await pick(5318),
      auditHttp: await pick(5319),
      auditGrpc: await pick(5320),
      health: await pick(13134),
      telemetry: await pick(8889),
    },
    lokiHttp: await pick(3100),
    lokiGrpc: await pick(9095),
    prometheus: await pick(9090),
    pushgateway: await pick(9091),
  };
}
