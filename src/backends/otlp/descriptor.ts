/**
 * Logs and audit events over OTLP/HTTP.
 */
import { recordBackend } from '../descriptor.ts';
import { otlpSection } from './settings.ts';

export const otlpBackend = recordBackend({
  takes: 'records',
  name: 'otlp',
  section: otlpSection,
  runs: ({ enabled, logsEndpoint }) => enabled && logsEndpoint !== undefined,
  defaultRoutes: ['logs', 'audit'],
  carriesAudit: true,
  splitsLanes: true,
  // Over JSON it takes objects: the SDK's exporter wants them.
  queue: ({ protocol, queueBytes, maxRequestBytes }) =>
    protocol === 'http/json' ? undefined : { bytes: queueBytes, slotBytes: maxRequestBytes },
});
