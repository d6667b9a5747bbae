// Latency: every timer of the demo services and of the logging itself, as percentiles and as a picture of all values.

import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { exchangeVariable, frame, LOGS_OF_THAT_MOMENT, ON_EXCHANGE, type Row, SERVICE, serviceVariable } from './frame.ts';
import { chart, heatmap, type Panel, seriesTable, stat } from './panels.ts';
import { distribution, now, promql, quantile } from './queries.ts';

const PERCENTILES = [
  [0.5, 'p50'],
  [0.95, 'p95'],
  [0.99, 'p99'],
  [0.999, 'p99.9'],
] as const;

interface Timer {
  readonly title: string;
  readonly histogram: string;
  readonly unit: string;
  readonly selector: string;
  readonly meaning: string;
}

const TIMERS: readonly Timer[] = [
  {
    title: 'Order placement',
    histogram: 'order_placement_duration_us',
    unit: 'µs',
    selector: ON_EXCHANGE,
    meaning: 'From the call that places an order to its acknowledgement.',
  },
  {
    title: 'REST requests',
    histogram: 'rest_request_duration_us',
    unit: 'µs',
    selector: ON_EXCHANGE,
    meaning: 'From sending a request to having read its answer.',
  },
  {
    title: 'WebSocket messages',
    histogram: 'ws_message_duration_us',
    unit: 'µs',
    selector: ON_EXCHANGE,
    meaning: 'From a message being read to its handler being done.',
  },
];

/** What logging itself costs: where it is spent and how late records are. */
const OWN_TIMERS: readonly Timer[] = [
  {
    title: 'Cost of a log call',
    histogram: 'hft_call_duration_ns',
    unit: 'ns',
    selector: SERVICE,
    meaning: "Time inside a logging call, on the caller's thread; a sample of calls.",
  },
  {
    title: 'Call to drained',
    histogram: 'hft_drain_delay_us',
    unit: 'µs',
    selector: SERVICE,
    meaning:
      'From the logging call to the worker having taken the record out of the ring. Bounded by the flush interval while the worker keeps up.',
  },
];

export function latency(): Dashboard {
  return frame({
    uid: 'hft-latency',
    title: 'Latency',
    description:
      'Percentiles and distributions of every timer. Read from native histograms where services send them, else from classic ones.',
    variables: [serviceVariable(), exchangeVariable()],
    rows: [objective(), ...TIMERS.map((timer) => row(timer, true)), ...OWN_TIMERS.map((timer) => row(timer, false))],
  });
}

function objective(): Row {
  const slow = (window: string) => `max (service_name:order_placement_slow:ratio_rate${window}{${SERVICE}})`;
  return {
    title: 'Objective: 99 % of orders within 50 ms',
    panels: [
      stat({
        title: 'Slow orders, 5 min',
        description: 'Share of orders that took longer than 50 ms. 1 % is allowed.',
        unit: 'percentunit',
        queries: [promql(slow('5m'), 'slow')],
        limits: { warn: 0.01, bad: 0.144 },
        height: 8,
      }),
      stat({
        title: 'Slow orders, 1 h',
        description: 'Both this and the five minutes above 14.4 %: alert OrderLatencyBurnsFast.',
        unit: 'percentunit',
        queries: [promql(slow('1h'), 'slow')],
        limits: { warn: 0.01, bad: 0.144 },
        height: 8,
      }),
      stat({
        title: 'Slow orders, 6 h',
        description: 'This and the last half hour above 6 %: alert OrderLatencyBurnsSlowly.',
        unit: 'percentunit',
        queries: [promql(slow('6h'), 'slow')],
        limits: { warn: 0.01, bad: 0.06 },
        height: 8,
      }),
      seriesTable({
        title: 'p99 by exchange and transport',
        description: 'Where the slow orders are.',
        unit: 'µs',
        queries: [now(promql(quantile(0.99, 'order_placement_duration_us', ON_EXCHANGE, ['exchange', 'api_type', 'transport'])))],
        limits: { warn: 25_000, bad: 50_000 },
      }),
    ],
  };
}

function row(timer: Timer, byExchange: boolean): Row {
  return { title: timer.title, panels: [percentiles(timer, byExchange), all(timer)] };
}

function percentiles({ title, histogram, unit, selector, meaning }: Timer, byExchange: boolean): Panel {
  return chart({
    title: `${title}: percentiles`,
    description: `${meaning} Interpolated within a bucket; a percentile of few values says little.`,
    unit,
    queries: PERCENTILES.map(([q, name]) => promql(quantile(q, histogram, selector), name)),
    logarithmic: true,
    links: byExchange ? [LOGS_OF_THAT_MOMENT] : [],
  });
}

function all({ title, histogram, unit, selector, meaning }: Timer): Panel {
  return heatmap({
    title: `${title}: all values`,
    description: `${meaning} Each cell counts the values of its bucket in its interval.`,
    unit,
    queries: [promql(distribution(histogram, selector), '{{le}}')],
  });
}
