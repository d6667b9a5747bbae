/**
 * `hft-otel/otel`: the pieces for teams that wire OpenTelemetry themselves.
 */

export { SdkExporterBackend } from './backends/sdk-exporter.ts';
export { RingBufferLogRecordProcessor } from './otel/log-record-processor.ts';
export { RingLoggerProvider } from './otel/logger-provider.ts';
export { RingMeterProvider } from './otel/meter-provider.ts';
export { ReadableRecords, type ReadableRecordsOptions } from './otel/readable-record.ts';
