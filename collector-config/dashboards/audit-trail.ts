// Audit trail: every audit event with its number, whether numbers are missing, and whether all that was numbered has arrived.

import { CustomVariableBuilder, type Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { exchangeVariable, frame, SERVICE, serviceVariable } from './frame.ts';
import { chart, FULL, HALF, recordTable, seriesTable, stat } from './panels.ts';
import { logql, now, orZero, promql } from './queries.ts';

const AUDIT = `{lane="audit", ${SERVICE}, exchange=~"$exchange"} | event_name=~"$event"`;
const NUMBERED = `{lane="audit", ${SERVICE}} | hft_audit_seq != ""`;
const EACH_INSTANCE = 'by (service_name, service_instance_id)';

/**
 * Numbers from the first to the last of the time shown, less the records there are. A record that stands in Loki twice counts twice.
 * The last 30 s are left out: what arrives between the parts of the query would look like a gap.
 */
const NUMBERS_LESS_RECORDS = `max_over_time(${NUMBERED} | unwrap hft_audit_seq [$__range] offset 30s) ${EACH_INSTANCE} - min_over_time(${NUMBERED} | unwrap hft_audit_seq [$__range] offset 30s) ${EACH_INSTANCE} + 1 - sum ${EACH_INSTANCE} (count_over_time(${NUMBERED} [$__range] offset 30s))`;

export function auditTrail(): Dashboard {
  return frame({
    uid: 'hft-audit',
    title: 'Audit trail',
    description:
      'Orders, fills, cancellations, rejections and risk limits as they were recorded. Numbers run without a gap for each process.',
    variables: [serviceVariable(), exchangeVariable(), eventVariable()],
    rows: [
      {
        title: 'Complete?',
        panels: [
          stat({
            title: 'Numbers missing',
            description: 'The most that were missing within two minutes, in the time shown. 0: no gap. What AuditGap speaks of.',
            unit: 'none',
            queries: [promql(`sum (max_over_time(hft_audit_missing{${SERVICE}}[$__range]))`, 'missing')],
            limits: { warn: 1, bad: 1 },
            height: 8,
          }),
          stat({
            title: 'Overdue',
            description:
              'Numbered by services more than a minute ago and not seen by Loki. Above 0: the alert AuditNotDelivered.',
            unit: 'none',
            queries: [
              promql(
                orZero(
                  `sum (clamp_min(instance:audit_sequence:max{${SERVICE}} offset 1m - on (service_name, service_instance_id) last_over_time(hft_audit_collected_sequence[1d]), 0))`,
                ),
                'overdue',
              ),
            ],
            limits: { warn: 1, bad: 1 },
            height: 8,
          }),
          stat({
            title: 'Written by the caller',
            description:
              'In the time shown: the audit ring was full and the caller wrote the record itself. Nothing lost, but a slow call.',
            unit: 'none',
            queries: [promql(orZero(`sum (increase(hft_audit_written_through_total{${SERVICE}}[$__range]))`), 'written through')],
            limits: { warn: 1, bad: 100 },
            height: 8,
          }),
          seriesTable({
            title: 'Numbers less records',
            description:
              'From the first to the last number of each process in the time shown. The last 30 s do not count. Above 0: a gap. Below: records that were sent twice, which may hide one.',
            unit: 'none',
            queries: [now(logql(NUMBERS_LESS_RECORDS))],
            limits: { warn: 1, bad: 1 },
          }),
        ],
      },
      {
        title: 'Proven?',
        panels: [
          seriesTable({
            title: 'Lines without a checkpoint',
            description:
              'By process, and whether its checkpoints are signed. Each second in which lines come, a checkpoint covers them: more than a second’s worth that stays is what AuditCheckpointLate speaks of.',
            unit: 'none',
            queries: [
              now(
                promql(
                  `sum by (service_name, instance) (hft_audit_tree_lines{${SERVICE}}) - on (service_name, instance) group_right () sum by (service_name, instance, signed) (hft_audit_tree_checkpointed_lines{${SERVICE}})`,
                ),
              ),
            ],
            limits: { warn: 1_000, bad: 100_000 },
          }),
          chart({
            title: 'Age of the last checkpoint',
            description: 'A second while events come, up to an hour while none do.',
            unit: 's',
            queries: [
              promql(`max by (service_name, instance) (hft_audit_tree_checkpoint_age_seconds{${SERVICE}})`, '{{instance}}'),
            ],
            span: HALF,
          }),
          chart({
            title: 'Lines, lines covered, lines cosigned',
            description: 'Three lines that lie on each other; the third where there are witnesses.',
            unit: 'none',
            queries: [
              promql(`sum by (instance) (hft_audit_tree_lines{${SERVICE}})`, '{{instance}} written'),
              promql(`sum by (instance) (hft_audit_tree_checkpointed_lines{${SERVICE}})`, '{{instance}} covered'),
              promql(`sum by (instance) (hft_audit_tree_cosigned_lines{${SERVICE}})`, '{{instance}} cosigned'),
            ],
            span: HALF,
          }),
          seriesTable({
            title: 'Checkpoints by run',
            description:
              'Size of the last checkpoint of each process’s run, and whether it is signed. Unsigned ones prove nothing against those who can write to the files.',
            unit: 'none',
            queries: [now(promql(`max by (service_name, instance, signed) (hft_audit_tree_checkpointed_lines{${SERVICE}})`))],
          }),
          seriesTable({
            title: 'Age of the last cosignature',
            description:
              'By process and witness, in seconds. Empty where no witness has cosigned. AuditNotCosigned speaks of too few of them.',
            unit: 's',
            queries: [
              now(promql(`max by (service_name, instance, witness) (hft_audit_witness_cosigned_age_seconds{${SERVICE}})`)),
            ],
            limits: { warn: 300, bad: 3_900 },
          }),
          seriesTable({
            title: 'Last verification',
            description:
              'Exit code of hft-otel audit verify, as its timer job exports it. 0: no fault; 1: the trail is not as it was written; 2: it could not be read.',
            unit: 'none',
            queries: [now(promql(`max by (service_name, instance) (hft_audit_verify_exit_code{${SERVICE}})`))],
            limits: { warn: 1, bad: 1 },
          }),
        ],
      },
      {
        title: 'When?',
        panels: [
          chart({
            title: 'Clock: offset',
            description: 'What adjtimex or chrony say is still to be corrected.',
            unit: 's',
            queries: [promql(`max by (instance, source) (hft_clock_offset_seconds{${SERVICE}})`, '{{instance}} {{source}}')],
            span: HALF,
          }),
          chart({
            title: 'Clock: uncertainty',
            description:
              'Offset and largest error together: so far may the time of an event be from UTC. RTS 25 asks for 100 µs of high-frequency traders: ClockBeyond100Microseconds. No line: nobody keeps the clock.',
            unit: 's',
            queries: [
              promql(
                `max by (instance, source) (abs(hft_clock_offset_seconds{${SERVICE}}) + on (service_name, instance, source) hft_clock_max_error_seconds{${SERVICE}})`,
                '{{instance}} {{source}}',
              ),
            ],
            span: HALF,
          }),
        ],
      },
      {
        title: 'Events',
        panels: [
          chart({
            title: 'Events per second',
            description: 'By kind, counted in Loki.',
            unit: 'cps',
            queries: [logql(`sum by (event_name) (rate(${AUDIT} [$__auto]))`, '{{event_name}}')],
            stacked: true,
          }),
          chart({
            title: 'Events per second by strategy',
            description: 'The strategy is the tag strategy_type of the logger that recorded the event.',
            unit: 'cps',
            queries: [logql(`sum by (strategy_type) (rate(${AUDIT} | strategy_type != "" [$__auto]))`, '{{strategy_type}}')],
            stacked: true,
          }),
          recordTable({
            title: 'Audit events',
            description:
              'Newest first; filter a column by its funnel. The whole record, every field, is in the audit files of service and gateway.',
            queries: [logql(AUDIT)],
            columns: [
              'event_name',
              'exchange',
              'symbol',
              'side',
              'qty',
              'price',
              'order_id',
              'strategy_type',
              'hft_audit_seq',
              'service_name',
              'service_instance_id',
            ],
            span: FULL,
          }),
        ],
      },
      {
        title: 'Numbers',
        panels: [
          chart({
            title: 'Last number: counted and arrived',
            description: 'Two lines that lie on each other. A gap between them that grows is audit waiting in a queue.',
            unit: 'none',
            queries: [
              promql(`instance:audit_sequence:max{${SERVICE}}`, '{{service_instance_id}} counted'),
              promql(`hft_audit_collected_sequence{${SERVICE}}`, '{{service_instance_id}} arrived'),
            ],
            span: HALF,
          }),
          chart({
            title: 'Audit waiting in collectors',
            description: 'Bytes on disk in the audit queues of agents and gateways.',
            unit: 'bytes',
            queries: [
              promql('sum by (tier, exporter) (otelcol_exporter_queue_size{exporter=~".*audit.*"})', '{{tier}} {{exporter}}'),
            ],
            span: HALF,
          }),
        ],
      },
    ],
  });
}

/** A fixed list rather than what Loki has seen: an event that has not happened yet can be asked for. */
function eventVariable(): CustomVariableBuilder {
  return new CustomVariableBuilder('event')
    .label('Event')
    .values('order_placed, order_filled, order_cancelled, order_rejected, risk_limit_hit')
    .multi(true)
    .includeAll(true)
    .allValue('.+')
    .allowCustomValue(true)
    .current({ selected: true, text: 'All', value: '$__all' });
}
