/**
 * `hft-otel/otel`: the pieces for teams that wire OpenTelemetry themselves. `RingBufferLogRecordProcessor` puts an SDK's provider on the ring;
 * `SdkExporterBackend`, with `ReadableRecords`, makes a backend of any SDK exporter. The two providers are what `logging.loggerProvider` and
 * `logging.meterProvider` are instances of: an instance makes them.
 */

export { RingBufferLogRecordProcessor } from './adapters/otel-sdk/log-record-processor.ts';
export { ReadableRecords, type ReadableRecordsOptions } from './backends/otlp/readable-record.ts';
export { SdkExporterBackend } from './backends/otlp/sdk-exporter.ts';
export { RingLoggerProvider } from './otel/logger-provider.ts';
export { RingMeterProvider } from './otel/meter-provider.ts';
