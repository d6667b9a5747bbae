/**
 * `hft-otel doctor` as a user starts it: faults are planted for real, and each is named with its remedy. Those that want a real collector are in
 * test/servers/doctor.test.ts.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { checkFile } from '../../src/cli/doctor/files-check.ts';
import type { Finding } from '../../src/cli/doctor/finding.ts';
import type { LoggingConfig } from '../../src/index.ts';
import { start } from '../demo/demo-process.ts';
import { startOtlpServer } from '../support/otlp-server.ts';

const directory = mkdtempSync(join(tmpdir(), 'hft-doctor-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const closing: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

const HEALTHY = {
  file: { path: join(directory, 'app.jsonl') },
  audit: { path: join(directory, 'audit.jsonl') },
  prometheus: { enabled: false },
} as const;

async function doctor(
  config: LoggingConfig,
  ...words: string[]
): Promise<{ code: number | null; findings: readonly Finding[]; faults: readonly Finding[]; stdout: string }> {
  const path = join(directory, 'config.json');
  writeFileSync(path, JSON.stringify({ ...config, backends: { ...HEALTHY, ...config.backends } }));
  const { code, stdout, stderr } = await start(['doctor', '--config', path, '--json', ...words]).ended;
  expect(stderr).toBe('');
  const { findings } = JSON.parse(stdout) as { findings: readonly Finding[] };
  return { code, findings, faults: findings.filter(({ status }) => status === 'fault'), stdout };
}

/** The one fault that is planted. */
async function only(config: LoggingConfig, ...words: string[]): Promise<Finding> {
  const { code, faults } = await doctor(config, ...words);
  expect(faults).toHaveLength(1);
  expect(code).toBe(1);
  expect(faults[0].remedy).toBeTruthy();
  return faults[0];
}

async function serve(listener: RequestListener, tls = false): Promise<number> {
  const file = (name: string) => readFileSync(new URL(`../support/tls/${name}`, import.meta.url));
  const server = (
    tls ? createTlsServer({ key: file('server-key.pem'), cert: file('server.pem') }, listener) : createServer(listener)
  ) as Server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(
    () => server.closeAllConnections(),
    () => new Promise((resolve) => server.close(resolve)),
  );
  return (server.address() as AddressInfo).port;
}

test('nothing is wrong: exit code 0, a probe record has arrived, and nothing is left behind', async () => {
  const collector = await startOtlpServer();
  closing.push(() => collector.stop());
  const { code, findings } = await doctor({ backends: { otlp: { endpoint: collector.url } } });
  expect(code).toBe(0);
  const probe = findings.find(({ code }) => code === 'collector');
  const [record] = collector.received;
  expect(record).toMatchObject({ body: 'probe', scope: { name: 'hft-otel.doctor' } });
  expect(probe?.message).toContain(String(record.attributes.probe));
  expect(readdirSync(directory).sort()).toEqual(['config.json']);
});

describe('planted faults', () => {
  test('a wrong configuration: each setting with what was expected', async () => {
    const { code, faults } = await doctor({ level: 'loud', backends: { file: { keep: -1 } } } as unknown as LoggingConfig);
    expect(code).toBe(1);
    expect(faults.map(({ code, subject }) => [code, subject])).toEqual([
      ['configuration', 'level'],
      ['configuration', 'backends.file.keep'],
    ]);
  });

  test('port taken, by a program that is none of ours', async () => {
    const port = await serve((_, response) => response.end('hello'));
    expect(await only({ backends: { prometheus: { enabled: true, port } } })).toMatchObject({
      code: 'port-taken',
      remedy: expect.stringContaining(`sport = :${port}`),
    });
  });

  test('a port that a process with hft-otel serves is no fault', async () => {
    const port = await serve((_, response) => response.end('hft_otel_records_total 1\n'));
    expect((await doctor({ backends: { prometheus: { enabled: true, port } } })).code).toBe(0);
  });

  test('level too high: of the loggers, or of the backend', async () => {
    expect(await only({ level: 'fatal' })).toMatchObject({
      code: 'level-too-high',
      message: expect.stringContaining('warning, error are not written'),
    });
    expect(await only({ backends: { file: { ...HEALTHY.file, level: 'error' } } })).toMatchObject({
      code: 'level-too-high',
      message: expect.stringContaining('warning go nowhere'),
    });
    expect(await only({}, '--expect', 'info')).toMatchObject({
      code: 'level-too-high',
      remedy: expect.stringContaining("backends.<name>.level to 'info'"),
    });
  });

  test('route to nowhere', async () => {
    expect(await only({ routes: [{ when: { tags: ['trading'] }, to: ['bridge'], final: true }] })).toMatchObject({
      code: 'route-to-nowhere',
      subject: 'routes[0]',
      remedy: expect.stringContaining('Enable backends.bridge'),
    });
  });

  test('route to nowhere: an address where nobody listens', async () => {
    const server = createTcpServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    expect(await only({ backends: { otlp: { endpoint: `http://127.0.0.1:${port}` } } }, '--timeout', '3')).toMatchObject({
      code: 'collector-unreachable',
      remedy: expect.stringContaining('Start the collector'),
    });
  });

  test.runIf(process.getuid?.() === 0)('no permission: the folder belongs to another user', async () => {
    const folder = join(directory, 'theirs');
    mkdirSync(folder, { mode: 0o755 });
    // As root everything is permitted, so the check runs as another user.
    const { seteuid, setegid } = process as Required<NodeJS.Process>;
    chmodSync(directory, 0o755);
    setegid(65_534);
    seteuid(65_534);
    let finding: Finding;
    try {
      finding = await checkFile({ setting: 'backends.file.path', path: join(folder, 'deeper', 'app.log') });
    } finally {
      seteuid(0);
      setegid(0);
    }
    expect(finding).toMatchObject({ status: 'fault', code: 'no-permission', remedy: expect.stringContaining('chown or chmod') });
    chownSync(folder, 65_534, 65_534);
    rmSync(folder, { recursive: true });
  });

  test('no disk: a file system without room', async (context) => {
    const full = join(directory, 'full');
    mkdirSync(full);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8k', 'hft-otel-test', full]).status === 0;
    if (!mounted) return context.skip('cannot mount a small tmpfs here');
    try {
      expect(await only({ backends: { file: { path: join(full, 'app.jsonl') } } })).toMatchObject({
        code: 'no-disk',
        remedy: expect.stringContaining('Free space'),
      });
    } finally {
      execFileSync('umount', [full]);
      rmSync(full, { recursive: true });
    }
  });

  test('clock off by an hour', async () => {
    const collector = await startOtlpServer();
    closing.push(() => collector.stop());
    // A machine whose clock is an hour behind, in front of the collector.
    const port = await serve((request, response) => {
      const chunks: Buffer[] = [];
      request
        .on('data', (chunk: Buffer) => chunks.push(chunk))
        .on('end', async () => {
          const { method = 'GET' } = request;
          const body = method === 'GET' ? undefined : Buffer.concat(chunks);
          const answer = await fetch(collector.url + request.url, {
            method,
            headers: { 'content-type': String(request.headers['content-type'] ?? '') },
            ...(body && { body }),
          });
          response.writeHead(answer.status, {
            'content-type': answer.headers.get('content-type') ?? '',
            date: new Date(Date.now() - 3_600_000).toUTCString(),
          });
          response.end(Buffer.from(await answer.arrayBuffer()));
        });
    });
    expect(await only({ backends: { otlp: { endpoint: `http://127.0.0.1:${port}` } } })).toMatchObject({
      code: 'clock-off',
      message: expect.stringMatching(/^Ours is (59m59s|1h00m0\ds) ahead of it\.$/),
      remedy: expect.stringContaining('NTP'),
    });
  });

  test('TLS at one end only, either one', async () => {
    const tls = await serve((_, response) => response.end(), true);
    expect(await only({ backends: { otlp: { endpoint: `http://127.0.0.1:${tls}` } } }, '--timeout', '3')).toMatchObject({
      code: 'tls-mismatch',
    });
    const plain = await serve((_, response) => response.end());
    expect(await only({ backends: { otlp: { endpoint: `https://127.0.0.1:${plain}` } } }, '--timeout', '3')).toMatchObject({
      code: 'tls-mismatch',
      remedy: expect.stringContaining('https://'),
    });
    expect(await only({ backends: { otlp: { endpoint: `https://127.0.0.1:${tls}` } } }, '--timeout', '3')).toMatchObject({
      code: 'tls-mismatch',
      remedy: expect.stringContaining('backends.otlp.certificate'),
    });
  });
});

test('for people: faults with their remedies below', async () => {
  const path = join(directory, 'config.json');
  writeFileSync(path, JSON.stringify({ level: 'fatal', backends: HEALTHY }));
  const { code, stdout } = await start(['doctor', '--config', path]).ended;
  expect(code).toBe(1);
  expect(stdout).toMatch(/^FAULT {4}records of app: warning, error are not written.* \[level-too-high\]\n {9}Set level: /m);
  expect(stdout).toMatch(/\n1 fault, 0 warnings\.\n$/);
});
