/**
 * Opens metrics over OTLP.
 */
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { MetricsTools } from '../opening-metrics.ts';
import type { OtlpSettings } from '../otlp/settings.ts';
import { SeriesProducer } from '../series-producer.ts';
import { OtlpMetricsBackend } from './metrics.ts';
import { jsonMetricsSender, protobufMetricsSender } from './metrics-senders.ts';

export function open(settings: OtlpSettings, tools: MetricsTools): OtlpMetricsBackend {
  const { metrics, temporality, histograms, metricsIntervalMillis: intervalMillis } = settings;
  const { collector, account, exported: resumeFrom, onExported } = tools;
  const transport = metrics!;
  const resource = resourceFromAttributes(tools.resource);
  const producer = new SeriesProducer(collector, { resource, temporality, histograms, resumeFrom });
  // From here on it is known that nothing has been exported.
  if (resumeFrom === undefined && producer.baseline !== undefined) onExported(producer.baseline);
  const makeSender = transport.protocol === 'http/json' ? jsonMetricsSender : protobufMetricsSender;
  return new OtlpMetricsBackend({
    producer,
    sender: makeSender({ ...transport, url: transport.endpoint }),
    temporality,
    intervalMillis,
    account,
    onSettled: () => {
      if (producer.baseline !== undefined) onExported(producer.baseline);
    },
  });
}
