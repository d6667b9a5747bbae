/**
 * All metrics as a Prometheus page. A file apart from the server (server.ts), because its modules of OpenTelemetry are loaded with the first page and not
 * before the worker is ready.
 */
import { emptyResource } from '@opentelemetry/resources';
import type { MetricProducer, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { PageFormat } from './formats.ts';
import { type ExtraLabels, exposition } from './text.ts';

export class MetricsPage {
  readonly #producers: readonly MetricProducer[];
  readonly #conflicts = new Set<string>();
  readonly #onConflict: ((name: string) => void) | undefined;

  /**
   * `producers`: sources of the metrics. The resource of the first one becomes `target_info`; one that throws is left out of the page.
   * `onConflict`: called for each metric that is left out because its Prometheus name belongs to another one; once a name.
   */
  constructor(producers: readonly MetricProducer[], onConflict?: (name: string) => void) {
    this.#producers = producers;
    this.#onConflict = onConflict;
  }

  /** `labels`: on every line. */
  async text(labels: ExtraLabels = {}, format: PageFormat = 'text'): Promise<string> {
    return exposition(await collectAll(this.#producers), {
      labels,
      format,
      onConflict: (name) => {
        if (this.#conflicts.has(name)) return;
        this.#conflicts.add(name);
        this.#onConflict?.(name);
      },
    });
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
