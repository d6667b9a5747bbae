/**
 * The ten faults that `hft-otel doctor` finds. Each is caused for real, found alone and by its name, and gone when its remedy has been applied. The same with a
 * real collector: test/servers/doctor.test.ts.
 */
import { chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { FindingCode } from '../../src/cli/doctor/finding.ts';
import type { LoggingConfig } from '../../src/index.ts';
import { NOBODY } from '../support/another-user.ts';
import {
  canRunUnder,
  type DoctorOptions,
  isRoot,
  listen,
  runDoctor,
  serve,
  tlsFile,
  WITHOUT_CAPABILITIES,
  withFullDisk,
} from './doctor-run.ts';

const root = mkdtempSync(join(tmpdir(), 'hft-doctor-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Planted {
  readonly config: LoggingConfig;
  readonly options?: DoctorOptions;
  /** Applies the remedy, and answers the configuration that the doctor is to find healthy. */
  mend(): LoggingConfig | Promise<LoggingConfig>;
}

interface Fault {
  readonly name: string;
  readonly code: FindingCode;
  readonly remedy: RegExp;
  /** Why this machine cannot have the fault; undefined: it can. */
  readonly missing?: string;
  /** `folder`: of this test alone. */
  plant(folder: string, ends: AsyncDisposableStack): Planted | Promise<Planted>;
}

/** A collector for what the doctor asks: it takes logs at their path, for a token, and has a clock. */
const collector =
  ({ token = undefined as string | undefined, aheadMillis = 0 } = {}): RequestListener =>
  (request, response) => {
    request.resume();
    response.setHeader('date', new Date(Date.now() + aheadMillis).toUTCString());
    if (request.url !== '/v1/logs') return response.writeHead(404).end();
    if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) return response.writeHead(401).end();
    // No bytes are an ExportLogsServiceResponse that refuses nothing.
    request.on('end', () => response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end());
  };

const otlp = (endpoint: string, more: object = {}): LoggingConfig => ({ backends: { otlp: { endpoint, ...more } } });
const at = (port: number, path = '') => `http://127.0.0.1:${port}${path}`;

const FAULTS: readonly Fault[] = [
  {
    name: 'port taken',
    code: 'port-taken',
    remedy: /ss -ltnp 'sport = :\d+'\) and end it, or set backends\.prometheus\.port/,
    async plant(_, ends) {
      const other = await serve((_, response) => response.end('hello'));
      ends.use(other);
      const config = { backends: { prometheus: { enabled: true, port: other.port } } };
      return {
        config,
        async mend() {
          await other[Symbol.asyncDispose]();
          return config;
        },
      };
    },
  },
  {
    name: 'wrong token',
    code: 'wrong-token',
    remedy: /Set the collector’s token in backends\.otlp\.headers/,
    async plant(_, ends) {
      const { port } = ends.use(await serve(collector({ token: 'right' })));
      return {
        config: otlp(at(port), { headers: { authorization: 'Bearer wrong' } }),
        mend: () => otlp(at(port), { headers: { authorization: 'Bearer right' } }),
      };
    },
  },
  {
    name: 'no disk',
    code: 'no-disk',
    remedy: /Free space .* or choose a path on another disk/,
    ...(!canRunUnder(withFullDisk(tmpdir())) && { missing: 'a file system cannot be mounted' }),
    plant(folder) {
      const full = join(folder, 'full');
      mkdirSync(full);
      return {
        config: { backends: { file: { path: join(full, 'app.jsonl') } } },
        options: { under: withFullDisk(full) },
        mend: () => ({ backends: { file: { path: join(folder, 'app.jsonl') } } }),
      };
    },
  },
  {
    name: 'no permission',
    code: 'no-permission',
    remedy: /Let the user of the service write .* chown or chmod its folder/,
    ...(!canRunUnder(WITHOUT_CAPABILITIES) && { missing: 'root cannot give up its rights' }),
    plant(folder) {
      const theirs = join(folder, 'theirs');
      mkdirSync(theirs, { mode: isRoot ? 0o755 : 0o555 });
      if (isRoot) chownSync(theirs, NOBODY, NOBODY);
      return {
        config: { backends: { file: { path: join(theirs, 'deeper', 'app.jsonl') } } },
        options: { under: WITHOUT_CAPABILITIES },
        mend() {
          if (isRoot) chownSync(theirs, 0, 0);
          return { backends: { file: { path: join(isRoot ? theirs : folder, 'deeper', 'app.jsonl') } } };
        },
      };
    },
  },
  {
    name: 'clock off',
    code: 'clock-off',
    remedy: /Set the clock of this machine by NTP or PTP/,
    async plant(_, ends) {
      const behind = ends.use(await serve(collector({ aheadMillis: -3_600_000 })));
      const right = ends.use(await serve(collector()));
      return { config: otlp(at(behind.port)), mend: () => otlp(at(right.port)) };
    },
  },
  {
    name: 'wrong endpoint path',
    code: 'wrong-path',
    remedy: /the base address without a path, \/v1\/logs is appended/,
    async plant(_, ends) {
      const { port } = ends.use(await serve(collector()));
      return { config: otlp(at(port, '/otlp')), mend: () => otlp(at(port)) };
    },
  },
  {
    name: 'gRPC port',
    code: 'grpc-port',
    remedy: /Use the port of OTLP over HTTP, 4318/,
    async plant(_, ends) {
      // gRPC speaks HTTP/2 alone, and without TLS by prior knowledge.
      const grpc = ends.use(await listen(createHttp2Server()));
      const http = ends.use(await serve(collector()));
      return { config: otlp(at(grpc.port)), mend: () => otlp(at(http.port)) };
    },
  },
  {
    name: 'TLS mismatch',
    code: 'tls-mismatch',
    remedy: /Use https:\/\/ where the collector speaks TLS/,
    async plant(_, ends) {
      const { port } = ends.use(await serve(collector(), { tls: true }));
      return {
        config: otlp(`http://127.0.0.1:${port}`),
        mend: () => otlp(`https://127.0.0.1:${port}`, { certificate: tlsFile('ca.pem') }),
      };
    },
  },
  {
    name: 'level too high',
    code: 'level-too-high',
    remedy: /Set level: 'warning', or levels: \{ 'app': 'warning' \}/,
    plant: () => ({ config: { level: 'fatal' }, mend: () => ({ level: 'warning' }) }),
  },
  {
    name: 'route to nowhere',
    code: 'route-to-nowhere',
    remedy: /Enable backends\.bridge, or lead the route to one of file/,
    plant: () => ({
      config: { routes: [{ when: { tags: ['trading'] }, to: ['bridge'], final: true }] },
      mend: () => ({ routes: [{ when: { tags: ['trading'] }, to: ['file'] }] }),
    }),
  },
];

test('there are ten', () => {
  expect(FAULTS.map(({ name }) => name)).toEqual([
    'port taken',
    'wrong token',
    'no disk',
    'no permission',
    'clock off',
    'wrong endpoint path',
    'gRPC port',
    'TLS mismatch',
    'level too high',
    'route to nowhere',
  ]);
  expect(new Set(FAULTS.map(({ code }) => code)).size).toBe(10);
});

describe('the doctor names the fault and its remedy, and finds nothing when it has been mended', () => {
  test.for(FAULTS)('$name', async ({ name, code, remedy, missing, plant }, { skip }) => {
    if (missing !== undefined) return skip(`${missing} on this machine`);
    await using ends = new AsyncDisposableStack();
    const folder = join(root, name.replaceAll(' ', '-'));
    mkdirSync(folder);
    const { config, options, mend } = await plant(folder, ends);
    const ill = await runDoctor(folder, config, options);
    expect(ill.faults).toMatchObject([{ code, remedy: expect.stringMatching(remedy) }]);
    expect(ill.code).toBe(1);
    const healthy = await runDoctor(folder, await mend(), options);
    expect(healthy.faults).toEqual([]);
    expect(healthy.code).toBe(0);
  });
});
