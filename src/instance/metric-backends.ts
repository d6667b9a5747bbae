/**
 * Which metric backends a configuration asks for: their counters stand behind those of the log backends.
 */
import type { ResolvedConfig } from '../config/resolved.ts';

/** By the names under which `health()` shows them. */
export type MetricBackendName = 'prometheus' | 'pushGateway' | 'otlpMetrics' | 'histogram';

export function metricBackendsOf({ backends: { prometheus, histogram, otlp } }: ResolvedConfig): readonly MetricBackendName[] {
  const names: MetricBackendName[] = [];
  if (prometheus.enabled) names.push('prometheus');
  if (prometheus.pushGatewayUrl !== undefined) names.push('pushGateway');
  if (histogram.enabled) names.push('histogram');
  if (otlp.enabled && otlp.metrics !== undefined) names.push('otlpMetrics');
  return names;
}
