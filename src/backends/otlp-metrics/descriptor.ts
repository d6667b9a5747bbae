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
  // With delta temporality the exports of the dead run are not known.
  takesDeadRuns: ({ temporality }) => temporality === 'cumulative',
  load: () => import('./open.ts'),
});
