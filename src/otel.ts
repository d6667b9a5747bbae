/**
 * `hft-otel/otel`: the pieces for teams that wire OpenTelemetry themselves. `RingBufferLogRecordProcessor` puts an SDK's provider on the ring;
 * `SdkExporterBackend`, with `ReadableRecords`, makes a backend of any SDK exporter. The two providers are what `logging.loggerProvider` and
 * `logging.meterProvider` are instances of: an instance makes them.
 */

export { SdkExporterBackend } from './backends/sdk-exporter.ts';
export { RingBufferLogRecordProcessor } from './otel/log-record-processor.ts';
export { RingLoggerProvider } from './otel/logger-provider.ts';
export { RingMeterProvider } from './otel/meter-provider.ts';
export { ReadableRecords, type ReadableRecordsOptions } from './otel/readable-record.ts';
