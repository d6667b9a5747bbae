// Logging health: does what services say arrive. Follows a record's way: call, ring, worker, backend, agent, gateway.

import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { frame, listVariable, SERVICE, serviceVariable } from './frame.ts';
import { chart, FULL, HALF, heatmap, logs, stat, states, THIRD } from './panels.ts';
import { distribution, happened, logql, orZero, promql, quantile, rate } from './queries.ts';

const MINE = `${SERVICE}, instance=~"$instance"`;

export function loggingHealth(): Dashboard {
  return frame({
    uid: 'hft-logging-health',
    title: 'Logging health',
    description:
      'Accepted = delivered + counted as lost, at every stage between a call and the store. Left to right, top to bottom: the way of a record.',
    variables: [
      serviceVariable(),
      listVariable('instance', 'Instance', `label_values(hft_log_accepted_total{${SERVICE}}, instance)`),
    ],
    rows: [
      {
        title: 'Now',
        panels: [
          stat({
            title: 'Accepted',
            description: 'Records that calls have put into the rings, per second.',
            unit: 'cps',
            queries: [promql(rate('hft_log_accepted_total', MINE), 'accepted')],
          }),
          stat({
            title: 'Lost in this range',
            description: 'Records dropped in front of a full ring or by a backend, in the time shown. 0 is the normal state.',
            unit: 'none',
            queries: [
              promql(orZero(`sum (increase(hft_log_dropped_total{${MINE}}[$__range]))`), 'at the ring'),
              promql(orZero(`sum (increase(hft_backend_dropped_total{${MINE}}[$__range]))`), 'at a backend'),
            ],
            limits: { warn: 1, bad: 100 },
            span: THIRD,
          }),
          stat({
            title: 'Fullest ring',
            description: 'Above 80 % debug records are being dropped already.',
            unit: 'percentunit',
            queries: [promql(`max (hft_ring_fill_ratio{${MINE}})`, 'fill')],
            limits: { warn: 0.5, bad: 0.8 },
          }),
          stat({
            title: 'Backends in trouble',
            description: 'Backends that retry (degraded) or have given up (failed).',
            unit: 'none',
            queries: [promql(`count (hft_backend_state{${MINE}} > 0) or vector(0)`, 'backends')],
            limits: { warn: 1, bad: 2 },
          }),
          stat({
            title: 'Fullest collector queue',
            description: 'Of all agents and gateways. Above half: what is behind it is slow or away.',
            unit: 'percentunit',
            queries: [promql('max (exporter:otelcol_queue_fill:ratio)', 'fill')],
            limits: { warn: 0.25, bad: 0.5 },
          }),
        ],
      },
      {
        title: 'In the service: calls and rings',
        panels: [
          chart({
            title: 'Accepted by lane',
            description: 'Logs and audit have rings of their own.',
            unit: 'cps',
            queries: [promql(rate('hft_log_accepted_total', MINE, ['lane']), '{{lane}}')],
            span: THIRD,
          }),
          chart({
            title: 'Dropped at the ring, by level and reason',
            description:
              'Debug goes first, error last. Audit never: when its ring is full the caller writes the record itself. To no backend: none takes the level, or no route leads there. Left out by sampling: on purpose, by the rules of `sampling`.',
            unit: 'cps',
            queries: [
              promql(
                happened(rate('hft_log_dropped_total', MINE, ['lane', 'level', 'reason']), 'reason'),
                '{{lane}} {{level}} {{reason}}',
              ),
              promql(`${rate('hft_log_unrouted_total', MINE, ['lane', 'level'])} > 0`, '{{lane}} {{level}} to no backend'),
              promql(`${rate('hft_log_sampled_out_total', MINE, ['level'])} > 0`, '{{level}} left out by sampling'),
            ],
            stacked: true,
            span: THIRD,
          }),
          chart({
            title: 'Ring fill',
            description: 'Now, and the highest since the ring was made.',
            unit: 'percentunit',
            queries: [
              promql(`max by (lane) (hft_ring_fill_ratio{${MINE}})`, '{{lane}}'),
              promql(`max by (lane) (hft_ring_high_water_ratio{${MINE}})`, '{{lane}} highest'),
            ],
            limits: { warn: 0.5, bad: 0.8 },
            max: 1,
            span: THIRD,
          }),
          chart({
            title: 'Cost of a call',
            description: "Time inside a logging call, on the caller's thread; a sample of calls.",
            unit: 'ns',
            queries: [
              promql(quantile(0.5, 'hft_call_duration_ns', MINE), 'p50'),
              promql(quantile(0.99, 'hft_call_duration_ns', MINE), 'p99'),
              promql(quantile(0.999, 'hft_call_duration_ns', MINE), 'p99.9'),
            ],
            logarithmic: true,
            span: THIRD,
          }),
          chart({
            title: 'Call to drained',
            description: 'From the call to the worker having taken the record out of the ring.',
            unit: 'µs',
            queries: [
              promql(quantile(0.5, 'hft_drain_delay_us', MINE), 'p50'),
              promql(quantile(0.99, 'hft_drain_delay_us', MINE), 'p99'),
              promql(quantile(0.999, 'hft_drain_delay_us', MINE), 'p99.9'),
            ],
            logarithmic: true,
            span: THIRD,
          }),
          heatmap({
            title: 'Call to drained, all samples',
            description: 'A band that rises is a worker that falls behind; a second band above it, a pause of the machine.',
            unit: 'µs',
            queries: [promql(distribution('hft_drain_delay_us', MINE), '{{le}}')],
            span: THIRD,
          }),
          chart({
            title: 'Call to delivered, by backend',
            description:
              'From the call until the file, the console or the collector has taken the record; of the oldest record of each batch, so an upper bound for the others.',
            unit: 'µs',
            queries: [
              promql(quantile(0.5, 'hft_delivery_delay_us', MINE, ['backend']), '{{backend}} p50'),
              promql(quantile(0.99, 'hft_delivery_delay_us', MINE, ['backend']), '{{backend}} p99'),
            ],
            logarithmic: true,
            span: THIRD,
          }),
          chart({
            title: 'Worker restarts, and audit written by its caller',
            description:
              'A worker that died was replaced and its ring delivered. Audit written by its caller cost that caller the time of a disk write.',
            unit: 'none',
            queries: [
              promql(`sum (increase(hft_worker_restarts_total{${MINE}}[$__rate_interval]))`, 'worker restarts'),
              promql(`sum (increase(hft_audit_written_through_total{${MINE}}[$__rate_interval]))`, 'audit written through'),
            ],
            span: THIRD,
          }),
          stat({
            title: 'Memory outlives the process',
            description:
              'Instances whose rings and queues lie in files: what a crash leaves there is delivered by the next start. Others lose it.',
            unit: 'none',
            queries: [
              promql(`count (hft_memory_mapped{${MINE}} == 1) or vector(0)`, 'mapped'),
              promql(`count (hft_memory_mapped{${MINE}} == 0) or vector(0)`, 'shared'),
            ],
            span: THIRD,
          }),
          chart({
            title: 'Recovered after a crash',
            description:
              'Records that a killed process had left in its rings and queues, and that the next start has delivered. Anything here says that a process was killed.',
            unit: 'none',
            queries: [
              promql(
                `sum by (source, lane) (increase(hft_recovery_records_total{${MINE}}[$__rate_interval]))`,
                '{{source}} {{lane}}',
              ),
              promql(
                `sum (increase(hft_recovery_runs_total{${MINE}, outcome="damaged"}[$__rate_interval]))`,
                'runs that could not be read',
              ),
            ],
            span: THIRD,
          }),
          chart({
            title: 'As any OpenTelemetry SDK reports it',
            description:
              'The names the semantic conventions give these counters: dashboards made for SDKs work with this service too.',
            unit: 'cps',
            queries: [
              promql(rate('otel_sdk_processor_log_processed', MINE), 'processed'),
              promql(rate('otel_sdk_exporter_log_exported', MINE), 'exported'),
            ],
            span: THIRD,
          }),
        ],
      },
      {
        title: 'In the service: backends',
        panels: [
          chart({
            title: 'Delivered by backend',
            description: 'Records that the file, the console, the collector has taken.',
            unit: 'cps',
            queries: [promql(rate('hft_backend_delivered_total', MINE, ['backend']), '{{backend}}')],
            span: THIRD,
          }),
          chart({
            title: 'Dropped by backend, level and reason',
            description:
              'A backend that does not keep up loses its own records, the less severe first, and no other backend loses any.',
            unit: 'cps',
            queries: [
              promql(
                happened(rate('hft_backend_dropped_total', MINE, ['backend', 'lane', 'level', 'reason']), 'reason'),
                '{{backend}} {{lane}} {{level}} {{reason}}',
              ),
            ],
            stacked: true,
            span: THIRD,
          }),
          chart({
            title: 'Queue of each backend',
            description: 'Encoded bytes that wait for a disk or a network, as a share of the memory set aside for them.',
            unit: 'percentunit',
            queries: [
              promql(
                `max by (backend) (hft_backend_queue_bytes{${MINE}} / hft_backend_queue_capacity_bytes{${MINE}})`,
                '{{backend}}',
              ),
            ],
            limits: { warn: 0.5, bad: 0.8 },
            max: 1,
            span: THIRD,
          }),
          chart({
            title: 'Went to a failover',
            description:
              'Records that went to the backends named in `failover`, by the backend that they were meant for. Anything here says that it was away.',
            unit: 'cps',
            queries: [promql(happened(rate('hft_backend_failed_over_total', MINE, ['backend']), 'backend'), '{{backend}}')],
            span: FULL,
            height: 6,
          }),
          chart({
            title: 'Spool on disk',
            description:
              'Bytes that wait on disk because a destination is away, as a share of what may wait. At the limit the oldest log records are dropped.',
            unit: 'percentunit',
            queries: [
              promql(
                `max by (instance, backend, lane) (hft_backend_spool_bytes{${MINE}} / hft_backend_spool_capacity_bytes{${MINE}})`,
                '{{instance}} {{backend}} {{lane}}',
              ),
            ],
            limits: { warn: 0.25, bad: 0.5 },
            max: 1,
            span: HALF,
          }),
          chart({
            title: 'Age of the spool',
            description:
              'For how long the oldest record has waited on disk. It falls to 0 when the destination is back and everything was sent.',
            unit: 's',
            queries: [
              promql(
                `max by (instance, backend, lane) (hft_backend_spool_age_seconds{${MINE}})`,
                '{{instance}} {{backend}} {{lane}}',
              ),
            ],
            span: HALF,
          }),
          states({
            title: 'Circuit of each destination',
            description:
              'closed: everything is sent. open: it has failed three times in a row, and nothing is sent. half open: one request probes it.',
            queries: [
              promql(
                `max by (instance, backend, lane) (hft_backend_circuit_state{${MINE}})`,
                '{{instance}} {{backend}} {{lane}}',
              ),
            ],
            words: {
              '0': { text: 'closed', color: 'green' },
              '1': { text: 'half open', color: 'yellow' },
              '2': { text: 'open', color: 'red' },
            },
            span: FULL,
            height: 6,
          }),
          states({
            title: 'State of each backend',
            description:
              'ok: the last attempt was taken. degraded: refused, being retried. failed: refused for longer than a passing trouble, or for good.',
            queries: [promql(`max by (instance, backend) (hft_backend_state{${MINE}})`, '{{instance}} {{backend}}')],
            words: {
              '0': { text: 'ok', color: 'green' },
              '1': { text: 'degraded', color: 'yellow' },
              '2': { text: 'failed', color: 'red' },
            },
            span: FULL,
            height: 6,
          }),
        ],
      },
      {
        title: 'Agents and gateways',
        panels: [
          chart({
            title: 'Received',
            description: 'Log records by tier and door. The audit door carries audit alone.',
            unit: 'cps',
            queries: [
              promql(
                'sum by (tier, receiver) (rate(otelcol_receiver_accepted_log_records[$__rate_interval]))',
                '{{tier}} {{receiver}}',
              ),
            ],
            span: THIRD,
          }),
          chart({
            title: 'Sent',
            description: 'Log records by tier and exporter. At the gateway: what Loki has taken.',
            unit: 'cps',
            queries: [
              promql(
                'sum by (tier, exporter) (rate(otelcol_exporter_sent_log_records[$__rate_interval]))',
                '{{tier}} {{exporter}}',
              ),
            ],
            span: THIRD,
          }),
          chart({
            title: 'Refused and lost',
            description:
              'Refused: memory limit or full queue, the sender has it still. Lost: refused for good by what is behind, or given up.',
            unit: 'cps',
            queries: [
              promql(
                'sum by (tier, receiver) (rate(otelcol_receiver_refused_log_records[$__rate_interval]))',
                '{{tier}} refused at {{receiver}}',
              ),
              promql(
                // A writer repeats what is not refused for good.
                'sum by (tier, exporter) (rate(otelcol_exporter_send_failed_log_records{error_permanent!="false","error.permanent"!="false"}[$__rate_interval]))',
                '{{tier}} lost in {{exporter}}',
              ),
            ],
            span: THIRD,
          }),
          chart({
            title: 'Queues',
            description: 'Bytes on disk as a share of what is allowed. Alert above half.',
            unit: 'percentunit',
            queries: [promql('exporter:otelcol_queue_fill:ratio', '{{tier}} {{exporter}}')],
            limits: { warn: 0.25, bad: 0.5 },
            max: 1,
            span: THIRD,
          }),
          chart({
            title: 'Memory',
            description: 'Resident. The memory limiter refuses before it reaches the limit.',
            unit: 'bytes',
            queries: [promql('otelcol_process_memory_rss', '{{tier}} {{instance}}')],
            span: THIRD,
          }),
          chart({
            title: 'CPU',
            description: 'Cores in use, 1 being one whole core. docs/sizing.md says what to expect.',
            unit: 'none',
            queries: [promql('rate(otelcol_process_cpu_seconds[$__rate_interval])', '{{tier}} {{instance}}')],
            span: THIRD,
          }),
        ],
      },
      {
        title: 'What arrived',
        panels: [
          chart({
            title: 'Records in Loki by level',
            description: 'Counted where they are stored: the end of the way.',
            unit: 'cps',
            queries: [logql(`sum by (level) (rate({lane=~"logs|audit", ${SERVICE}}[$__auto]))`, '{{level}}')],
            stacked: true,
            span: HALF,
          }),
          logs({
            title: 'What logging said about itself',
            description: 'Losses, restarts of the worker and troubles of backends, from the logger hft-otel.',
            queries: [logql(`{lane="logs", ${SERVICE}} | scope_name=~"hft-otel.*"`)],
            span: HALF,
          }),
        ],
      },
    ],
  });
}
