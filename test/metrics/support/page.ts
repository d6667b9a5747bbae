/** The Prometheus page of one collector, as its backends take it. */
import { MetricsPage } from '../../../src/backends/prometheus/page.ts';
import type { MakePage } from '../../../src/backends/prometheus/prometheus.ts';
import { SeriesProducer, type SeriesProducerOptions } from '../../../src/backends/series-producer.ts';
import type { SeriesCollector } from '../../../src/series/collect.ts';

export function pageOf(collector: SeriesCollector, options?: SeriesProducerOptions): MakePage {
  const exporter = new MetricsPage([new SeriesProducer(collector, options)]);
  return (labels, format) => exporter.text(labels, format);
}
