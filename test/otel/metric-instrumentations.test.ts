/**
 * Instrumentations that we did not write measure through our provider, registered globally, and their numbers stand on the page that Prometheus scrapes.
 */
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { metrics } from '@opentelemetry/api';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { RuntimeNodeInstrumentation } from '@opentelemetry/instrumentation-runtime-node';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { freePort } from '../../src/demo/ports.ts';
import { parseExposition } from '../metrics/support/exposition.ts';
import { PATIENCE } from '../support/patience.ts';
import { openPipeline } from './support.ts';

const ending: (() => void)[] = [];
beforeEach(() => {
  vi.stubEnv('OTEL_SEMCONV_STABILITY_OPT_IN', 'http');
});
afterEach(() => {
  for (const end of ending.splice(0)) end();
  metrics.disable();
  vi.unstubAllEnvs();
});

async function openPage() {
  const port = await freePort(0);
  const { logging } = await openPipeline({ backends: { prometheus: { enabled: true, port } } });
  await logging.ready;
  metrics.setGlobalMeterProvider(logging.meterProvider);
  return async () => {
    const response = await fetch(`http://127.0.0.1:${port}/metrics`);
    return parseExposition(await response.text()).samples;
  };
}

async function startServer(): Promise<string> {
  const http = createRequire(import.meta.url)('node:http') as typeof import('node:http');
  const server = http.createServer((request, response) => {
    response.statusCode = request.url === '/missing' ? 404 : 200;
    response.end('ok');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ending.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The value of the one series of this name whose labels have all of `labels`. */
function sampleOf(samples: Readonly<Record<string, string>>, name: string, labels: Readonly<Record<string, string>>): number {
  const parts = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
  const ids = Object.keys(samples).filter((id) => id.startsWith(`${name}{`) && parts.every((part) => id.includes(part)));
  if (ids.length > 1) throw new Error(`${ids.length} series: ${ids.join('\n')}`);
  return Number(samples[ids[0]!]);
}

test('@opentelemetry/instrumentation-http: durations of requests to a server', async () => {
  const scrape = await openPage();
  const instrumentation = new HttpInstrumentation();
  ending.push(() => instrumentation.disable());
  const url = await startServer();
  for (const path of ['/depth', '/depth', '/missing']) await (await fetch(url + path)).text();
  await vi.waitFor(async () => {
    const samples = await scrape();
    const count = (status: string) =>
      sampleOf(samples, 'http_server_request_duration_count', {
        http_response_status_code: status,
        otel_scope_name: '@opentelemetry/instrumentation-http',
      });
    expect([count('200'), count('404')]).toEqual([2, 1]);
  }, PATIENCE);
});

test('@opentelemetry/instrumentation-undici: durations of requests by fetch', async () => {
  const scrape = await openPage();
  const instrumentation = new UndiciInstrumentation();
  ending.push(() => instrumentation.disable());
  const url = await startServer();
  for (let i = 0; i < 5; i++) await (await fetch(`${url}/depth`)).text();
  await vi.waitFor(async () => {
    const samples = await scrape();
    const labels = { server_port: new URL(url).port, http_request_method: 'GET' };
    expect(sampleOf(samples, 'http_client_request_duration_count', labels)).toBe(5);
    expect(sampleOf(samples, 'http_client_request_duration_sum', labels)).toBeGreaterThan(0);
    expect(sampleOf(samples, 'http_client_request_duration_bucket', { ...labels, le: '+Inf' })).toBe(5);
  }, PATIENCE);
});

test('@opentelemetry/instrumentation-runtime-node: event loop, heap and garbage collection, by callbacks that we call', async () => {
  const scrape = await openPage();
  const instrumentation = new RuntimeNodeInstrumentation({ monitoringPrecision: 10 });
  // What registerInstrumentations() does.
  instrumentation.setMeterProvider(metrics.getMeterProvider());
  instrumentation.enable();
  ending.push(() => instrumentation.disable());
  await vi.waitFor(async () => {
    const samples = await scrape();
    expect(sampleOf(samples, 'v8js_memory_heap_used', { v8js_heap_space_name: 'old_space' })).toBeGreaterThan(1e6);
    expect(Object.keys(samples).some((id) => id.startsWith('nodejs_eventloop_utilization{'))).toBe(true);
  }, PATIENCE);
});
