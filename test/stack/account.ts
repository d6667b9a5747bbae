// What every stage says it has done with the records, as a text for a failure: a number that is missing at the far end was lost at one of them.

import type { Cluster } from '../../scripts/stack/cluster.ts';
import type { Health } from '../../src/index.ts';

/** Metrics of a collector that say where records were lost, refused, or still wait. */
const SERIES =
  /^(otelcol_(?:exporter_(?:send_failed|enqueue_failed|queue_size)|receiver_(?:refused|failed)|kafka_receiver_(?:unmarshal_failed|offset_lag)|processor_refused)\w*)(\{[^}]*\})? (\S+)$/gm;
/** Labels that say nothing within one process. */
const NOISE = /(?:service_|otel_scope|server_|client_)\w*="[^"]*",?/g;

/** A service's own account, with what was made and what has arrived. */
export function accountOfService(name: string, { lanes, backends, worker, warnings }: Health, arrived: number): string {
  const otlp = backends.otlp!;
  const lines = [
    `${name}: ${arrived} logs arrived`,
    `  ring: accepted ${lanes.logs.accepted}, dropped ${lanes.logs.droppedTotal} ${JSON.stringify(lanes.logs.dropped)}, high water ${lanes.logs.ringHighWater.toFixed(2)}`,
    `  otlp: taken ${otlp.taken}, delivered ${otlp.delivered}, dropped ${otlp.droppedTotal} ${JSON.stringify(otlp.droppedByLane)}, pending ${otlp.pending}, retries ${otlp.retries}, last error ${otlp.lastError ?? 'none'}`,
    `  worker: restarts ${worker.restarts}, last error ${worker.lastError ?? 'none'}`,
    ...warnings.map((warning) => `  warning: ${warning}`),
  ];
  return lines.join('\n');
}

/** Of each collector: what is not zero of its losses, refusals and queues. */
export async function accountOfCollectors({ agents, gateways, writers }: Cluster): Promise<string> {
  const ports = [
    ...agents.map(({ ports }, index) => [`agent-${index + 1}`, ports.telemetry] as const),
    ...gateways.map(({ ports }, index) => [`gateway-${index + 1}`, ports.telemetry] as const),
    ...writers.map(({ telemetryPort }, index) => [`writer-${index + 1}`, telemetryPort] as const),
  ];
  const accounts = await Promise.all(
    ports.map(async ([name, port]) => {
      const text = await fetch(`http://127.0.0.1:${port}/metrics`).then(
        (answer) => answer.text(),
        () => undefined,
      );
      if (text === undefined) return [`${name}: does not answer`];
      const found = [...text.matchAll(SERIES)].filter(([, , , value]) => Number(value) !== 0);
      return [`${name}:`, ...found.map(([, metric, labels = '', value]) => `  ${metric}${labels.replace(NOISE, '')} ${value}`)];
    }),
  );
  return accounts.flat().join('\n');
}
