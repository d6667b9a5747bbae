/**
 * Which metric backends a configuration asks for: their counters stand behind those of the log backends.
 */
import type { ResolvedConfig } from '../config/resolved.ts';

export type MetricBackendName = 'prometheus' | 'push_gateway' | 'percentiles' | 'otlp_metrics';

export function metricBackendsOf({ backends: { prometheus, histogram, otlp } }: ResolvedConfig): readonly MetricBackendName[] {
  const names: MetricBackendName[] = [];
  if (prometheus.enabled) names.push('prometheus');
  if (prometheus.enabled && prometheus.pushGatewayUrl !== undefined) names.push('push_gateway');
  if (histogram.enabled) names.push('percentiles');
  if (otlp.enabled && otlp.metrics !== undefined) names.push('otlp_metrics');
  return names;
}
