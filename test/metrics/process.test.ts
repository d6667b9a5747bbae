/**
 * Metrics of whole processes, looked at from outside: through their endpoint, at a gateway, and in what they say of themselves.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { freePort } from '../../src/demo/ports.ts';
import type { Health } from '../../src/index.ts';
import { createLogging } from '../../src/logging.ts';
import { runProgram, temporaryFolder } from '../support/child.ts';
import { PATIENCE } from '../support/patience.ts';
import { parseExposition } from './support/exposition.ts';

const SERVICE = fileURLToPath(new URL('programs/service.ts', import.meta.url));

function runService(config: object, orders: number, way: string) {
  return runProgram('../../metrics/programs/service.ts', [JSON.stringify(config), `${orders}`, way]);
}

test('a scrape is answered, with everything counted, while the event loop of the process is blocked', async () => {
  using folder = temporaryFolder();
  const release = join(folder.path, 'release');
  const port = await freePort(0);
  const config = { backends: { console: { enabled: false }, prometheus: { port } } };
  const child = spawn(process.execPath, [SERVICE, JSON.stringify(config), '5000', 'shutdown', release]);
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  await vi.waitFor(() => expect(output).toContain('blocked'), PATIENCE);
  for (let i = 0; i < 5; i++) {
    const { samples } = parseExposition(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text());
    expect(samples['orders_placed_total{exchange="mexc"}']).toBe('5000');
    expect(samples['order_placement_duration_us_count{exchange="mexc"}']).toBe('5000');
    expect(samples['order_placement_duration_us_bucket{exchange="mexc",le="500"}']).toBe('2500');
  }
  const code = new Promise((resolve) => child.on('close', resolve));
  writeFileSync(release, '');
  expect(await code).toBe(0);
  const [, health] = output.split('\n');
  expect((JSON.parse(health!) as Health).backends.prometheus).toMatchObject({ state: 'ok', droppedTotal: 0 });
});

test('a second process on the same port goes on without it, and is told why and what to do, by health() and one process warning', async () => {
  const port = await freePort(0);
  const config = { backends: { console: { enabled: false }, prometheus: { port } } };
  const first = createLogging({ ...config, service: { name: 'another service' }, handleExits: false });
  onTestFinished(() => void first.shutdown());
  await first.ready;
  expect(first.health().backends.prometheus).toMatchObject({ state: 'ok' });
  const { code, stdout, stderr } = await runService(config, 1, 'shutdown');
  expect(code).toBe(0);
  const reason = `Cannot listen on 127.0.0.1:${port} (EADDRINUSE). Another service, or one of another user, has this port: give backends.prometheus.port another one, or wait until it is free.`;
  expect((JSON.parse(stdout) as Health).backends.prometheus).toMatchObject({ state: 'failed', lastError: reason });
  expect(stderr.split(`The backend prometheus has failed: ${reason}`)).toHaveLength(2);
  expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(200);
});

describe('workers of a cluster', () => {
  const workers = 3;

  async function startCluster() {
    const port = await freePort(0);
    const config = { service: { name: `clustered-${port}` }, backends: { console: { enabled: false }, prometheus: { port } } };
    const program = fileURLToPath(new URL('programs/cluster.ts', import.meta.url));
    const child = spawn(process.execPath, [program, JSON.stringify(config), `${workers}`], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    const scrape = async (query = '') =>
      parseExposition(await (await fetch(`http://127.0.0.1:${port}/metrics${query}`)).text()).samples;
    const byWorker = async () => {
      const found = Object.entries(await scrape('?by=worker')).filter(([series]) => series.startsWith('orders_total{'));
      return Object.fromEntries(found.map(([series, value]) => [/cluster_worker="(.*?)"/.exec(series)?.[1], value]));
    };
    const health = async () => {
      const response = await fetch(`http://127.0.0.1:${port}/health`);
      return { status: response.status, ...((await response.json()) as { state: string; workers: { worker: string }[] }) };
    };
    await vi.waitFor(() => expect(output.split('counted')).toHaveLength(workers + 1), PATIENCE);
    await vi.waitFor(async () => expect(await byWorker()).toEqual({ 1: '100', 2: '200', 3: '300' }), PATIENCE);
    expect(output).not.toContain('failed');
    return { child, scrape, byWorker, health };
  }

  test('are at one endpoint: their sum, each by itself where that is asked for, and one health', async () => {
    const { scrape, health } = await startCluster();
    const samples = await scrape();
    expect(samples.orders_total).toBe('600');
    expect(samples.order_duration_us_count).toBe('600');
    expect(samples['order_duration_us_bucket{le="500"}']).toBe('600');
    expect(samples['order_duration_us_bucket{le="+Inf"}']).toBe('600');
    // A gauge of three processes has three values.
    expect(
      Object.keys(samples)
        .filter((series) => series.startsWith('open_orders'))
        .sort(),
    ).toEqual([1, 2, 3].map((worker) => `open_orders{cluster_worker="${worker}"}`));
    const { status, state, workers: told } = await health();
    expect({ status, state }).toEqual({ status: 200, state: 'ok' });
    expect(told.map(({ worker }) => worker).sort()).toEqual(['1', '2', '3']);
  });

  test('that are killed leave what they had counted in the sum, whoever has the port; the sum never falls', async () => {
    const { child, scrape, byWorker, health } = await startCluster();
    expect((await scrape()).orders_total).toBe('600');
    child.stdin.write('end 1\n');
    await vi.waitFor(async () => expect(await byWorker()).toEqual({ 2: '200', 3: '300' }), PATIENCE);
    expect((await scrape()).orders_total).toBe('600');
    child.stdin.write('end 2\n');
    await vi.waitFor(async () => expect(await byWorker()).toEqual({ 3: '300' }), PATIENCE);
    const samples = await scrape();
    expect(samples.orders_total).toBe('600');
    expect(samples['order_duration_us_bucket{le="500"}']).toBe('600');
    expect(Object.keys(samples).filter((series) => series.startsWith('open_orders'))).toEqual([
      'open_orders{cluster_worker="3"}',
    ]);
    expect((await health()).workers).toHaveLength(1);
    child.stdin.write('end 3\n');
    await new Promise((resolve) => child.on('close', resolve));
  });

  test('that shut down leave what they had counted since the last scrape too', async () => {
    const { child, scrape, byWorker } = await startCluster();
    // Nobody has scraped since each of them has counted 1,000 more.
    for (const worker of [1, 2]) {
      child.stdin.write(`count ${worker}\n`);
      await vi.waitFor(async () => expect(Object.keys(await byWorker())).not.toContain(`${worker}`), PATIENCE);
    }
    await vi.waitFor(async () => expect((await scrape()).orders_total).toBe('2600'), PATIENCE);
    child.stdin.write('end 3\n');
    await new Promise((resolve) => child.on('close', resolve));
  });
});

interface Push {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

async function gateway(answer = true): Promise<{ url: string; pushes: Push[] }> {
  const pushes: Push[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      pushes.push({ method: request.method!, path: request.url!, authorization: request.headers.authorization, body });
      if (answer) response.writeHead(202).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `trader:secret@127.0.0.1:${(server.address() as AddressInfo).port}`, pushes };
}

describe('at the end of a process', () => {
  const pushing = (url: string, more: object = {}) => ({
    service: { name: 'trader', instanceId: 'host-1' },
    backends: {
      console: { enabled: false },
      prometheus: { enabled: false, pushGatewayUrl: `http://${url}`, pushIntervalMillis: 60_000, ...more },
    },
  });

  test.each(['end', 'exit', 'shutdown', 'SIGTERM'])(
    '%s: the gateway has everything that was counted, under job and instance, with the credentials',
    async (way) => {
      const { url, pushes } = await gateway();
      const { stderr } = await runService(pushing(url), 3_000, way);
      expect(stderr).toBe('');
      const { method, path, authorization, body } = pushes.at(-1)!;
      expect({ method, path, authorization }).toEqual({
        method: 'PUT',
        path: '/metrics/job/trader/instance/host-1',
        authorization: `Basic ${Buffer.from('trader:secret').toString('base64')}`,
      });
      const { samples } = parseExposition(body);
      expect(samples['orders_placed_total{exchange="mexc"}']).toBe('3000');
      expect(samples['order_placement_duration_us_count{exchange="mexc"}']).toBe('3000');
      // What callbacks see is asked of them once more, though no event loop turns at the end.
      expect(samples['orders_observed_total{otel_scope_name="library"}']).toBe('3000');
    },
  );

  test.each(['exit', 'shutdown'])('%s: the group is deleted when that is asked for, and is not pushed again', async (way) => {
    const { url, pushes } = await gateway();
    const { stderr } = await runService(pushing(url, { deleteOnShutdown: true, pushIntervalMillis: 100 }), 10, way);
    expect(stderr).toBe('');
    expect(pushes.at(-1)).toMatchObject({ method: 'DELETE', path: '/metrics/job/trader/instance/host-1', body: '' });
  });

  test('a gateway that does not answer does not keep the process from ending', async () => {
    const { url, pushes } = await gateway(false);
    const { signal, stderr } = await runService({ ...pushing(url), exitTimeoutMillis: 2_000 }, 10, 'exit');
    expect({ signal, stderr }).toEqual({ signal: null, stderr: '' });
    expect(pushes.length).toBeGreaterThanOrEqual(1);
  });

  test('percentiles are written a last time', async () => {
    for (const way of ['exit', 'shutdown']) {
      const { stdout } = await runService(
        { backends: { console: { level: 'error', structured: false }, histogram: { enabled: true, intervalMillis: 60_000 } } },
        1_000,
        way,
      );
      const [head, ...more] = stdout.split('latencies, last 60 s (since start)');
      expect(head).toContain('"worker"');
      expect(more).toHaveLength(1);
      expect(more[0]).toMatch(/order_placement_duration_us\{exchange=mexc\} +us +1000 \(1000\)/);
    }
  });

  test('in a container, where stdout has records as JSON lines, no table of percentiles stands between them', async () => {
    for (const stream of [undefined, 'stderr', 'stdout'] as const) {
      const histogram = { enabled: true, intervalMillis: 60_000, ...(stream && { stream }) };
      const { stdout, stderr } = await runService({ backends: { console: {}, histogram } }, 1_000, 'exit');
      expect(stdout.includes('latencies, last')).toBe(stream === 'stdout');
      expect(stderr.includes('latencies, last')).toBe(stream === 'stderr');
    }
  });
});

test('threads that ended have lost nothing; what exceeds the limit is in overflow series, exactly, and counted in health(); their troubles are told once', async () => {
  const { code, stdout, stderr } = await runProgram('../../metrics/programs/many-series.ts', [], { timeoutMillis: 50_000 });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { tables, before, after, reconfigured, health, inherited } = JSON.parse(stdout);
  expect(tables).toBe(2);
  for (const metrics of [before, after, reconfigured]) {
    const named = Object.fromEntries(metrics.map((metric: { name: string }) => [metric.name, metric]));
    const values = (name: string): number[] => named[name].series.map(({ value }: { value: number }) => value);
    const sum = (name: string) => values(name).reduce((a, b) => a + b, 0);
    expect(sum('fills_total')).toBe(32_000);
    expect(named.fills_total.series).toHaveLength(10);
    expect(sum('too_many_total')).toBe(4_000);
    expect(named.fill_duration_us.series.map(({ count, value }: { count: number; value: number }) => [count, value])).toEqual(
      Array(8).fill([4_000, 32_000]),
    );
  }
  // 9 of 32 series are told apart; of 1,000 rounds in each thread, 9.
  expect(health.metrics).toMatchObject({ rejected: { negative: 4_000 }, overflowed: 4 * 991 });
  expect(health.metrics.overflowedSeries).toBeGreaterThanOrEqual(23);
  expect(inherited).toMatchObject({ rejected: { negative: 4_000 }, overflowed: 4 * 991 });
  expect(health.warnings.filter((warning: string) => warning.startsWith('Metric'))).toEqual([
    'Metric "too_many_total" was given a negative amount. A counter only goes up: use metric() for a value that also goes down.',
  ]);
});

test('what is recorded before the configuration, or under another one with other buckets, is in the sum with all that comes later', async () => {
  const port = await freePort(0);
  const { code, stdout, stderr } = await runProgram('../../metrics/programs/before-configure.ts', [`${port}`]);
  expect(code, stderr).toBe(0);
  const pages = stdout
    .trim()
    .split('\n')
    .map((line) => parseExposition(JSON.parse(line)).samples);
  for (const [at, recorded] of [1_001, 2_001].entries()) {
    expect(pages[at]!.rest_request_duration_us_count).toBe(`${recorded}`);
    // The one before is a gauge.
    expect(pages[at]!.order_size_count).toBe(`${recorded - 1}`);
    expect(pages[at]!['hft_metrics_rejected_total{reason="kind"}']).toBe('1');
  }
  expect(stderr).toContain('order_size was recorded before the rule');
});

test('an instance that ends in a process that has others, or is replaced, leaves its counts in the sum, once', async () => {
  const port = await freePort(0);
  const { code, stdout, stderr } = await runProgram('../../metrics/programs/instances.ts', [`${port}`]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const expected = { thread: 105, 'thread ended': 105, configured: 1_105, replaced: 1_105, 'replaced and ready': 1_105 };
  const later = { 'replacement ended': 1_105, third: 11_105, 'first ended': 11_105 };
  for (const [step, sum] of JSON.parse(stdout)) expect([step, sum]).toEqual([step, { ...expected, ...later }[step as 'third']]);
});

test('handles bound before there is an instance, or in one that is replaced, lose nothing, however much their tables grow', async () => {
  const { code, stdout, stderr } = await runProgram('../../metrics/programs/outgrowing.ts');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { recorded, known } = JSON.parse(stdout);
  expect(Object.keys(recorded)).toHaveLength(80);
  expect(known).toEqual(recorded);
});
