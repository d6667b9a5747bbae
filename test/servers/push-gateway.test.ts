/**
 * A real Pushgateway that asks for credentials, goes away and comes back.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { freePorts, startServer } from '../../scripts/servers/process.ts';
import { executable } from '../../scripts/servers/versions.ts';
import { createLogging, type LoggingConfig } from '../../src/index.ts';
import { PATIENCE } from '../support/patience.ts';

const PASSWORD = 's:cret p@ss';
/** bcrypt of {@link PASSWORD}, as `htpasswd -nB` writes it. */
const PASSWORD_HASH = '$2b$05$abcdefghijklmnopqrstuukKRk8EMdNsu4z4Pg.OCRIMt7lp06FCW';
const CREDENTIALS = `trader:${encodeURIComponent(PASSWORD)}@`;
const AUTHORIZATION = { Authorization: `Basic ${Buffer.from(`trader:${PASSWORD}`).toString('base64')}` };

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'hft-otel-push-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function open(url: string, more: LoggingConfig = {}, prometheus: NonNullable<LoggingConfig['backends']>['prometheus'] = {}) {
  const logging = createLogging({
    service: { name: 'trader', instanceId: 'i/1' },
    handleExits: false,
    backends: {
      console: { enabled: false },
      prometheus: { enabled: false, pushGatewayUrl: url, pushIntervalMillis: 100, ...prometheus },
    },
    ...more,
  });
  onTestFinished(() => void logging.shutdown());
  return logging;
}

test('one that asks for credentials takes those of the URL and no others', async () => {
  const path = folder();
  writeFileSync(join(path, 'web.yaml'), `basic_auth_users: { trader: '${PASSWORD_HASH}' }\n`);
  const [port] = await freePorts(1);
  const child = spawn(
    executable('pushgateway'),
    [`--web.listen-address=127.0.0.1:${port}`, `--web.config.file=${join(path, 'web.yaml')}`],
    { stdio: 'ignore' },
  );
  onTestFinished(async () => {
    child.kill();
    await once(child, 'close');
  });
  const metricsUrl = `http://127.0.0.1:${port}/metrics`;
  await vi.waitFor(async () => expect((await fetch(metricsUrl)).status).toBe(401), PATIENCE);
  const page = async () => (await fetch(metricsUrl, { headers: AUTHORIZATION })).text();

  const stranger = open(`http://trader:wrong@127.0.0.1:${port}`);
  stranger.getLogger('a').counter('stranger_total');
  await stranger.flush();
  const { state, lastError } = stranger.health().backends.pushGateway!;
  expect([state, lastError]).toEqual(['failed', expect.stringMatching(/HTTP 401.*Give user and password in front of the host/)]);
  expect(lastError).not.toContain('wrong');

  const known = open(`http://${CREDENTIALS}127.0.0.1:${port}`, {}, { deleteOnShutdown: true });
  known.getLogger('a').counter('known_total', 7);
  expect((await known.flush()).complete).toBe(true);
  expect(await page()).toContain('known_total{instance="i/1",job="trader"} 7');
  await known.shutdown();
  const left = await page();
  expect(left).not.toContain('known_total');
  expect(left).not.toContain('stranger_total');
});

test('one that goes away is tried again until it is back, and then has everything', async () => {
  const path = folder();
  const [port] = await freePorts(1);
  const start = () =>
    startServer({
      name: 'pushgateway',
      program: executable('pushgateway'),
      args: [`--web.listen-address=127.0.0.1:${port}`],
      logPath: join(path, 'pushgateway.log'),
      ready: `http://127.0.0.1:${port}/-/ready`,
    });
  const first = await start();
  const logging = open(`http://127.0.0.1:${port}`);
  const log = logging.getLogger('a');
  log.counter('orders_total', 1);
  await logging.flush();
  await first.kill();
  log.counter('orders_total', 10);
  await vi.waitFor(() => {
    const { state, droppedTotal } = logging.health().backends.pushGateway!;
    expect([state, droppedTotal > 1]).toEqual(['degraded', true]);
  }, PATIENCE);
  const second = await start();
  onTestFinished(() => second.stop());
  await vi.waitFor(() => expect(logging.health().backends.pushGateway!.state).toBe('ok'), PATIENCE);
  log.counter('orders_total', 100);
  await logging.shutdown();
  const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  expect(page).toContain('orders_total{instance="i/1",job="trader"} 111');
});
