/**
 * OpenTelemetry's NodeSDK together with hft-otel: the SDK traces and instruments, hft-otel handles logs and metrics. Records have the ids of the active span.
 *
 *   node examples/node-sdk.ts
 */
import { logs, metrics, trace } from '@opentelemetry/api';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { configureLogging, getLogger } from 'hft-otel';

await using logging = configureLogging({ service: { name: 'gateway' }, backends: { console: {} } });
// Before the SDK starts, so that it does not register providers of its own for logs and metrics.
logs.setGlobalLoggerProvider(logging.loggerProvider);
metrics.setGlobalMeterProvider(logging.meterProvider);

// Prints spans. Without this line they go to OTEL_EXPORTER_OTLP_ENDPOINT.
process.env.OTEL_TRACES_EXPORTER ??= 'console';
const sdk = new NodeSDK({ serviceName: 'gateway', logRecordProcessors: [], metricReaders: [] });
sdk.start();

const tracer = trace.getTracer('example');
await tracer.startActiveSpan('place order', async (span) => {
  // A record of our logger, and one of a library through OpenTelemetry's API: both have the ids of this span.
  getLogger('orders').info('order placed', { symbol: 'BTCUSDT' });
  logs.getLogger('a-library').emit({ severityNumber: 9, body: 'from a library' });
  metrics.getMeter('a-library').createCounter('library_calls').add(1);
  span.end();
});

await sdk.shutdown();
