/** A module of a user's: an exporter of OpenTelemetry's SDK. */
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { ReadableRecords, SdkExporterBackend } from '../../../src/otel.ts';

export default ({ address }: { address: string }, { resource }: { resource: Record<string, string> }) =>
  new SdkExporterBackend(new OTLPLogExporter({ url: `${address}/of-a-module` }), new ReadableRecords({ resource }));
