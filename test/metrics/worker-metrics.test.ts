import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { getOrMake } from '../../src/common/get-or-make.ts';
import type { BackendCounters } from '../../src/health/counters.ts';
import { allocatorOf, SHARED_MEMORY } from '../../src/memory/allocator.ts';
import { GrowingBlocks } from '../../src/memory/growing-blocks.ts';
import { SeriesMeter } from '../../src/meter/meter.ts';
import { SERIES_FORMAT } from '../../src/series/layout.ts';
import { SeriesTable } from '../../src/series/table.ts';
import { openMetrics, type WorkerMetrics } from '../../src/worker/metrics/open-metrics.ts';
import { freshCounters } from './support/counted.ts';
import { metricsConfig } from './support/metrics-config.ts';

const allocator = allocatorOf(SHARED_MEMORY);

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

function tableFor(metrics: WorkerMetrics, id: string): { meter: SeriesMeter; table: SeriesTable } {
  const first = { kind: 'series', format: SERIES_FORMAT, bytes: 4096 } as const;
  const blocks = new GrowingBlocks({ allocator, first, onBlock: (block) => metrics.addBlock(id, block) });
  const table = new SeriesTable(blocks.first, blocks);
  metrics.addBlock(id, blocks.descriptors[0]!);
  return { table, meter: new SeriesMeter({ table }) };
}

describe('the metrics room', () => {
  test('opens what is configured, and nothing else', async () => {
    const countersOf = vi.fn(() => freshCounters());
    const none = await openMetrics({ allocator, config: metricsConfig({}), onWarning: () => {}, countersOf });
    expect(countersOf).not.toHaveBeenCalled();
    expect(await none.flush(100)).toBe(true);
    await none.close(100);

    const written: string[] = [];
    const requests: string[] = [];
    const server = createServer((request, response) => {
      requests.push(`${request.method} ${request.url}`);
      request.resume().on('end', () => response.end());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const opened = new Map<string, BackendCounters>();
    const all = await openMetrics({
      allocator,
      config: metricsConfig({
        prometheus: { enabled: true, port: 0, pushGatewayUrl: url },
        histogram: { enabled: true, format: 'json', stream: 'stderr' },
        otlpEndpoint: `${url}/v1/metrics`,
      }),

      onWarning: () => {},
      countersOf: (_index, name) => getOrMake(opened, name, freshCounters),
      print: async (text, stream) => void written.push(text, stream),
    });
    const { meter } = tableFor(all, 'main');
    meter.counter('orders_total', 2, { exchange: 'mexc' });
    meter.metric('x_duration_us', 5);
    expect(await all.flush(2_000)).toBe(true);
    expect(requests.sort()).toEqual(['POST /v1/metrics', 'PUT /metrics/job/trader/instance/i-1']);
    expect(all.snapshot()).toMatchObject({
      metrics: [
        { name: 'orders_total', kind: 'counter', series: [{ tags: { exchange: 'mexc' }, value: 2 }] },
        { name: 'x_duration_us', kind: 'histogram', unit: 'us', series: [{ value: 5, count: 1, min: 5, max: 5 }] },
      ],
      percentiles: [{ name: 'x_duration_us', sinceStart: { count: 1, values: [5, 5] } }],
    });
    expect(structuredClone(all.snapshot())).toBeDefined();
    expect(await all.close(2_000)).toBe(true);
    expect(JSON.parse(written[0]!).percentiles[0].name).toBe('x_duration_us');
    expect(written[1]).toBe('stderr');
    expect([...opened.keys()]).toEqual(['prometheus', 'pushGateway', 'histogram', 'otlpMetrics']);
    for (const counters of opened.values()) expect(counters.state).toBe('ok');
    expect(opened.get('pushGateway')!.get('delivered')).toBe(2);
  });

  test('a backend that cannot be opened has failed, with the reason, and the others are open', async () => {
    const opened = new Map<string, BackendCounters>();
    const metrics = await openMetrics({
      allocator,
      config: metricsConfig({ prometheus: { enabled: true, port: 0, pushGatewayUrl: 'no address' } }),
      onWarning: () => {},
      countersOf: (_index, name) => getOrMake(opened, name, freshCounters),
    });
    expect(opened.get('prometheus')!.state).toBe('ok');
    expect(opened.get('pushGateway')!.state).toBe('failed');
    expect(opened.get('pushGateway')!.read().lastError).toContain('It cannot be opened');
    expect(await metrics.flush(2_000)).toBe(false);
    await metrics.close(2_000);
  });

  test('a flush does not wait longer than it is told for a destination that is silent', async () => {
    const server = createServer(() => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(
      () => server.closeAllConnections(),
      () => server.close(),
    );
    const metrics = await openMetrics({
      allocator,
      config: metricsConfig({ otlpEndpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/metrics` }),

      onWarning: () => {},
      countersOf: () => freshCounters(),
    });
    tableFor(metrics, 'main').meter.counter('orders_total');
    const startMillis = performance.now();
    expect(await metrics.flush(100)).toBe(false);
    expect(performance.now() - startMillis).toBeLessThan(5_000);
    server.closeAllConnections();
    await metrics.close(200);
  });

  test('answers scrapes while the application’s event loop is blocked, with what it is counting meanwhile', async () => {
    const memory = new SharedArrayBuffer(4096);
    // The room runs in a thread of its own, as in the library; the scraper too, since this thread will be busy.
    const room = new Worker(new URL('./support/metrics-room.ts', import.meta.url), { workerData: { memory } });
    closing.push(() => room.terminate());
    const port = await new Promise<number>((resolve, reject) => {
      room.once('message', resolve);
      room.once('error', reject);
    });
    const seen = new SharedArrayBuffer(1024);
    const scraper = new Worker(new URL('./support/scraper.ts', import.meta.url), { workerData: { port, seen, scrapes: 5 } });
    closing.push(() => scraper.terminate());
    await new Promise((resolve) => scraper.once('online', resolve));
    const table = new SeriesTable(memory, { grow: () => undefined, announce: () => {} });
    const meter = new SeriesMeter({ table });
    const doneWord = new Int32Array(seen, 512, 1);
    const deadlineMillis = performance.now() + 20_000;
    // No turn of this thread's event loop until the scrapes are done.
    while (Atomics.load(doneWord, 0) === 0 && performance.now() < deadlineMillis) meter.counter('ticks_total');
    // Five values, each greater than the one before.
    expect(Atomics.load(doneWord, 0)).toBe(1);
  });

  test('producers of ended threads are folded on request, and stay counted', async () => {
    const metrics = await openMetrics({
      allocator,
      config: metricsConfig({}),
      onWarning: () => {},
      countersOf: () => freshCounters(),
    });
    for (const id of ['a', 'b', 'c']) {
      const { meter, table } = tableFor(metrics, id);
      meter.counter('orders_total', 2);
      if (id !== 'c') table.close();
    }
    // A thread that has just closed its table may still have something to record.
    expect(metrics.retain('retained-1')).toBeUndefined();
    expect(metrics.retain('retained-2')?.replaces).toEqual(['a', 'b']);
    expect(metrics.retain('retained-3')).toBeUndefined();
    expect(metrics.snapshot().metrics[0]!.series[0]!.value).toBe(6);
    await metrics.close(100);
  });

  test('says once what is left out', async () => {
    const trouble = vi.fn();
    const metrics = await openMetrics({
      allocator,
      config: metricsConfig({ prometheus: { enabled: true, port: 0 } }),

      onWarning: trouble,
      countersOf: () => freshCounters(),
    });
    tableFor(metrics, 'a').meter.counter('x');
    tableFor(metrics, 'b').meter.metric('x', 1);
    for (let i = 0; i < 3; i++) metrics.snapshot();
    expect(trouble).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('Threads use the metric x as different kinds'));
    await metrics.close(100);
    await sleep(1);
  });

  test('`backends.otlp.histograms` chooses the form in which histograms are sent', async () => {
    for (const [histograms, scopes] of [
      ['both', ['hft-otel', 'hft-otel/classic']],
      ['exponential', ['hft-otel']],
      ['explicit', ['hft-otel']],
    ] as const) {
      const bodies: Buffer[] = [];
      const server = createServer(async (request, response) => {
        bodies.push(Buffer.concat(await request.toArray()));
        response.end();
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      closing.push(() => server.close());
      const { port } = server.address() as AddressInfo;
      const metrics = await openMetrics({
        allocator,
        config: metricsConfig({ otlpEndpoint: `http://127.0.0.1:${port}/v1/metrics`, histograms }),
        onWarning: () => {},
        countersOf: () => freshCounters(),
      });
      closing.push(() => metrics.close(100));
      tableFor(metrics, `t-${histograms}`).meter.metric('x_duration_us', 7);
      expect(await metrics.flush(5_000)).toBe(true);
      const text = bodies[0]!.toString('latin1');
      expect([text.includes('hft-otel/classic'), text.split('x_duration_us').length - 1]).toEqual([
        scopes.length === 2,
        scopes.length,
      ]);
    }
  });
});
