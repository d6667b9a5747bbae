/**
 * Logs and audit events over OTLP/HTTP.
 */
import { recordBackend } from '../descriptor.ts';
import { otlpSection } from './settings.ts';

/** The names that OpenTelemetry's conventions have for exporters of these protocols. */
const COMPONENT_TYPES = { 'http/protobuf': 'otlp_http_log_exporter', 'http/json': 'otlp_http_json_log_exporter' } as const;

export const otlpBackend = recordBackend({
  takes: 'records',
  name: 'otlp',
  section: otlpSection,
  runs: ({ enabled, logsEndpoints }) => enabled && logsEndpoints.length > 0,
  defaultRoutes: ['logs', 'audit'],
  carriesAudit: true,
  splitsLanes: true,
  keepsCheckpoints: true,
  // Over JSON it takes objects: the SDK's exporter wants them.
  queue: ({ protocol, queueBytes, maxRequestBytes }) =>
    protocol === 'http/json' ? undefined : { bytes: queueBytes, slotBytes: maxRequestBytes },
  isRemote: true,
  spool: ({ spool }) => spool,
  componentType: ({ protocol }) => COMPONENT_TYPES[protocol],
  load: () => import('./open.ts'),
});
