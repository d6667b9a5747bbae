// Every configuration file is taken by the server it is for, with nothing set and with everything set.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { runCheck } from '../../scripts/servers/process.ts';
import { CONFIG, PROMETHEUS_FLAGS } from '../../scripts/servers/run.ts';
import { executable, VERSIONS } from '../../scripts/servers/versions.ts';
import { makeSecrets } from '../../scripts/stack/secrets.ts';
import { testFolder } from './support.ts';

const folder = testFolder('config');
const secrets = join(folder.path, 'secrets');
const inFolder = {
  HFT_SECRETS_DIR: secrets,
  AGENT_DATA_DIR: join(folder.path, 'agent'),
  GATEWAY_DATA_DIR: join(folder.path, 'gateway'),
  GATEWAY_AUDIT_DIR: join(folder.path, 'audit-files'),
  KAFKA_USERNAME: 'a',
  KAFKA_PASSWORD: 'b',
};

beforeAll(() => makeSecrets(secrets));
afterAll(() => folder.remove());

async function expectSuccess(check: Promise<{ code: number; output: string }>): Promise<string> {
  const { code, output } = await check;
  expect(output.replace(/^.*\bgrpc\b.*$/gm, ''), 'no warning about deprecated settings').not.toMatch(/deprecat/i);
  expect(code, output).toBe(0);
  return output;
}

describe('collector', () => {
  test.each([
    ['agent', ['agent.yaml']],
    ['gateway', ['gateway.yaml']],
    ['gateway in front of Kafka', ['gateway.yaml', 'kafka/gateway.yaml']],
    ['gateway in front of a Kafka with passwords', ['gateway.yaml', 'kafka/gateway.yaml', 'kafka/gateway-sasl.yaml']],
    ['writer behind Kafka', ['kafka/writer.yaml']],
    ['writer behind a Kafka with passwords', ['kafka/writer.yaml', 'kafka/writer-sasl.yaml']],
    ['gateway in front of a store that takes remote write', ['gateway.yaml', 'remote-write/gateway.yaml']],
  ])('%s validates', async (_, files) => {
    const args = files.flatMap((file) => ['--config', join(CONFIG, file)]);
    await expectSuccess(runCheck(executable('collector'), ['validate', ...args], inFolder));
  });

  test('behind Kafka, Loki and Prometheus get what they get from a gateway: the same statements', () => {
    const processorsOf = (file: string) =>
      (parse(readFileSync(join(CONFIG, file), 'utf8'), { merge: true }) as { processors: Record<string, unknown> }).processors;
    const [gateway, writer] = [processorsOf('gateway.yaml'), processorsOf('kafka/writer.yaml')];
    for (const name of ['transform/loki', 'transform/loki_audit', 'transform/metric_names'])
      expect(writer[name], name).toEqual(gateway[name]);
  });

  test('a mistake does not validate: the check above can fail', async () => {
    const { code, output } = await runCheck(executable('collector'), ['validate', '--config', join(CONFIG, 'agent.yaml')], {
      ...inFolder,
      AGENT_MEMORY_MIB: 'much',
    });
    expect(code).not.toBe(0);
    expect(output).toMatch(/limit_mib/);
  });

  test('the manifest builds one version, and just what configurations name', () => {
    const manifest = parse(readFileSync(join(CONFIG, 'build', 'manifest.yaml'), 'utf8')) as Record<string, unknown> & {
      dist: { version: string };
    };
    expect(manifest.dist.version).toBe(VERSIONS.collector);
    const built = Object.entries(manifest)
      .filter(([, value]) => Array.isArray(value))
      .flatMap(([kind, modules]) => (modules as { gomod: string }[]).map(({ gomod }) => ({ kind, gomod })));
    const modules = built.filter(({ kind }) => kind !== 'providers');
    for (const { gomod } of modules) expect(gomod).toContain(` v${VERSIONS.collector}`);

    const named = new Set(
      ['agent.yaml', 'gateway.yaml', 'kafka/gateway.yaml', 'kafka/writer.yaml', 'remote-write/gateway.yaml'].flatMap((file) => {
        const config = parse(readFileSync(join(CONFIG, file), 'utf8')) as Record<string, Record<string, unknown> | undefined>;
        return ['receivers', 'processors', 'exporters', 'connectors', 'extensions'].flatMap((kind) =>
          Object.keys(config[kind] ?? {}).map((id) => `${kind}/${MODULES[id.split('/')[0]!] ?? id.split('/')[0]}`),
        );
      }),
    );
    const names = modules.map(
      ({ kind, gomod }) => `${kind}/${/\/([a-z]+?)(receiver|processor|exporter|connector|extension)? v/.exec(gomod)![1]}`,
    );
    // debug is for looking at what passes: --config=agent.yaml --set=exporters::debug::verbosity=detailed
    expect(names.filter((name) => name !== 'exporters/debug').sort()).toEqual([...named].sort());
  });
});

/** Components whose module has another name. */
const MODULES: Record<string, string> = {
  memory_limiter: 'memorylimiter',
  resource_detection: 'resourcedetection',
  otlp_grpc: 'otlp',
  otlp_http: 'otlphttp',
  prometheus_remote_write: 'prometheusremotewrite',
  bearertokenauth: 'bearertokenauth',
  file_storage: 'filestorage',
  health_check: 'healthcheck',
};

describe('Loki', () => {
  const args = ['-config.file', join(CONFIG, 'loki.yaml'), '-config.expand-env=true', '-verify-config'];

  test('takes its configuration', async () => {
    await expectSuccess(runCheck(executable('loki'), args, { LOKI_DATA_DIR: join(folder.path, 'loki') }));
  });

  test('a mistake is refused: the check above can fail', async () => {
    const { code, output } = await runCheck(executable('loki'), args, { LOKI_INGEST_MB: 'much' });
    expect(code, output).not.toBe(0);
    expect(output).toMatch(/cannot unmarshal .*much/);
  });
});

describe('Prometheus', () => {
  const promtool = executable('prometheus', 'promtool');

  test('takes its configuration and rules', async () => {
    await expectSuccess(runCheck(promtool, ['check', 'config', '--lint=all', join(CONFIG, 'prometheus.yaml')]));
  });

  test.each(['service', 'collector', 'audit'])('alerts of %s: silent while all is well, firing for their cause', async (name) => {
    await expectSuccess(runCheck(promtool, ['test', 'rules', join(CONFIG, 'rules', 'prometheus', 'tests', `${name}.test.yaml`)]));
  });

  test('every alert has a test', () => {
    for (const name of ['service', 'collector', 'audit']) {
      const rules = readFileSync(join(CONFIG, 'rules', 'prometheus', `${name}.rules.yaml`), 'utf8');
      const tests = readFileSync(join(CONFIG, 'rules', 'prometheus', 'tests', `${name}.test.yaml`), 'utf8');
      const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map(([, alert]) => alert!);
      for (const alert of alerts) {
        const fired = new RegExp(`alertname: ${alert}\\n +eval_time: \\S+\\n +exp_alerts:\\n`);
        expect(tests, `${alert} fires in ${name}.test.yaml`).toMatch(fired);
      }
    }
  });
});

/** Services of a compose project, as Compose reads them. */
type Services = Record<
  string,
  {
    image: string;
    command?: string[];
    ports?: { host_ip: string }[];
    volumes?: { type: string; source: string; target: string }[];
  }
>;

describe.each([
  ['compose.yaml', ['compose.yaml']],
  ['compose.yaml with compose.kafka.yaml', ['compose.yaml', 'compose.kafka.yaml']],
])('%s', (_, files) => {
  const words = files.flatMap((file) => ['-f', join(CONFIG, file)]);
  let services: Services;

  beforeAll(async () => {
    const { output } = await runCheck(executable('compose'), [...words, 'config', '--format', 'json']);
    services = (JSON.parse(output) as { services: Services }).services;
  });

  test('docker compose config takes it', async () => {
    await expectSuccess(runCheck(executable('compose'), [...words, 'config', '--quiet']));
  });

  test('runs the versions that are checked here, and every image is pinned', () => {
    const images = Object.fromEntries(Object.entries(services).map(([name, { image }]) => [name, image]));
    const withKafka = files.length > 1;
    expect(images).toMatchObject({
      agent: `otel/opentelemetry-collector-contrib:${VERSIONS.collector}`,
      gateway: `otel/opentelemetry-collector-contrib:${VERSIONS.collector}`,
      loki: `grafana/loki:${VERSIONS.loki}`,
      prometheus: `prom/prometheus:v${VERSIONS.prometheus}`,
      pushgateway: `prom/pushgateway:v${VERSIONS.pushgateway}`,
      ...(withKafka && {
        kafka: `apache/kafka:${VERSIONS.kafka}`,
        topics: `apache/kafka:${VERSIONS.kafka}`,
        writer: `otel/opentelemetry-collector-contrib:${VERSIONS.collector}`,
      }),
    });
    for (const image of Object.values(images)) expect(image).toMatch(/:v?\d+\.\d+\.\d+(-\w+)?$/);
    for (const flag of PROMETHEUS_FLAGS) expect(services.prometheus!.command).toContain(flag);
    for (const port of Object.values(services).flatMap(({ ports = [] }) => ports)) expect(port.host_ip).toBe('127.0.0.1');
  });

  test('mounts files that are here, and none into a folder that is itself mounted: nothing could be put there', () => {
    for (const { volumes = [] } of Object.values(services)) {
      for (const { type, source } of volumes) if (type === 'bind') expect(existsSync(source), source).toBe(true);
      const folders = volumes.map(({ target }) => `${target}/`);
      for (const { target } of volumes) expect(folders.filter((folder) => target.startsWith(folder))).toEqual([]);
    }
  });

  test('each configuration file that a server is started with is mounted', () => {
    for (const { command, volumes = [] } of Object.values(services))
      for (const path of (command ?? []).flatMap((word) => /(?:=|^)(\/(?:etc|config)\/\S+\.(?:yaml|sh))$/.exec(word)?.[1] ?? []))
        expect(volumes.map(({ target }) => target)).toContain(path);
  });
});

test('with Kafka, Prometheus looks for the targets it looks for without, and for the writer', async () => {
  const { output } = await runCheck(executable('compose'), [
    ...['compose.yaml', 'compose.kafka.yaml'].flatMap((file) => ['-f', join(CONFIG, file)]),
    ...['config', '--format', 'json'],
  ]);
  const { prometheus } = (JSON.parse(output) as { services: Services }).services;
  const mounted = prometheus!.volumes!.map(({ target }) => target).filter((target) => target.includes('/hft-otel/targets/'));
  const shipped = readdirSync(join(CONFIG, 'targets')).map((name) => `/etc/hft-otel/targets/${name}`);
  expect(mounted.sort()).toEqual([...shipped, '/etc/hft-otel/targets/collector-kafka.yaml'].sort());
});
