/**
 * Collects the metrics of a Prometheus page. A file apart from the server (server.ts), because its modules of OpenTelemetry are loaded with the first page and not
 * before the worker is ready.
 */
import { emptyResource } from '@opentelemetry/resources';
import type { MetricProducer, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { Families } from './families.ts';
import { familiesOf } from './otel-families.ts';

export class MetricsPage {
  readonly #producers: readonly MetricProducer[];
  readonly #onConflict: ((name: string) => void) | undefined;

  /**
   * `producers`: sources of the metrics. The resource of the first one becomes `target_info`; one that throws is left out of the page.
   * `onConflict`: called for each metric that is left out because its Prometheus name belongs to another one, at each collection.
   */
  constructor(producers: readonly MetricProducer[], onConflict?: (name: string) => void) {
    this.#producers = producers;
    this.#onConflict = onConflict;
  }

  async families(): Promise<Families> {
    const metrics = await collectAll(this.#producers);
    return familiesOf(metrics, this.#onConflict && { onConflict: this.#onConflict });
  }
}

async function collectAll(producers: readonly MetricProducer[]): Promise<ResourceMetrics> {
  const results = await Promise.allSettled(producers.map(async (producer) => producer.collect()));
  const collected = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value.resourceMetrics] : []));
  return {
    resource: collected[0]?.resource ?? emptyResource(),
    scopeMetrics: collected.flatMap(({ scopeMetrics }) => scopeMetrics),
  };
}
