/**
 * The two encodings of OTLP/HTTP for metrics, both by OpenTelemetry's own serializers, with the exemplars that these leave out.
 */
import { createOtlpHttpExportDelegate } from '@opentelemetry/otlp-exporter-base/node-http';
import { JsonMetricsSerializer, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { exchange } from '../otlp/exchange.ts';
import { OtlpHttpSink, type OtlpHttpSinkOptions } from '../otlp/http-sink.ts';
import { HttpObserver } from '../otlp/observer.ts';
import { withExemplars, withJsonExemplars } from './exemplars.ts';
import type { MetricsSender } from './metrics.ts';

/** @param options `url` is complete, for example `http://localhost:4318/v1/metrics` */
export function protobufMetricsSender(options: OtlpHttpSinkOptions): MetricsSender {
  const sink = new OtlpHttpSink({ ...options, halvesTooLarge: false });
  return {
    send: (metrics, points) =>
      sink.write({ bytes: withExemplars(ProtobufMetricsSerializer.serializeRequest(metrics)!, metrics), records: points }),
    close: () => sink.close(),
  };
}

/** @param options as for {@link protobufMetricsSender} */
export function jsonMetricsSender(options: OtlpHttpSinkOptions): MetricsSender {
  const { timeoutMillis } = options;
  const observer = new HttpObserver(options);
  const delegate = createOtlpHttpExportDelegate<ResourceMetrics, unknown>(
    {
      url: options.url,
      headers: async () => ({ ...options.headers, 'Content-Type': 'application/json' }),
      compression: options.compression ?? 'none',
      concurrencyLimit: 1,
      timeoutMillis,
      userAgent: options.userAgent ?? 'hft-otel',
      agentFactory: observer.agentFactory,
    },
    {
      serializeRequest: (metrics) => withJsonExemplars(JsonMetricsSerializer.serializeRequest(metrics)!, metrics),
      deserializeResponse: () => undefined,
    },
    'otlp_http_json_metric_exporter',
    { name: 'metric_data_point', countItems: () => 0 },
    undefined,
  );
  return {
    send: (metrics, points) =>
      exchange({ observer, timeoutMillis, items: points, send: (done) => delegate.export(metrics, done) }),
    close: async () => {
      observer.abort(new Error('The sender was closed.'));
      observer.close();
    },
  };
}
