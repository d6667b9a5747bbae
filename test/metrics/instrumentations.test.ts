/**
 * Libraries that we did not write, instrumented by packages that we did not write, count through our meter provider unchanged.
 */
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { metrics } from '@opentelemetry/api';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { RuntimeNodeInstrumentation } from '@opentelemetry/instrumentation-runtime-node';
import { afterEach, expect, test, vi } from 'vitest';
import { SeriesProducer } from '../../src/backends/series-producer.ts';
import { RingMeterProvider } from '../../src/otel/meter-provider.ts';
import { PATIENCE } from '../support/patience.ts';
import { parseExposition } from './support/exposition.ts';
import { exposition } from './support/page.ts';
import { rig, seriesOf, valuesOf } from './support/rig.ts';

const ending: (() => void)[] = [];
afterEach(() => {
  for (const end of ending.splice(0)) end();
});

function globally() {
  const made = rig();
  const provider = new RingMeterProvider(made.meter, { observeIntervalMillis: 20 });
  metrics.setGlobalMeterProvider(provider);
  ending.push(
    () => provider.shutdown(),
    () => metrics.disable(),
  );
  return { ...made, provider };
}

test('the HTTP instrumentation’s durations of real requests', async () => {
  vi.stubEnv('OTEL_SEMCONV_STABILITY_OPT_IN', 'http');
  const { collector, provider } = globally();
  const instrumentation = new HttpInstrumentation();
  instrumentation.setMeterProvider(provider);
  ending.push(() => instrumentation.disable());
  const http = createRequire(import.meta.url)('node:http') as typeof import('node:http');
  const server = http.createServer((_request, response) => response.end('ok'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ending.push(() => server.close());
  for (let i = 0; i < 3; i++) {
    await new Promise<void>((resolve, reject) => {
      const request = http.get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', agent: false }, (response) => {
        response.resume().on('end', resolve);
      });
      request.on('error', reject);
    });
  }
  await vi.waitFor(() => {
    const [series] = Object.entries(seriesOf(collector, 'http.server.request.duration'));
    expect(series![0]).toContain('http.response.status_code=200');
    expect(series![1].distribution!.count).toBe(3);
  }, PATIENCE);
  expect(Object.values(seriesOf(collector, 'http.client.request.duration'))[0]!.distribution!.count).toBe(3);
});

test('the runtime instrumentation’s observables and histograms of the event loop, the heap and garbage collection', async () => {
  const { collector, provider } = globally();
  const instrumentation = new RuntimeNodeInstrumentation({ monitoringPrecision: 10 });
  instrumentation.setMeterProvider(provider);
  instrumentation.enable();
  ending.push(() => instrumentation.disable());
  await vi.waitFor(
    () => expect(Math.max(...Object.values(valuesOf(collector, 'v8js.memory.heap.used')))).toBeGreaterThan(1e5),
    PATIENCE,
  );
  await provider.observe();
  const names = collector
    .collect()
    .instruments.filter(({ series }) => series.length > 0)
    .map(({ definition }) => definition.name);
  expect(names).toContain('nodejs.eventloop.utilization');
  const { samples } = parseExposition(exposition((await new SeriesProducer(collector).collect()).resourceMetrics));
  expect(
    Object.keys(samples).some((id) => id.startsWith('v8js_memory_heap_used{') && id.includes('v8js_heap_space_name="new_space"')),
  ).toBe(true);
});
