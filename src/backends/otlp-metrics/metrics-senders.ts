/**
 * The two encodings of OTLP/HTTP for metrics, both by OpenTelemetry's own serializers.
 */
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base';
import { ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { exchange } from '../otlp/exchange.ts';
import { OtlpHttpSink, type OtlpHttpSinkOptions } from '../otlp/http-sink.ts';
import { HttpObserver } from '../otlp/observer.ts';
import type { MetricsSender } from './metrics.ts';

/** @param options `url` is complete, for example `http://localhost:4318/v1/metrics` */
export function protobufMetricsSender(options: OtlpHttpSinkOptions): MetricsSender {
  const sink = new OtlpHttpSink(options);
  return {
    send: (metrics, points) => sink.write({ bytes: ProtobufMetricsSerializer.serializeRequest(metrics)!, records: points }),
    close: () => sink.close(),
  };
}

/** @param options as for {@link protobufMetricsSender} */
export function jsonMetricsSender(options: OtlpHttpSinkOptions): MetricsSender {
  const { timeoutMillis } = options;
  const observer = new HttpObserver(options);
  const exporter = new OTLPMetricExporter({
    url: options.url,
    headers: { ...options.headers },
    compression: options.compression === 'gzip' ? CompressionAlgorithm.GZIP : CompressionAlgorithm.NONE,
    timeoutMillis,
    userAgent: options.userAgent ?? 'hft-otel',
    httpAgentOptions: observer.agentFactory,
  });
  return {
    send: (metrics, points) =>
      exchange({ observer, timeoutMillis, items: points, send: (done) => exporter.export(metrics, done) }),
    close: async () => {
      observer.abort(new Error('The sender was closed.'));
      observer.close();
    },
  };
}
