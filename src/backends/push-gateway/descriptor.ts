/**
 * The same page, pushed to a Pushgateway.
 */
import { metricsBackend } from '../descriptor.ts';
import { prometheusSection } from '../prometheus/settings.ts';

export const pushGatewayBackend = metricsBackend({
  takes: 'metrics',
  name: 'pushGateway',
  section: prometheusSection,
  runs: ({ pushGatewayUrl }) => pushGatewayUrl !== undefined,
  load: () => import('./open.ts'),
});
