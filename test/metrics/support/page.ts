/** The Prometheus page of one collector, as its backends take it. */
import { MetricsPage } from '../../../src/backends/prometheus/page.ts';
import { SeriesProducer, type SeriesProducerOptions } from '../../../src/backends/series-producer.ts';
import type { SeriesCollector } from '../../../src/series/collect.ts';

export function pageOf(collector: SeriesCollector, options?: SeriesProducerOptions): () => Promise<string> {
  const exporter = new MetricsPage([new SeriesProducer(collector, options)]);
  return () => exporter.text();
}
