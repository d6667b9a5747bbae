/**
 * Any `LogRecordExporter` of the OpenTelemetry SDK as a backend.
 */
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { LogRecordExporter, ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { errorText } from '../../common/error-text.ts';
import { untraced } from '../../common/untraced.ts';
import { type Backend, type LogRecordData, type Outcome, SUCCESS } from '../../contract/backend.ts';
import type { ReadableRecords } from './readable-record.ts';

/** HTTP statuses that ask for another attempt (OTLP specification). */
const RETRYABLE_STATUSES: ReadonlySet<unknown> = new Set([429, 502, 503, 504]);

export class SdkExporterBackend implements Backend {
  readonly #exporter: LogRecordExporter;
  readonly #records: ReadableRecords;

  constructor(exporter: LogRecordExporter, records: ReadableRecords) {
    this.#exporter = exporter;
    this.#records = records;
  }

  async write(batch: readonly LogRecordData[]): Promise<Outcome> {
    return outcomeOfResult(
      await exportRecords(
        this.#exporter,
        batch.map((record) => this.#records.from(record)),
      ),
    );
  }

  flush(): Promise<void> {
    return untraced(() => this.#exporter.forceFlush());
  }

  close(): Promise<void> {
    return untraced(() => this.#exporter.shutdown());
  }
}

/** An exporter's callback as a promise. Rejects when `export` throws. */
function exportRecords(exporter: LogRecordExporter, records: ReadableLogRecord[]): Promise<ExportResult> {
  return untraced(() => new Promise((resolve) => exporter.export(records, resolve)));
}

/**
 * The SDK's result says success or not. Among failures, an error whose `code` is an HTTP status that OTLP calls final is a refusal for good; any other failure
 * (no connection, a gRPC code, no code at all) may be over at the next attempt.
 */
function outcomeOfResult({ code, error }: ExportResult): Outcome {
  if (code === ExportResultCode.SUCCESS) return SUCCESS;
  const message = error === undefined ? 'The exporter failed and gave no reason.' : errorText(error);
  const status: unknown = (error as { code?: unknown } | undefined)?.code;
  const isFinal = typeof status === 'number' && status >= 300 && !RETRYABLE_STATUSES.has(status);
  return { status: isFinal ? 'failure' : 'retryable', message };
}
