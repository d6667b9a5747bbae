/**
 * examples/kubernetes.yaml: its objects are what Kubernetes' own types say, and its containers run. No cluster runs here: what the manifest starts, with the
 * arguments, variables and configuration that stand in it, is started as processes in the order in which a kubelet does it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { freePorts, runCheck, startServer } from '../../scripts/servers/process.ts';
import { executable, VERSIONS } from '../../scripts/servers/versions.ts';
import { startOtlpServer } from '../support/otlp-server.ts';

const EXAMPLES = join(import.meta.dirname, '../../examples');
const MANIFEST = join(EXAMPLES, 'kubernetes.yaml');
const FROM_SOURCE = join(import.meta.dirname, '../examples/from-source.mjs');
const POD = 'orders-7c9d-x2';

interface Container {
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: unknown }[];
}

const [config, deployment] = parseAllDocuments(readFileSync(MANIFEST, 'utf8')).map((document) => document.toJS());
const pod = deployment.spec.template.spec as { readonly initContainers: Container[]; readonly containers: Container[] };
const [agent] = pod.initContainers;
const [service] = pod.containers;

const folder = mkdtempSync(join(tmpdir(), 'hft-otel-kubernetes-'));
/** Ports and folders of the pod, which has them for itself, by those of this machine. */
let ours: (text: string) => string;
let ports: { readonly health: number; readonly service: number };
beforeAll(async () => {
  const [otlp, health, orders] = await freePorts(3);
  ports = { health, service: orders };
  ours = (text) =>
    text
      .replaceAll('127.0.0.1:4318', `127.0.0.1:${otlp}`)
      .replaceAll('0.0.0.0:13133', `127.0.0.1:${health}`)
      .replaceAll('/etc/agent', folder)
      .replaceAll('/var/lib/agent', join(folder, 'queue'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const environmentOf = ({ env }: Container, given: Readonly<Record<string, string>>): Record<string, string> => {
  const values: Record<string, string> = { POD };
  for (const { name, value } of env)
    if (value !== undefined) values[name] = ours(value.replaceAll(/\$\((\w+)\)/g, (_, other: string) => values[other] ?? ''));
  return { ...values, ...given };
};

test('every object is what Kubernetes takes: decoded strictly with its own types', async () => {
  const kustomization = join(folder, 'kustomization');
  mkdirSync(kustomization);
  writeFileSync(join(kustomization, 'kubernetes.yaml'), readFileSync(MANIFEST));
  writeFileSync(join(kustomization, 'kustomization.yaml'), 'resources: [kubernetes.yaml]\n');
  const { code, output } = await runCheck(executable('kubernetes'), [kustomization]);
  expect(code, output).toBe(0);
  expect(output).toMatch(/ConfigMap\/orders-agent[\s\S]*Deployment\/orders/);
  expect(agent.image).toBe(`otel/opentelemetry-collector-contrib:${VERSIONS.collector}`);
});

test('agent first, then the service: its records arrive at the gateway, the last ones too, and after an outage', async () => {
  const gateway = await startOtlpServer();
  mkdirSync(join(folder, 'queue'));
  writeFileSync(join(folder, 'agent.yaml'), ours(config.data['agent.yaml']));
  const collector = await startServer({
    name: 'agent',
    program: executable('collector'),
    args: agent.args!.map(ours),
    env: environmentOf(agent, { GATEWAY: gateway.url }),
    logPath: join(folder, 'agent.log'),
    ready: `http://127.0.0.1:${ports.health}/`,
  });
  let orders: ChildProcess | undefined;
  try {
    const [node, program] = service.command!;
    expect(node).toBe('node');
    orders = spawn(process.execPath, ['--import', FROM_SOURCE, join(EXAMPLES, program)], {
      cwd: folder,
      stdio: 'ignore',
      env: { ...process.env, ...environmentOf(service, { HOST: '127.0.0.1', PORT: String(ports.service) }) },
    });
    const ask = (id: string) => fetch(`http://127.0.0.1:${ports.service}/orders/${id}`);
    await expect.poll(() => ask('X1').then(({ status }) => status), { timeout: 30_000, interval: 50 }).toBe(200);
    const arrived = () => gateway.received.map(({ body, attributes }) => `${body} ${attributes.order ?? ''}`);
    await expect.poll(arrived, { timeout: 30_000 }).toContain('order asked for X1');
    expect(gateway.received.find(({ body }) => body === 'order asked for')?.resource).toMatchObject({
      'service.name': 'orders',
      'k8s.pod.name': POD,
      'deployment.environment.name': 'production',
    });
    await gateway.stop();
    await ask('X2');
    const ended = once(orders, 'exit');
    orders.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    await gateway.restart();
    await expect.poll(arrived, { timeout: 60_000 }).toContain('order asked for X2');
  } finally {
    orders?.kill('SIGKILL');
    await collector.stop();
    await gateway.stop();
  }
});
