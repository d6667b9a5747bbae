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
  // Of delta temporality it is not known what had been exported.
  takesDeadRuns: ({ temporality }) => temporality === 'cumulative',
  load: () => import('./open.ts'),
});
