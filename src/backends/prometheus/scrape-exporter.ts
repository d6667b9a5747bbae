/**
 * All metrics as a Prometheus page. Apart from the server that gives it out (prometheus.ts): what it takes of OpenTelemetry's packages is loaded with the
 * first page and not before the worker is ready.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { emptyResource } from '@opentelemetry/resources';
import type { CollectionResult, MetricProducer } from '@opentelemetry/sdk-metrics';
import { EXPOSITION_CONTENT_TYPE } from './names.ts';
import { exposition } from './text.ts';

/**
 * OpenTelemetry's exporter, with our server in front of it and our text behind it: its own appends suffixes that no other path does, and stops at a
 * producer that throws.
 */
export class ScrapeExporter extends PrometheusExporter {
  readonly #conflicts = new Set<string>();
  readonly #onConflict: ((name: string) => void) | undefined;

  /**
   * `producers`: where metrics come from. The first one's resource is told as `target_info`; one that throws is left out of the page.
   * `onConflict`: called for each metric that is left out because its Prometheus name belongs to another one; once a name.
   */
  constructor(producers: readonly MetricProducer[], onConflict?: (name: string) => void) {
    super({ preventServerStart: true });
    this.setMetricProducer({ collect: () => collectAll(producers) });
    this.#onConflict = onConflict;
  }

  async exposition(): Promise<string> {
    const { resourceMetrics } = await this.collect();
    return exposition(resourceMetrics, {
      onConflict: (name) => {
        if (this.#conflicts.has(name)) return;
        this.#conflicts.add(name);
        this.#onConflict?.(name);
      },
    });
  }

  override getMetricsRequestHandler(_request: IncomingMessage, response: ServerResponse): void {
    this.exposition().then(
      (body) => {
        response.setHeader('Content-Type', EXPOSITION_CONTENT_TYPE);
        response.end(body);
      },
      (error: Error) => {
        response.statusCode = 500;
        response.end(`The metrics could not be collected: ${error.message}\n`);
      },
    );
  }
}

/** What all producers have; of one that throws, the error. */
async function collectAll(producers: readonly MetricProducer[]): Promise<CollectionResult> {
  const results = await Promise.allSettled(producers.map(async (producer) => producer.collect()));
  const collected = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  return {
    resourceMetrics: {
      resource: collected[0]?.resourceMetrics.resource ?? emptyResource(),
      scopeMetrics: collected.flatMap(({ resourceMetrics }) => resourceMetrics.scopeMetrics),
    },
    errors: results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : result.value.errors)),
  };
}
