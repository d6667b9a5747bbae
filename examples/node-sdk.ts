/**
 * OpenTelemetry's NodeSDK beside us: it traces and instruments, we carry logs and metrics. Records have the trace of the span that is active.
 *
 *   node examples/node-sdk.ts
 */
import { logs, metrics, trace } from '@opentelemetry/api';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { configureLogging, getLogger } from 'hft-otel';

await using logging = configureLogging({ service: { name: 'gateway' }, backends: { console: {} } });
// In front of the SDK: what it would register of its own under these two is left out.
logs.setGlobalLoggerProvider(logging.loggerProvider);
metrics.setGlobalMeterProvider(logging.meterProvider);

// Spans are printed. Leave this line out, and they go to OTEL_EXPORTER_OTLP_ENDPOINT.
process.env.OTEL_TRACES_EXPORTER ??= 'console';
const sdk = new NodeSDK({ serviceName: 'gateway', logRecordProcessors: [], metricReaders: [] });
sdk.start();

const tracer = trace.getTracer('example');
await tracer.startActiveSpan('place order', async (span) => {
  // Ours, and a library's through OpenTelemetry's API: both have this span's ids.
  getLogger('orders').info('order placed', { symbol: 'BTCUSDT' });
  logs.getLogger('a-library').emit({ severityNumber: 9, body: 'from a library' });
  metrics.getMeter('a-library').createCounter('library_calls').add(1);
  span.end();
});

await sdk.shutdown();
