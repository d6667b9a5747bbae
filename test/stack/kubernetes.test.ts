// The manifests build, are what Kubernetes' own types say, and agree with the configuration that the pods read. No cluster runs here.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { runCheck } from '../../scripts/servers/process.ts';
import { CONFIG } from '../../scripts/servers/run.ts';
import { executable, VERSIONS } from '../../scripts/servers/versions.ts';

const FOLDER = join(CONFIG, 'kubernetes');

interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly securityContext?: { readonly readOnlyRootFilesystem?: boolean };
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: {
    readonly template?: {
      readonly spec: { readonly containers: readonly Container[]; readonly initContainers?: readonly Container[] };
    };
  };
}

const manifests = readdirSync(FOLDER).flatMap((file) =>
  parseAllDocuments(readFileSync(join(FOLDER, file), 'utf8'), { merge: true }).map((document) => document.toJS() as Manifest),
);
const containers = manifests.flatMap(({ metadata, spec }) => {
  const { containers = [], initContainers = [] } = spec?.template?.spec ?? {};
  return [...initContainers, ...containers].map((container) => ({ pod: metadata.name, ...container }));
});
const collectors = containers.filter(({ image }) => image.startsWith('otel/'));

test('every object is what Kubernetes takes: decoded strictly with its own types', async () => {
  const { code, output } = await runCheck(executable('kubernetes'), [CONFIG]);
  expect(code, output).toBe(0);
  for (const { kind, metadata } of manifests) expect(output).toContain(`${kind}/${metadata.name}`);
});

test('an unknown field does not pass: the check above can fail', async () => {
  const { code, output } = await runCheck('sh', [
    '-c',
    `cp -r "$0" "$1" && sed -i 's/maxUnavailable: 1/maxUnvailable: 1/' "$1/kubernetes/gateway.yaml" && "$2" "$1"; code=$?; rm -rf "$1"; exit $code`,
    CONFIG,
    `${process.env.TMPDIR ?? '/tmp'}/hft-otel-kubernetes-${process.pid}`,
    executable('kubernetes'),
  ]);
  expect(code).toBe(1);
  expect(output).toMatch(/PodDisruptionBudget\/gateway: .*unknown field "spec.maxUnvailable"/);
});

test('collectors run the version that is checked here, every image is pinned', () => {
  expect(collectors).toHaveLength(4);
  for (const { image } of collectors) expect(image).toBe(`otel/opentelemetry-collector-contrib:${VERSIONS.collector}`);
  for (const { image } of containers) expect(image).toMatch(/:v?\d+\.\d+\.\d+$/);
});

test('every variable that is set is one that the pod’s configuration reads, and refers to earlier ones only', () => {
  const files: Record<string, readonly string[]> = {
    gateway: ['gateway.yaml', 'kafka/gateway.yaml'],
    agent: ['agent.yaml'],
    strategy: ['agent.yaml'],
    writer: ['kafka/writer.yaml'],
  };
  for (const { pod, env = [] } of collectors) {
    const text = files[pod]!.map((file) => readFileSync(join(CONFIG, file), 'utf8')).join('');
    for (const { name } of env)
      if (!/^(GOMEMLIMIT|OTEL_|NODE_NAME|POD_NAME)/.test(name)) expect(text, `${pod}: ${name}`).toContain(`\${env:${name}:-`);
  }
  for (const { env = [] } of containers)
    env.forEach(({ value = '' }, index) => {
      for (const [, name] of value.matchAll(/\$\(([A-Z_]+)\)/g))
        expect(env.slice(0, index).map((earlier) => earlier.name)).toContain(name);
    });
});

test('ports are those of the configuration', () => {
  const text = ['agent.yaml', 'gateway.yaml', 'kafka/writer.yaml']
    .map((file) => readFileSync(join(CONFIG, file), 'utf8'))
    .join('');
  for (const { ports = [] } of collectors)
    for (const { containerPort } of ports) expect(text).toMatch(new RegExp(`_PORT:-${containerPort}\\}`));
});
