/**
 * Opens the page that Prometheus scrapes.
 */
import type { MetricsTools } from '../opening-metrics.ts';
import { PrometheusBackend } from './prometheus.ts';
import type { PrometheusSettings } from './settings.ts';

export function open(settings: PrometheusSettings, tools: MetricsTools): PrometheusBackend {
  const { host, port, endpoint, allowedHosts } = settings;
  const { page: source, health, account, resource, clusterWorker: worker } = tools;
  return new PrometheusBackend({
    source,
    health,
    account,
    host,
    port,
    endpoint,
    allowedHosts,
    worker,
    service: serviceOf(resource),
  });
}

/** Services without a name are the same one if they are the same program. */
function serviceOf(resource: MetricsTools['resource']): string {
  const name = String(resource['service.name']);
  return `${resource['service.namespace'] ?? ''}/${name}${name.startsWith('unknown_service') ? process.argv[1] : ''}`;
}
