/**
 * Opens the page that Prometheus scrapes.
 */
import type { MetricsTools } from '../opening-metrics.ts';
import { sharingService } from './peers.ts';
import { PrometheusBackend } from './prometheus.ts';
import type { PrometheusSettings } from './settings.ts';

export function open(settings: PrometheusSettings, tools: MetricsTools): PrometheusBackend {
  const { host, port, endpoint, allowedHosts } = settings;
  const { page: source, health, account, resource, clusterWorker: worker, place, isReplaced } = tools;
  return new PrometheusBackend({
    source,
    health,
    account,
    host,
    port,
    endpoint,
    allowedHosts,
    worker,
    ...(place && { instance: place }),
    isReplaced,
    service: sharingService(resource),
  });
}
