/** The Prometheus page of one collector, as its backends take it. */
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { PageFormat } from '../../../src/backends/prometheus/formats.ts';
import { familiesOf, type OtelFamiliesOptions } from '../../../src/backends/prometheus/otel-families.ts';
import { MetricsPage } from '../../../src/backends/prometheus/page.ts';
import type { PageSource } from '../../../src/backends/prometheus/page-source.ts';
import { pageText } from '../../../src/backends/prometheus/text.ts';
import { SeriesProducer, type SeriesProducerOptions } from '../../../src/backends/series-producer.ts';
import type { SeriesCollector } from '../../../src/series/collect.ts';

export function sourceOf(collector: SeriesCollector, options?: SeriesProducerOptions): PageSource {
  return pageSourceOf(new MetricsPage([new SeriesProducer(collector, options)]));
}

export function pageSourceOf(page: MetricsPage): PageSource {
  return { families: () => page.families(), onConflict: () => {} };
}

export function pageOf(collector: SeriesCollector, options?: SeriesProducerOptions): (format?: PageFormat) => Promise<string> {
  const { families } = sourceOf(collector, options);
  return async (format) => pageText(await families(), format);
}

export function exposition(metrics: ResourceMetrics, options?: OtelFamiliesOptions): string {
  return pageText(familiesOf(metrics, options));
}
