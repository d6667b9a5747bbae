/**
 * OTLP/HTTP with JSON: records as objects through OpenTelemetry's own exporter. For servers that take nothing else and for looking at what is sent;
 * it costs some fifty times as much as protobuf (http-sink.ts).
 *
 * An observer in the exporter's agent sees the server's answer at once. Without an answer the exporter tries by itself until `timeoutMillis` are over.
 */
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base';
import type { Backend, LogRecordData, Outcome } from '../../contract/backend.ts';
import { exchange } from './exchange.ts';
import type { OtlpHttpSinkOptions } from './http-sink.ts';
import { HttpObserver } from './observer.ts';
import { ReadableRecords } from './readable-record.ts';

export interface OtlpJsonOptions extends OtlpHttpSinkOptions {
  /** Resource attributes of the instance. */
  readonly resource: Readonly<Record<string, unknown>>;
}

export class OtlpJsonBackend implements Backend {
  readonly #observer: HttpObserver;
  readonly #exporter: OTLPLogExporter;
  readonly #records: ReadableRecords;
  readonly #timeoutMillis: number;

  constructor(options: OtlpJsonOptions) {
    this.#timeoutMillis = options.timeoutMillis;
    this.#observer = new HttpObserver(options);
    this.#records = new ReadableRecords({ resource: options.resource, numbers: 'json' });
    this.#exporter = new OTLPLogExporter({
      url: options.url,
      headers: { ...options.headers },
      compression: options.compression === 'gzip' ? CompressionAlgorithm.GZIP : CompressionAlgorithm.NONE,
      timeoutMillis: this.#timeoutMillis,
      userAgent: options.userAgent ?? 'hft-otel',
      httpAgentOptions: this.#observer.agentFactory,
    });
  }

  async write(batch: readonly LogRecordData[]): Promise<Outcome> {
    const records = batch.map((record) => this.#records.from(record));
    return exchange({
      observer: this.#observer,
      timeoutMillis: this.#timeoutMillis,
      items: batch.length,
      send: (done) => this.#exporter.export(records, done),
    });
  }

  /** Requests under way are cut off. */
  async close(): Promise<void> {
    this.#observer.abort(new Error('The sender was closed.'));
    this.#observer.close();
  }
}
