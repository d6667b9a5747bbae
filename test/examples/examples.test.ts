/**
 * The examples run, say what they promise, are no longer than a screen, and are listed. The Kubernetes manifest needs a collector:
 * test/servers/kubernetes-example.test.ts.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { temporaryFolder } from '../support/child.ts';

const EXAMPLES = join(import.meta.dirname, '../../examples');
const FROM_SOURCE = join(import.meta.dirname, 'from-source.mjs');
/** With the file's comment. */
const MOST_LINES = 65;
const PATIENCE = { timeout: 20_000, interval: 50 };

interface Running {
  readonly child: ChildProcess;
  /** Lines on stdout so far: those that are JSON, parsed. */
  lines(): (Record<string, unknown> | string)[];
  readonly ended: Promise<{ code: number | null; stderr: string }>;
}

function start(name: string, cwd: string, env: NodeJS.ProcessEnv = {}): Running {
  const child = spawn(process.execPath, ['--import', FROM_SOURCE, join(EXAMPLES, `${name}.ts`)], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_ENV: '', NODE_OPTIONS: '', OTEL_SDK_DISABLED: '', ...env },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  return {
    child,
    lines: () =>
      stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => (line.startsWith('{"time"') ? (JSON.parse(line) as Record<string, unknown>) : line)),
    ended: new Promise((resolve) => child.on('close', (code) => resolve({ code, stderr }))),
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Not the zeros that stand for no trace. */
const TRACE_ID = expect.stringMatching(/^(?!0+$)[0-9a-f]{32}$/);
const named = (msg: string, fields: object = {}) => expect.objectContaining({ msg, ...fields });

describe.each<[string, readonly unknown[]]>([
  [
    'rest-client',
    [
      expect.objectContaining({ event: 'order_placed', orderId: 'X1' }),
      named('order placed', { orderId: 'X1' }),
      named('order failed', { 'exception.message': 'the exchange answered 400' }),
      named('measured', { name: 'order_placement_duration_us' }),
    ],
  ],
  [
    'websocket-feed',
    [
      named('feed opened', { attempt: 1 }),
      named('feed closed', { attempt: 1 }),
      named('tick', { level: 'debug' }),
      named('feed closed', { attempt: 2 }),
    ],
  ],
  [
    'strategy',
    [
      named('quoted', { spread: 1 }),
      named('spread is wide', { spread: 20 }),
      expect.objectContaining({ event: 'quote_changed', audit_seq: 2 }),
    ],
  ],
  [
    'ccxt-bot',
    [
      named('request answered', { outcome: 'ok', network_us: expect.any(Number) }),
      named('ticker', { bid: 64_000 }),
      named('measured', { names: expect.arrayContaining(['ccxt_network_duration_us', 'ccxt_requests_total']) }),
    ],
  ],
  [
    'pino-migration',
    [named('order placed', { account: 'A1', logger: 'gateway' }), named('order failed', { 'exception.message': 'rejected' })],
  ],
  ['cluster', ['orders_placed_total 3', named('worker ready', { worker: 2 })]],
  [
    'node-sdk',
    [
      named('order placed', { trace_id: TRACE_ID }),
      named('from a library', { trace_id: TRACE_ID }),
      expect.stringMatching(/^ {2}traceId: '[0-9a-f]{32}',$/),
    ],
  ],
])('%s', (name, expected) => {
  test('runs to its end and says what it promises', async () => {
    using folder = temporaryFolder();
    const { ended, lines } = start(name, folder.path, { PORT: String(await freePort()) });
    const { code, stderr } = await ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(lines()).toEqual(expect.arrayContaining([...expected]));
    expect(JSON.stringify(lines())).not.toMatch(/of-the-desk|"4111"/);
  });
});

describe.each<[string, string, readonly unknown[]]>([
  [
    'fastify-service',
    '/orders/X1',
    [
      named('incoming request', { logger: 'http' }),
      named('order asked for', { order: 'X1', reqId: 'req-1' }),
      named('request completed'),
    ],
  ],
  [
    'nestjs-service',
    '/orders',
    [
      named('Nest application successfully started', { logger: 'NestApplication' }),
      named('orders asked for', { logger: 'OrdersController' }),
    ],
  ],
])('%s', (name, path, expected) => {
  test('serves, logs, and ends when it is told to', async () => {
    using folder = temporaryFolder();
    const port = await freePort();
    const { child, ended, lines } = start(name, folder.path, { PORT: String(port) });
    await vi.waitFor(async () => expect((await fetch(`http://127.0.0.1:${port}${path}`)).status).toBe(200), PATIENCE);
    child.kill('SIGTERM');
    const { code, stderr } = await ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(lines()).toEqual(expect.arrayContaining([...expected]));
  });
});

test('each is the length of a screen, and listed in the README of the examples', () => {
  const readme = readFileSync(join(EXAMPLES, 'README.md'), 'utf8');
  const files = readdirSync(EXAMPLES).filter((name) => /\.(?:ts|yaml)$/.test(name));
  expect(files).toHaveLength(10);
  for (const file of files) {
    expect(readme).toContain(`(${file})`);
    expect(readFileSync(join(EXAMPLES, file), 'utf8').split('\n').length, file).toBeLessThanOrEqual(MOST_LINES);
  }
});
