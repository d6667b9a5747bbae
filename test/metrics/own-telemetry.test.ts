/**
 * What the pipeline tells about itself as ordinary metrics, taken from whole instances.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { LoggingConfig } from '../../src/config/types.ts';
import { freePort } from '../../src/demo/ports.ts';
import type { MetricSnapshot, MetricsSnapshot } from '../../src/health/metrics-snapshot.ts';
import { producerOf } from '../../src/intake/internals.ts';
import { createLogging } from '../../src/logging.ts';
import { GENERATION_SAMPLE, SIGNAL_GENERATION } from '../../src/memory/signals.ts';
import { PATIENCE } from '../support/patience.ts';
import { parseExposition } from './support/exposition.ts';

function open<Own extends string = never>(config: LoggingConfig<Own> = {}) {
  const logging = createLogging({ environment: 'test', level: 'debug', handleExits: false, ...config });
  onTestFinished(() => void logging.shutdown());
  return logging;
}

function seriesOf(snapshot: MetricsSnapshot, name: string): MetricSnapshot['series'] {
  return snapshot.metrics.find((metric) => metric.name === name)?.series ?? [];
}

function sumOf(snapshot: MetricsSnapshot, name: string, tags: Readonly<Record<string, string>> = {}): number {
  return seriesOf(snapshot, name)
    .filter((series) => Object.entries(tags).every(([tag, value]) => series.tags[tag] === value))
    .reduce((sum, { value }) => sum + value, 0);
}

function countOf(snapshot: MetricsSnapshot, name: string, tags: Readonly<Record<string, string>> = {}): number {
  return seriesOf(snapshot, name)
    .filter((series) => Object.entries(tags).every(([tag, value]) => series.tags[tag] === value))
    .reduce((sum, { count }) => sum + (count ?? 0), 0);
}

describe('what a call costs', () => {
  test('is measured on a sample of the calls of each lane, and every call arrives once', async () => {
    const logging = open();
    const log = logging.getLogger('a');
    let calls = 0;
    await vi.waitFor(async () => {
      for (let i = 0; i < 100; i++) {
        log.info('tick', { n: ++calls });
        log.audit('order_placed', { n: calls });
      }
      await logging.flush();
      const snapshot = await logging.metricsSnapshot();
      for (const lane of ['logs', 'audit']) expect(countOf(snapshot, 'hft.call.duration_ns', { lane })).toBeGreaterThan(2);
    }, PATIENCE);
    const snapshot = await logging.metricsSnapshot();
    expect(countOf(snapshot, 'hft.call.duration_ns')).toBeLessThan(calls / 2);
    for (const { min, value } of seriesOf(snapshot, 'hft.call.duration_ns')) {
      expect(min).toBeGreaterThanOrEqual(0);
      expect(value).toBeGreaterThan(0);
    }
    for (const lane of ['logs', 'audit']) {
      const numbers = logging.memory.filter((record) => record.lane === lane).map(({ attributes }) => attributes.n as number);
      expect(numbers).toEqual(Array.from(numbers, (_, i) => numbers[0]! + i));
      expect(numbers.at(-1)).toBe(calls);
    }
    expect(logging.health().lanes.logs).toMatchObject({ accepted: calls, droppedTotal: 0 });
  });

  test('a wish for a sample changes nothing that a logger remembers: levels, contexts read once', async () => {
    const logging = open({ level: 'info' });
    const { signals } = producerOf(logging);
    const ask = () => Atomics.add(signals, SIGNAL_GENERATION, GENERATION_SAMPLE);
    const limits = { most: 1 };
    const child = logging.getLogger('a').withContext({ limits });
    child.info('first');
    limits.most = 2;
    for (let i = 0; i < 300; i++) {
      ask();
      child.debug('disabled');
      expect([child.isEnabled('debug'), child.isEnabled('info')]).toEqual([false, true]);
    }
    ask();
    child.info('second');
    logging.setLevel('a', 'debug');
    ask();
    expect(child.isEnabled('debug')).toBe(true);
    child.debug('third');
    await logging.flush();
    expect(logging.memory.map(({ body, attributes }) => [body, attributes.limits])).toEqual([
      ['first', { most: 1 }],
      ['second', { most: 1 }],
      ['third', { most: 2 }],
    ]);
    // Disabled calls are not among them.
    expect(countOf(await logging.metricsSnapshot(), 'hft.call.duration_ns')).toBeLessThanOrEqual(2);
  });
});

describe('how late records are', () => {
  test('from the call to the answer of the destination, by backend: no shorter than the destination takes', async () => {
    const answerMillis = 60;
    const server = createServer((request, response) => {
      request.resume().on('end', () => setTimeout(() => response.end(), answerMillis));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const logging = open({ backends: { memory: {}, otlp: { endpoint } } });
    await logging.ready;
    logging.getLogger('a').info('tick');
    await logging.flush();
    const snapshot = await logging.metricsSnapshot();
    const [otlp] = seriesOf(snapshot, 'hft.delivery_delay_us').filter(({ tags }) => tags.backend === 'otlp');
    expect(otlp).toMatchObject({ count: 1 });
    expect(otlp!.min).toBeGreaterThan(answerMillis * 1_000 * 0.9);
    const [memory] = seriesOf(snapshot, 'hft.delivery_delay_us').filter(({ tags }) => tags.backend === 'memory');
    expect(memory!.count).toBeGreaterThanOrEqual(1);
    const drained = countOf(snapshot, 'hft.drain_delay_us');
    expect(drained).toBeGreaterThanOrEqual(1);
  });

  test('how long a destination takes to answer, by the way in which it failed', async () => {
    const answers = [503, 400, 200];
    const server = createServer((request, response) => {
      request.resume().on('end', () => setTimeout(() => response.writeHead(answers.shift() ?? 200).end(), 40));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const logging = open({ backends: { otlp: { logsEndpoint: `${endpoint}/v1/logs` } } });
    for (let i = 0; i < 2; i++) {
      logging.getLogger('a').info('tick');
      await logging.flush();
    }
    const otlp = seriesOf(await logging.metricsSnapshot(), 'otel.sdk.exporter.operation.duration').filter(
      ({ tags }) => tags['otel.component.name'] === 'otlp',
    );
    expect(otlp.map(({ tags, count }) => [tags['error.type'], count])).toEqual([
      [undefined, 1],
      ['retryable', 1],
      ['rejected', 1],
    ]);
    for (const { tags, min } of otlp) {
      expect(tags['otel.component.type']).toBe('otlp_http_log_exporter');
      expect(min).toBeGreaterThan(0.036);
    }
  });

  test('what a worker that died had measured is counted on by its successor, also at the endpoint', async () => {
    const port = await freePort(0);
    const logging = open({
      backends: {
        memory: {},
        prometheus: { port },
        killer: { module: new URL('../process/programs/killer.ts', import.meta.url) },
      },
      routes: [
        { when: { logger: 'killer' }, to: ['killer'], final: true },
        { when: { logger: 'load' }, to: ['memory'], final: true },
      ],
    });
    const delivered = async () => countOf(await logging.metricsSnapshot(), 'hft.delivery_delay_us', { backend: 'memory' });
    for (let life = 1; life <= 3; life++) {
      await logging.ready;
      logging.getLogger('load').info('tick');
      await logging.flush();
      expect(await delivered()).toBe(life);
      const { samples } = parseExposition(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text());
      expect(samples['hft_delivery_delay_us_count{backend="memory"}']).toBe(`${life}`);
      expect(samples.hft_worker_restarts_total).toBe(`${life - 1}`);
      await sleep(210); // longer than a worker must live for its death to be no part of a row
      if (life === 3) break;
      logging.getLogger('killer').info('die');
      await vi.waitFor(() => {
        expect(logging.health().worker).toMatchObject({ restarts: life, state: 'running' });
      }, PATIENCE);
    }
  });
});

test('what is exported as deltas adds up over workers that die: nothing twice, nothing left out', async () => {
  let [orders, requests] = [0, 0];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      requests++;
      for (const { scopeMetrics } of JSON.parse(body).resourceMetrics ?? [])
        for (const { metrics } of scopeMetrics)
          for (const { name, sum } of metrics) if (name === 'orders_total') orders += sum.dataPoints[0].asDouble;
      response.end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const logging = open({
    backends: {
      otlp: { endpoint, protocol: 'http/json', temporality: 'delta' },
      killer: { module: new URL('../process/programs/killer.ts', import.meta.url) },
    },
    routes: [{ when: { logger: 'killer' }, to: ['killer'], final: true }],
  });
  const log = logging.getLogger('load');
  await logging.ready;
  let counted = 0;
  for (let life = 1; life <= 3; life++) {
    log.counter('orders_total', life);
    counted += life;
    await logging.flush();
    expect(orders).toBe(counted);
    await sleep(210); // longer than a worker must live for its death to be no part of a row
    log.counter('orders_total', 100); // not exported by this worker
    counted += 100;
    logging.getLogger('killer').info('die');
    await vi.waitFor(() => {
      expect(logging.health().worker).toMatchObject({ restarts: life, state: 'running' });
    }, PATIENCE);
  }
  await logging.shutdown();
  expect(orders).toBe(counted);
  expect(requests).toBeGreaterThan(3);
});

test('accepted, delivered and dropped are told as ours and as any SDK tells them, and the account closes', async () => {
  const logging = open({ ringBufferSize: 100, batchSize: 50, backends: { memory: { capacity: 10 } } });
  await logging.ready;
  const log = logging.getLogger('a');
  const offered = 20_000;
  // In one turn of the event loop and faster than any worker: most are refused.
  for (let i = 0; i < offered; i++) log.info('tick', { text: 'x'.repeat(200) });
  log.audit('order_placed', {});
  await logging.flush();
  const { lanes, backends } = logging.health();
  const snapshot = await logging.metricsSnapshot();
  const logs = { 'otel.component.name': 'hft_ring/logs' };
  expect(lanes.logs.droppedTotal).toBeGreaterThan(0);
  expect(sumOf(snapshot, 'hft.log.accepted_total', { lane: 'logs' })).toBe(lanes.logs.accepted);
  expect(sumOf(snapshot, 'hft.log.dropped_total', { lane: 'logs', level: 'info', reason: 'ring_full' })).toBe(
    lanes.logs.droppedTotal,
  );
  expect(sumOf(snapshot, 'hft.log.dropped_total')).toBe(lanes.logs.droppedTotal);
  expect(sumOf(snapshot, 'hft.backend.delivered_total', { backend: 'memory' })).toBe(backends.memory!.delivered);
  expect(sumOf(snapshot, 'hft.backend.state', { backend: 'memory' })).toBe(0);
  expect(sumOf(snapshot, 'hft.ring.high_water_ratio', { lane: 'logs' })).toBeGreaterThan(0.5);
  expect(sumOf(snapshot, 'hft.ring.fill_ratio', { lane: 'logs' })).toBe(0);
  expect(sumOf(snapshot, 'hft.audit.sequence')).toBe(1);

  expect(sumOf(snapshot, 'otel.sdk.log.created')).toBe(offered + 1);
  expect(sumOf(snapshot, 'otel.sdk.processor.log.processed', logs)).toBe(offered);
  expect(sumOf(snapshot, 'otel.sdk.processor.log.processed', { ...logs, 'error.type': 'queue_full' })).toBe(
    lanes.logs.droppedTotal,
  );
  expect(sumOf(snapshot, 'otel.sdk.processor.log.queue.size')).toBe(0);
  expect(sumOf(snapshot, 'otel.sdk.exporter.log.exported', { 'otel.component.name': 'memory' })).toBe(backends.memory!.taken);
  expect(sumOf(snapshot, 'otel.sdk.exporter.log.inflight')).toBe(0);
});
