/**
 * What `hft-otel doctor` says of a real collector, and of the faults that want one.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePorts, type RunningServer, startServer } from '../../scripts/servers/process.ts';
import { executable } from '../../scripts/servers/versions.ts';
import type { Finding } from '../../src/cli/doctor/finding.ts';
import { start } from '../demo/demo-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'hft-otel-doctor-'));
const tls = (name: string) => fileURLToPath(new URL(`../support/tls/${name}`, import.meta.url));
let collector: RunningServer;
let [http, grpc, guarded, secured, health]: number[] = [];

beforeAll(async () => {
  [http, grpc, guarded, secured, health] = await freePorts(5);
  writeFileSync(
    join(folder, 'collector.yaml'),
    `extensions:
  health_check: { endpoint: '127.0.0.1:${health}' }
  bearertokenauth: { token: right }
receivers:
  otlp/open: { protocols: { http: { endpoint: '127.0.0.1:${http}' }, grpc: { endpoint: '127.0.0.1:${grpc}' } } }
  otlp/guarded: { protocols: { http: { endpoint: '127.0.0.1:${guarded}', auth: { authenticator: bearertokenauth } } } }
  otlp/secured: { protocols: { http: { endpoint: '127.0.0.1:${secured}', tls: { cert_file: '${tls('server.pem')}', key_file: '${tls('server-key.pem')}' } } } }
exporters:
  debug: {}
service:
  extensions: [health_check, bearertokenauth]
  telemetry: { metrics: { level: none } }
  pipelines:
    logs: { receivers: [otlp/open, otlp/guarded, otlp/secured], exporters: [debug] }
`,
  );
  collector = await startServer({
    name: 'collector',
    program: executable('collector'),
    args: ['--config', join(folder, 'collector.yaml')],
    logPath: join(folder, 'collector.log'),
    ready: `http://127.0.0.1:${health}/`,
  });
}, 120_000);

afterAll(async () => {
  await collector?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function doctor(otlp: object): Promise<readonly Finding[]> {
  const path = join(folder, 'config.json');
  const backends = {
    file: { path: join(folder, 'app.jsonl') },
    audit: { path: join(folder, 'audit.jsonl') },
    prometheus: { enabled: false },
    otlp,
  };
  writeFileSync(path, JSON.stringify({ backends }));
  const { stdout } = await start(['doctor', '--config', path, '--json']).ended;
  return (JSON.parse(stdout) as { findings: readonly Finding[] }).findings;
}

const about = (findings: readonly Finding[]) =>
  findings.filter(({ subject }) => /^(?:logs to|clock of)/.test(subject)).map(({ status, code }) => `${status} ${code}`);

describe('a real collector', () => {
  test('takes the probe, and its clock agrees', async () => {
    expect(about(await doctor({ endpoint: `http://127.0.0.1:${http}` }))).toEqual(['ok collector', 'ok clock']);
    expect(about(await doctor({ endpoint: `http://127.0.0.1:${guarded}`, headers: { authorization: 'Bearer right' } }))).toEqual([
      'ok collector',
      'ok clock',
    ]);
    expect(about(await doctor({ endpoint: `https://127.0.0.1:${secured}`, certificate: tls('ca.pem') }))).toEqual([
      'ok collector',
      'ok clock',
    ]);
  });

  test.each([
    [
      'wrong token',
      () => ({ endpoint: `http://127.0.0.1:${guarded}`, headers: { authorization: 'Bearer wrong' } }),
      'wrong-token',
      /backends\.otlp\.headers/,
    ],
    ['no token', () => ({ endpoint: `http://127.0.0.1:${guarded}` }), 'wrong-token', /backends\.otlp\.headers/],
    ['wrong path', () => ({ endpoint: `http://127.0.0.1:${http}/otlp` }), 'wrong-path', /base address without a path/],
    ['wrong path as it is', () => ({ logsEndpoint: `http://127.0.0.1:${http}/` }), 'wrong-path', /logsEndpoint is used as it is/],
    ['gRPC port', () => ({ endpoint: `http://127.0.0.1:${grpc}` }), 'grpc-port', /4318/],
    ['http to a port with TLS', () => ({ endpoint: `http://127.0.0.1:${secured}` }), 'tls-mismatch', /https:\/\//],
    ['https to a port without', () => ({ endpoint: `https://127.0.0.1:${http}` }), 'tls-mismatch', /http:\/\//],
    [
      'a certificate that nobody trusts',
      () => ({ endpoint: `https://127.0.0.1:${secured}` }),
      'tls-mismatch',
      /backends\.otlp\.certificate/,
    ],
  ])('%s', async (_, otlp, code, remedy) => {
    const faults = (await doctor(otlp())).filter(({ status }) => status === 'fault');
    expect(faults.map((fault) => fault.code)).toEqual([code]);
    expect(faults[0].remedy).toMatch(remedy);
    expect(JSON.stringify(faults)).not.toContain('Bearer wrong');
  });
});
