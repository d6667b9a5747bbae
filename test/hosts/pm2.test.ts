/** docs/hosts.md and docs/metrics.md: the workers of pm2's cluster mode are one service. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { freePort } from '../../src/demo/ports.ts';
import { APPS, installHosts, run, tool } from './hosts.ts';

const WORKERS = 3;
const PATIENCE = { timeout: 60_000, interval: 200 };

let hosts: string;
let project: string;
let home: string;
let port: number;

beforeAll(async () => {
  hosts = installHosts();
  project = mkdtempSync(join(hosts, 'project-'));
  cpSync(APPS, project, { recursive: true });
  writeFileSync(join(project, 'package.json'), '{ "private": true }');
  home = mkdtempSync(join(tmpdir(), 'hft-pm2-'));
  port = await freePort(0);
  pm2('start', 'pm2-worker.mjs', '--name', 'gateway', '-i', `${WORKERS}`);
});

afterAll(() => {
  pm2('kill');
  for (const folder of [project, home]) rmSync(folder, { recursive: true, force: true });
});

/** Its daemon and all else of it live in a folder of this test. */
function pm2(...words: string[]): string {
  const env = { PM2_HOME: home, METRICS_PORT: `${port}`, PM2_DISABLE_VERSION_CHECK: 'true' };
  return run(process.execPath, [tool(hosts, 'pm2/bin/pm2'), ...words], project, env);
}

async function ordersIn(query = ''): Promise<Record<string, number>> {
  const page = await (await fetch(`http://127.0.0.1:${port}/metrics${query}`)).text();
  return Object.fromEntries(
    [...page.matchAll(/^orders_total(?:\{cluster_worker="(.*)"\})? (\d+)$/gm)].map(([, worker, value]) => [
      worker ?? 'all',
      Number(value),
    ]),
  );
}

async function pids(): Promise<number[]> {
  const health = (await (await fetch(`http://127.0.0.1:${port}/health`)).json()) as { state: string; workers: { pid: number }[] };
  expect(health.state).toBe('ok');
  return health.workers.map(({ pid }) => pid).sort((a, b) => a - b);
}

test('pm2’s workers have one endpoint, by the numbers that pm2 gives them, and one health', async () => {
  await vi.waitFor(async () => expect(await ordersIn('?by=worker')).toEqual({ 0: 100, 1: 100, 2: 100 }), PATIENCE);
  expect(await ordersIn()).toEqual({ all: 300 });
  expect(await pids()).toHaveLength(WORKERS);
});

test('one that is killed is started again under its number; the sum goes on', async () => {
  const before = await pids();
  process.kill(before[0]!, 'SIGKILL');
  await vi.waitFor(async () => {
    const now = await pids();
    expect(now).toHaveLength(WORKERS);
    expect(now).not.toContain(before[0]);
  }, PATIENCE);
  expect(await ordersIn('?by=worker')).toEqual({ 0: 100, 1: 100, 2: 100 });
  expect(await ordersIn()).toEqual({ all: 400 });
});

test('pm2 reload replaces them one by one, whichever has the port; the sum goes on', async () => {
  const before = await pids();
  pm2('reload', 'gateway');
  await vi.waitFor(async () => {
    const now = await pids();
    expect(now).toHaveLength(WORKERS);
    for (const pid of before) expect(now).not.toContain(pid);
  }, PATIENCE);
  expect(await ordersIn()).toEqual({ all: 700 });
});
