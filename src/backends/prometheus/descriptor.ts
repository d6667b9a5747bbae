/**
 * The page that Prometheus scrapes.
 */
import { metricsBackend } from '../descriptor.ts';
import { prometheusSection } from './settings.ts';

export const prometheusBackend = metricsBackend({
  takes: 'metrics',
  name: 'prometheus',
  section: prometheusSection,
  runs: ({ enabled }) => enabled,
  answersRequests: true,
  isIdleAtExit: () => true,
  load: () => import('./open.ts'),
});
