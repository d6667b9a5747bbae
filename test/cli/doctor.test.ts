/**
 * `hft-otel doctor` beside the ten faults of doctor-faults.test.ts: what is well, variants of faults, and what people read.
 */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Finding } from '../../src/cli/doctor/finding.ts';
import { freePort } from '../../src/demo/ports.ts';
import { createLogging, type LoggingConfig } from '../../src/index.ts';
import { start } from '../demo/demo-process.ts';
import { startOtlpServer } from '../support/otlp-server.ts';
import { healthyBackends, listen, runDoctor, serve } from './doctor-run.ts';

const directory = mkdtempSync(join(tmpdir(), 'hft-doctor-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** The one fault that is planted. */
async function only(config: LoggingConfig, ...words: string[]): Promise<Finding> {
  const { code, faults } = await runDoctor(directory, config, { words });
  expect(faults).toHaveLength(1);
  expect(code).toBe(1);
  expect(faults[0].remedy).toBeTruthy();
  return faults[0];
}

test('the probe is all that the collector gets: no metrics under the name of the service', async () => {
  const collector = await startOtlpServer();
  const otlp = { endpoint: collector.url, metricsEndpoint: `${collector.url}/v1/metrics`, metricsIntervalMillis: 100 };
  const { code } = await runDoctor(directory, { backends: { otlp } });
  await collector.stop();
  expect(code).toBe(0);
  expect(collector.received.map(({ body }) => body)).toEqual(['probe']);
  expect(collector.requests.filter(({ path, bytes }) => path !== '/v1/logs' && bytes > 0)).toEqual([]);
});

test('nothing is wrong: exit code 0, a probe record has arrived, and nothing is left behind', async () => {
  const collector = await startOtlpServer();
  await using _ = { [Symbol.asyncDispose]: () => collector.stop() };
  const { code, findings } = await runDoctor(directory, { backends: { otlp: { endpoint: collector.url } } });
  expect(code).toBe(0);
  const probe = findings.find(({ code }) => code === 'collector');
  const [record] = collector.received;
  expect(record).toMatchObject({ body: 'probe', scope: { name: 'hft-otel.doctor' } });
  expect(probe?.message).toContain(String(record.attributes.probe));
  expect(readdirSync(directory).sort()).toEqual(['config.json']);
});

describe('planted faults', () => {
  test('a wrong configuration: each setting with what was expected', async () => {
    const { code, faults } = await runDoctor(directory, {
      level: 'loud',
      backends: { file: { keep: -1 } },
    } as unknown as LoggingConfig);
    expect(code).toBe(1);
    expect(faults.map(({ code, subject }) => [code, subject])).toEqual([
      ['configuration', 'level'],
      ['configuration', 'backends.file.keep'],
    ]);
  });

  describe('a port of /metrics that a running instance serves', () => {
    const prometheus = async () => ({ enabled: true, port: await freePort(0) });
    const running = async (name: string, backends: { prometheus: { enabled: boolean; port: number } }) => {
      const logging = createLogging({ service: { name }, backends: { memory: {}, ...backends } });
      await logging.ready;
      // The first page loads modules: the doctor need not wait for that.
      await fetch(`http://127.0.0.1:${backends.prometheus.port}/metrics`);
      return { [Symbol.asyncDispose]: async () => void (await logging.shutdown()) };
    };

    test('one of the same service is no fault, and that processes share the port is said only where they do', async () => {
      const backends = { prometheus: await prometheus() };
      await using _ = await running('gateway', backends);
      const found = async (under: readonly string[]) => {
        const { code, findings } = await runDoctor(directory, { service: { name: 'gateway' }, backends }, { under });
        expect(code).toBe(0);
        return findings.find(({ code }) => code === 'port')?.message;
      };
      expect(await found([])).toMatch(/^A process of the service gateway serves it\. A second one .* shares the port\.$/);
      // Where another user's process, or one of a systemd unit with PrivateTmp, would look for it.
      const elsewhere = mkdtempSync(join(tmpdir(), 'hft-doctor-'));
      expect(await found(['env', `TMPDIR=${elsewhere}`])).toMatch(
        /gateway serves it\. .* shares the port if it has the same user .* this command would not\.$/,
      );
      expect(readdirSync(elsewhere)).toEqual([]);
      rmSync(elsewhere, { recursive: true });
    });

    test('one of another service is, and the fault names it', async () => {
      const backends = { prometheus: await prometheus() };
      await using _ = await running('strategy', backends);
      expect(await only({ service: { name: 'gateway' }, backends })).toMatchObject({
        code: 'port-taken',
        message: expect.stringContaining('The service strategy serves it, and this one is gateway'),
        remedy: expect.stringContaining('a port of its own'),
      });
    });
  });

  test('a level of a backend that is too high, and one that is expected', async () => {
    expect(await only({ backends: { file: { ...healthyBackends(directory).file, level: 'error' } } })).toMatchObject({
      code: 'level-too-high',
      message: expect.stringContaining('warning go nowhere'),
    });
    expect(await only({ preset: 'production' }, '--expect', 'info')).toMatchObject({
      code: 'level-too-high',
      remedy: expect.stringContaining("backends.<name>.level to 'info'"),
    });
  });

  test('route to nowhere: an address where nobody listens', async () => {
    const gone = await listen(createServer());
    await gone[Symbol.asyncDispose]();
    expect(await only({ backends: { otlp: { endpoint: `http://127.0.0.1:${gone.port}` } } }, '--timeout', '3')).toMatchObject({
      code: 'collector-unreachable',
      remedy: expect.stringContaining('Start the collector'),
    });
  });

  test('TLS at our end only, and a certificate that nobody trusts', async () => {
    await using plain = await serve((_, response) => response.end());
    await using tls = await serve((_, response) => response.end(), { tls: true });
    expect(await only({ backends: { otlp: { endpoint: `https://127.0.0.1:${plain.port}` } } }, '--timeout', '3')).toMatchObject({
      code: 'tls-mismatch',
      remedy: expect.stringContaining('https://'),
    });
    expect(await only({ backends: { otlp: { endpoint: `https://127.0.0.1:${tls.port}` } } }, '--timeout', '3')).toMatchObject({
      code: 'tls-mismatch',
      remedy: expect.stringContaining('backends.otlp.certificate'),
    });
  });
});

test('for people: faults with their remedies below', async () => {
  const path = join(directory, 'config.json');
  writeFileSync(path, JSON.stringify({ level: 'fatal', backends: healthyBackends(directory) }));
  const { code, stdout } = await start(['doctor', '--config', path]).ended;
  expect(code).toBe(1);
  expect(stdout).toMatch(/^FAULT {4}records of app: warning, error are not written.* \[level-too-high\]\n {9}Set level: /m);
  expect(stdout).toMatch(/\n1 fault, 0 warnings\.\n$/);
});
