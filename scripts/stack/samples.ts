// Queries a new user would ask first, and their answers as lines of text.

import { DEMO_SERVICE } from './demo.ts';
import { type Endpoints, type QueryAnswer, queryLoki, queryPrometheus } from './query.ts';

export interface SampleQuery {
  readonly question: string;
  readonly source: 'PromQL' | 'LogQL';
  readonly expr: string;
}

const RANGE_MILLIS = 600_000;
const SHOWN_ROWS = 6;
const SHOWN_LINE = 100;

export const SAMPLE_QUERIES: readonly SampleQuery[] = [
  {
    question: 'Orders placed per second, by exchange',
    source: 'PromQL',
    expr: `sum by (exchange) (rate(orders_placed_total{service_name="${DEMO_SERVICE}"}[1m]))`,
  },
  {
    question: 'Placement latency p99 in µs, by exchange and transport',
    source: 'PromQL',
    expr: `histogram_quantile(0.99, sum by (exchange, transport, le) (rate(order_placement_duration_us_bucket{service_name="${DEMO_SERVICE}"}[1m])))`,
  },
  {
    question: 'Records accepted, and delivered by each backend',
    source: 'PromQL',
    expr: `label_replace(sum by (lane) (hft_log_accepted_total{service_name="${DEMO_SERVICE}"}), "what", "accepted", "", "") or label_replace(sum by (backend) (hft_backend_delivered_total{service_name="${DEMO_SERVICE}", backend=~"file|audit|otlp"}), "what", "delivered", "", "")`,
  },
  {
    question: 'Records in Loki, by lane and level, last 5 minutes',
    source: 'LogQL',
    expr: `sum by (lane, level) (count_over_time({service_name="${DEMO_SERVICE}"}[5m]))`,
  },
  {
    question: 'Audit events, by name, last 5 minutes',
    source: 'LogQL',
    expr: `sum by (event_name) (count_over_time({service_name="${DEMO_SERVICE}", lane="audit"}[5m]))`,
  },
  {
    question: 'Audit numbers missing (0: no gap)',
    source: 'PromQL',
    expr: `sum by (service_name) (hft_audit_missing{service_name="${DEMO_SERVICE}"})`,
  },
  {
    question: 'The latest warnings and errors',
    source: 'LogQL',
    expr: `{service_name="${DEMO_SERVICE}", lane="logs", level=~"warning|error"}`,
  },
];

/** The answer as at most six lines; none when there is nothing. */
export async function ask({ prometheusUrl, lokiUrl }: Endpoints, { source, expr }: SampleQuery): Promise<string[]> {
  if (source === 'PromQL') return rows(await queryPrometheus(prometheusUrl, expr));
  if (!expr.startsWith('{')) return rows(await queryLoki(lokiUrl, expr));
  const to = Date.now();
  return rows(await queryLoki(lokiUrl, expr, { from: to - RANGE_MILLIS, to, stepSeconds: 15 }, SHOWN_ROWS));
}

function rows({ series, lines }: QueryAnswer): string[] {
  const values = series.map(({ labels, samples }) => `${number(samples.at(-1)?.value)}  ${text(labels)}`);
  const records = lines.map(({ timeUnixNanos, line, labels }) => {
    const time = new Date(Number(timeUnixNanos / 1_000_000n)).toISOString().slice(11, 23);
    return `${time}  ${labels.level ?? ''}  ${line.slice(0, SHOWN_LINE)}`;
  });
  return [...values, ...records].slice(0, SHOWN_ROWS);
}

function number(value: number | undefined): string {
  const shown = value === undefined ? '–' : Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
  return shown.padStart(10);
}

function text(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .filter(([name]) => !['__name__', 'service_name', 'service_instance_id'].includes(name))
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}
