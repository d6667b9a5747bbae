/**
 * Percentiles of timers and histograms, printed.
 */
import { metricsBackend } from '../descriptor.ts';
import { histogramSection, streamOf } from './settings.ts';

export const histogramBackend = metricsBackend({
  takes: 'metrics',
  name: 'histogram',
  section: histogramSection,
  runs: ({ enabled }) => enabled,
  isIdleAtExit: ({ stream }, textStream) => streamOf(stream, textStream) === 'none',
  load: () => import('./open.ts'),
});
