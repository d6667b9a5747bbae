/**
 * Opens the push gateway.
 */
import type { MetricsTools } from '../opening-metrics.ts';
import type { PrometheusSettings } from '../prometheus/settings.ts';
import { pageText } from '../prometheus/text.ts';
import { PushGatewayBackend } from './push-gateway.ts';

export function open(settings: PrometheusSettings, { page, account, instanceId }: MetricsTools): PushGatewayBackend {
  const { pushGatewayUrl, pushIntervalMillis: intervalMillis, jobName, deleteOnShutdown } = settings;
  return new PushGatewayBackend({
    url: pushGatewayUrl!,
    jobName,
    instance: instanceId,
    intervalMillis,
    deleteOnShutdown,
    page: async () => pageText(await page.families()),
    account,
  });
}
