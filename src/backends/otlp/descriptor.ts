/**
 * Logs and audit events over OTLP/HTTP.
 */
import { type QueueSize, recordBackend } from '../descriptor.ts';
import { type OtlpSettings, otlpSection } from './settings.ts';

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
  queue: (settings) => (settings.protocol === 'http/json' ? undefined : queueOf(settings)),
  isRemote: true,
  spool: ({ spool }) => spool,
  componentType: ({ protocol }) => COMPONENT_TYPES[protocol],
  load: () => import('./open.ts'),
});

/** Beside the requests under way: one that is written to the spool, one that is filled, and one that waits. */
const FURTHER_SLOTS = 3;
const LEAST_SLOT_BYTES = 131_072;

/**
 * A slot is taken whole by its request, however few bytes are in it. With too few slots a record finds none free while most of the queue is empty, so a small
 * queue has smaller requests, and a very small one is larger than it was asked for.
 */
function queueOf({ queueBytes, maxRequestBytes, concurrency }: OtlpSettings): QueueSize {
  const slots = concurrency + FURTHER_SLOTS;
  const share = Math.max(LEAST_SLOT_BYTES, Math.floor(queueBytes / slots));
  const slotBytes = Math.min(maxRequestBytes, share) & ~7;
  return { bytes: Math.max(queueBytes, slots * slotBytes), slotBytes };
}
