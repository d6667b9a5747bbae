/**
 * Percentiles of timers and histograms, printed.
 */
import { metricsBackend } from '../descriptor.ts';
import { histogramSection } from './settings.ts';

export const histogramBackend = metricsBackend({
  takes: 'metrics',
  name: 'histogram',
  section: histogramSection,
  runs: ({ enabled }) => enabled,
  load: () => import('./open.ts'),
});
