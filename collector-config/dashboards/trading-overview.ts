// Trading overview: are orders going out, are they filled, how fast, what goes wrong — by exchange.

import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { exchangeVariable, frame, LOGS_OF_THAT_MOMENT, ON_EXCHANGE, serviceVariable } from './frame.ts';
import { chart, FULL, heatmap, logs, signedChart, stat } from './panels.ts';
import { distribution, logql, orZero, promql, quantile, rate } from './queries.ts';

const PLACED = rate('orders_placed_total', ON_EXCHANGE);
const LATENCY = 'order_placement_duration_us';

export function tradingOverview(): Dashboard {
  return frame({
    uid: 'hft-trading',
    title: 'Trading overview',
    description:
      'Orders, fills, errors and placement latency by exchange. Start here; every latency line links to the logs of its moment.',
    variables: [serviceVariable(), exchangeVariable()],
    rows: [
      {
        title: 'Now',
        panels: [
          stat({
            title: 'Orders placed',
            description: 'Orders sent and acknowledged, per second, all exchanges chosen above.',
            unit: 'ops',
            queries: [promql(orZero(PLACED), 'orders')],
          }),
          stat({
            title: 'Fill ratio',
            description:
              'Orders filled to orders placed. Below 50 % prices move away before orders arrive, or quotes are too far from the market.',
            unit: 'percentunit',
            queries: [promql(`${rate('orders_filled_total', ON_EXCHANGE)} / (${PLACED} > 0)`, 'filled')],
            limits: { warn: 0.5, bad: 0.2 },
          }),
          stat({
            title: 'Rejected',
            description: 'Orders that an exchange or a risk check refused, as a share of those placed.',
            unit: 'percentunit',
            queries: [promql(orZero(`${rate('orders_rejected_total', ON_EXCHANGE)} / (${PLACED} > 0)`), 'rejected')],
            limits: { warn: 0.02, bad: 0.1 },
          }),
          stat({
            title: 'Errors',
            description: 'Failed order requests per second: time-outs, lost connections, answers that make no sense.',
            unit: 'ops',
            queries: [promql(orZero(rate('order_errors_total', ON_EXCHANGE)), 'errors')],
            limits: { warn: 0.1, bad: 1 },
          }),
          stat({
            title: 'Placement p99',
            description:
              'Ninety-nine of a hundred orders were placed within this time. The objective is 50 ms (rules/prometheus/service.rules.yaml).',
            unit: 'µs',
            queries: [promql(quantile(0.99, LATENCY, ON_EXCHANGE), 'p99')],
            limits: { warn: 25_000, bad: 50_000 },
          }),
          stat({
            title: 'Profit and loss',
            description: 'Sum over exchanges and strategies, in the quote currency, since the service started.',
            unit: 'none',
            queries: [promql(`sum (pnl_quote{${ON_EXCHANGE}})`, 'pnl')],
          }),
        ],
      },
      {
        title: 'Orders',
        panels: [
          chart({
            title: 'Placed by exchange',
            description: 'Orders placed per second.',
            unit: 'ops',
            queries: [promql(rate('orders_placed_total', ON_EXCHANGE, ['exchange']), '{{exchange}}')],
            stacked: true,
            links: [LOGS_OF_THAT_MOMENT],
          }),
          chart({
            title: 'Filled by exchange',
            description: 'Orders filled per second, completely or in part.',
            unit: 'ops',
            queries: [promql(rate('orders_filled_total', ON_EXCHANGE, ['exchange']), '{{exchange}}')],
            stacked: true,
            links: [LOGS_OF_THAT_MOMENT],
          }),
          chart({
            title: 'Rejected by reason',
            description: 'One reason that grows on one exchange is that exchange; the same reason everywhere is ours.',
            unit: 'ops',
            queries: [promql(rate('orders_rejected_total', ON_EXCHANGE, ['exchange', 'reason']), '{{exchange}} {{reason}}')],
            stacked: true,
            links: [LOGS_OF_THAT_MOMENT],
          }),
          chart({
            title: 'Errors by kind',
            description: 'Failed order requests per second, by what went wrong.',
            unit: 'ops',
            queries: [promql(rate('order_errors_total', ON_EXCHANGE, ['exchange', 'kind']), '{{exchange}} {{kind}}')],
            stacked: true,
            links: [LOGS_OF_THAT_MOMENT],
          }),
        ],
      },
      {
        title: 'Latency',
        panels: [
          chart({
            title: 'Placement latency by exchange',
            description:
              'From the call to the acknowledgement: median and p99. A p99 that leaves the median behind is queueing, both together is distance.',
            unit: 'µs',
            queries: [
              promql(quantile(0.5, LATENCY, ON_EXCHANGE, ['exchange']), '{{exchange}} p50'),
              promql(quantile(0.99, LATENCY, ON_EXCHANGE, ['exchange']), '{{exchange}} p99'),
            ],
            logarithmic: true,
            limits: { warn: 25_000, bad: 50_000 },
            links: [LOGS_OF_THAT_MOMENT],
          }),
          heatmap({
            title: 'Placement latency, all orders',
            description:
              'Every order counted in the bucket of its latency. Bands are different routes or venues; a band that rises is congestion.',
            unit: 'µs',
            queries: [promql(distribution(LATENCY, ON_EXCHANGE), '{{le}}')],
          }),
        ],
      },
      {
        title: 'Market and positions',
        panels: [
          signedChart({
            title: 'Position',
            description: 'Held amount of the base currency, negative when short.',
            unit: 'none',
            queries: [promql(`sum by (exchange, symbol) (position_base{${ON_EXCHANGE}})`, '{{exchange}} {{symbol}}')],
          }),
          signedChart({
            title: 'Profit and loss by strategy',
            description: 'In the quote currency, since the service started.',
            unit: 'none',
            queries: [promql(`sum by (strategy) (pnl_quote{${ON_EXCHANGE}})`, '{{strategy}}')],
          }),
          chart({
            title: 'Spread',
            description: 'Best ask minus best bid, in hundredths of a percent of the price.',
            unit: 'none',
            queries: [promql(`avg by (exchange, symbol) (spread_bps{${ON_EXCHANGE}})`, '{{exchange}} {{symbol}}')],
          }),
          chart({
            title: 'Feed lag',
            description:
              "The exchange's timestamp against our clock when its message was read. Includes the difference of the clocks.",
            unit: 'µs',
            queries: [promql(`max by (exchange, channel) (feed_lag_us{${ON_EXCHANGE}})`, '{{exchange}} {{channel}}')],
            logarithmic: true,
            links: [LOGS_OF_THAT_MOMENT],
          }),
        ],
      },
      {
        title: 'Logs',
        panels: [
          logs({
            title: 'Warnings and errors',
            description: 'What the services said, newest first. Open a line for its fields.',
            queries: [logql(`{lane="logs", level=~"warning|error", ${ON_EXCHANGE}}`)],
            span: FULL,
          }),
        ],
      },
    ],
  });
}
