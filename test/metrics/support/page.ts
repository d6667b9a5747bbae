/** The Prometheus page of one collector, as its backends take it. */
import { ScrapeExporter } from '../../../src/backends/prometheus/scrape-exporter.ts';
import type { SeriesCollector } from '../../../src/series/collect.ts';
import { SeriesProducer, type SeriesProducerOptions } from '../../../src/worker/metrics-producer.ts';

export function pageOf(collector: SeriesCollector, options?: SeriesProducerOptions): () => Promise<string> {
  const exporter = new ScrapeExporter([new SeriesProducer(collector, options)]);
  return () => exporter.exposition();
}
