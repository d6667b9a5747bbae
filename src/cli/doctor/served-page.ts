/**
 * Whose page of /metrics answers at an address: by a metric that each of our pages has, and by the service that its `target_info` names.
 */
import { parseExposition, type Sample } from '../../demo/exposition.ts';

/** OWN_INSTRUMENTS.accepted in health/instruments.ts. */
const OWN_METRIC = 'hft_log_accepted_total';

/** Prometheus gives a scrape as much. */
const ANSWER_MILLIS = 10_000;

/** The service that a process with hft-otel serves there, as {@link serviceName} writes it. Undefined: no such process answers. */
export async function serviceServing(host: string, port: number, endpoint: string): Promise<string | undefined> {
  const samples = parseExposition((await fetchPage(host, port, endpoint)) ?? '');
  if (!samples.some(({ name }) => name === OWN_METRIC)) return undefined;
  return serviceIn(samples);
}

export function serviceName(name: unknown, namespace: unknown): string {
  return namespace === undefined ? String(name) : `${namespace}/${name}`;
}

function serviceIn(samples: readonly Sample[]): string {
  const { service_name: name, service_namespace: namespace } = samples.find(({ name }) => name === 'target_info')?.labels ?? {};
  return serviceName(name, namespace);
}

async function fetchPage(host: string, port: number, endpoint: string): Promise<string | undefined> {
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  try {
    const answer = await fetch(`http://${name}:${port}${endpoint}`, { signal: AbortSignal.timeout(ANSWER_MILLIS) });
    return answer.ok ? await answer.text() : undefined;
  } catch {
    return undefined;
  }
}
