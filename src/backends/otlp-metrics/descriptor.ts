/**
 * Metrics over OTLP/HTTP.
 */
import { metricsBackend } from '../descriptor.ts';
import { otlpSection } from '../otlp/settings.ts';

export const otlpMetricsBackend = metricsBackend({
  takes: 'metrics',
  name: 'otlpMetrics',
  section: otlpSection,
  runs: ({ enabled, metrics }) => enabled && metrics !== undefined,
  // Without its exports, deltas of the dead run would count again what has arrived.
  takesDeadRuns: ({ temporality }, hasExported) => temporality === 'cumulative' || hasExported,
  load: () => import('./open.ts'),
});
