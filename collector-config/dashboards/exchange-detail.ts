// Exchange detail: one exchange by API, transport and strategy, with its logs. Where the links of the other dashboards lead.

import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { exchangeVariable, frame, LOGS_OF_THAT_MOMENT, listVariable, ON_EXCHANGE, serviceVariable } from './frame.ts';
import { chart, FULL, HALF, heatmap, logs, seriesTable, signedChart, THIRD } from './panels.ts';
import { distribution, logql, now, promql, quantile, rate } from './queries.ts';

const LATENCY = 'order_placement_duration_us';
/** `_count` of a classic histogram or the native one itself: whichever exists has the labels. */
const LATENCY_SERIES = `{__name__=~"${LATENCY}(_count)?", ${ON_EXCHANGE}}`;
const ROUTE = `${ON_EXCHANGE}, api_type=~"$api_type", transport=~"$transport", strategy=~"$strategy"`;
const STRATEGY = `${ON_EXCHANGE}, strategy=~"$strategy"`;

export function exchangeDetail(): Dashboard {
  return frame({
    uid: 'hft-exchange',
    title: 'Exchange detail',
    description: 'One exchange, one route, one strategy: choose above. The logs at the bottom are of the same time.',
    variables: [
      serviceVariable(),
      exchangeVariable(),
      listVariable('api_type', 'API', `label_values(${LATENCY_SERIES}, api_type)`),
      listVariable('transport', 'Transport', `label_values(${LATENCY_SERIES}, transport)`),
      listVariable('strategy', 'Strategy', `label_values(${LATENCY_SERIES}, strategy)`),
    ],
    rows: [
      {
        title: 'Orders',
        panels: [
          chart({
            title: 'Placed and filled by symbol and side',
            description: 'Per second. Fills that fall away from orders on one side only are a market moving.',
            unit: 'ops',
            queries: [
              promql(rate('orders_placed_total', STRATEGY, ['symbol', 'side']), '{{symbol}} {{side}} placed'),
              promql(rate('orders_filled_total', STRATEGY, ['symbol', 'side']), '{{symbol}} {{side}} filled'),
            ],
            span: HALF,
            links: [LOGS_OF_THAT_MOMENT],
          }),
          chart({
            title: 'Rejected and failed',
            description: 'Refused by the exchange or a risk check, and requests that failed.',
            unit: 'ops',
            queries: [
              promql(rate('orders_rejected_total', ON_EXCHANGE, ['reason']), 'rejected {{reason}}'),
              promql(rate('order_errors_total', ON_EXCHANGE, ['kind']), 'failed {{kind}}'),
            ],
            stacked: true,
            span: HALF,
          }),
        ],
      },
      {
        title: 'Placement latency',
        panels: [
          chart({
            title: 'p50 and p99 by transport',
            description: 'The same exchange over REST and WebSocket, with the strategies chosen above.',
            unit: 'µs',
            queries: [
              promql(
                quantile(0.5, LATENCY, ROUTE, ['exchange', 'api_type', 'transport']),
                '{{exchange}} {{api_type}} {{transport}} p50',
              ),
              promql(
                quantile(0.99, LATENCY, ROUTE, ['exchange', 'api_type', 'transport']),
                '{{exchange}} {{api_type}} {{transport}} p99',
              ),
            ],
            logarithmic: true,
            span: HALF,
            links: [LOGS_OF_THAT_MOMENT],
          }),
          heatmap({
            title: 'All orders',
            description: 'Every order of the chosen routes in the bucket of its latency.',
            unit: 'µs',
            queries: [promql(distribution(LATENCY, ROUTE), '{{le}}')],
            span: HALF,
          }),
        ],
      },
      {
        title: 'REST',
        panels: [
          chart({
            title: 'Requests by endpoint and status',
            description: 'Per second. 429 and 418 are rate limits: slow down before the exchange bans the address.',
            unit: 'reqps',
            queries: [promql(rate('rest_requests_total', ON_EXCHANGE, ['endpoint', 'status']), '{{endpoint}} {{status}}')],
            stacked: true,
            span: HALF,
          }),
          chart({
            title: 'p99 by endpoint',
            description: 'From sending a request to having read its answer.',
            unit: 'µs',
            queries: [promql(quantile(0.99, 'rest_request_duration_us', ON_EXCHANGE, ['endpoint']), '{{endpoint}}')],
            logarithmic: true,
            span: HALF,
          }),
        ],
      },
      {
        title: 'WebSocket',
        panels: [
          chart({
            title: 'Messages by channel',
            description: 'Per second. A channel that falls silent while others go on has lost its subscription.',
            unit: 'cps',
            queries: [promql(rate('ws_messages_total', ON_EXCHANGE, ['exchange', 'channel']), '{{exchange}} {{channel}}')],
            span: THIRD,
          }),
          chart({
            title: 'Handling, p99 by channel',
            description: 'From a message being read to its handler being done. Above the time between messages, they queue.',
            unit: 'µs',
            queries: [
              promql(quantile(0.99, 'ws_message_duration_us', ON_EXCHANGE, ['exchange', 'channel']), '{{exchange}} {{channel}}'),
            ],
            logarithmic: true,
            span: THIRD,
          }),
          chart({
            title: 'Reconnects',
            description: 'In each interval. One now and then is normal: exchanges close connections once a day.',
            unit: 'none',
            queries: [
              promql(`sum by (exchange) (increase(ws_reconnects_total{${ON_EXCHANGE}}[$__rate_interval]))`, '{{exchange}}'),
            ],
            span: THIRD,
            limits: { warn: 1, bad: 3 },
          }),
        ],
      },
      {
        title: 'Position and market',
        panels: [
          signedChart({
            title: 'Position',
            description: 'Held amount of the base currency, negative when short.',
            unit: 'none',
            queries: [promql(`sum by (exchange, symbol) (position_base{${ON_EXCHANGE}})`, '{{exchange}} {{symbol}}')],
            span: HALF,
          }),
          signedChart({
            title: 'Profit and loss by strategy',
            description: 'In the quote currency, since the service started.',
            unit: 'none',
            queries: [promql(`sum by (exchange, strategy) (pnl_quote{${STRATEGY}})`, '{{exchange}} {{strategy}}')],
            span: HALF,
          }),
          seriesTable({
            title: 'Feed lag now',
            description: 'From the time the exchange put into a message to its handling, by channel.',
            unit: 'µs',
            queries: [now(promql(`max by (exchange, channel) (feed_lag_us{${ON_EXCHANGE}})`))],
            span: HALF,
          }),
          seriesTable({
            title: 'Spread now',
            description: 'In hundredths of a percent of the price, by symbol.',
            unit: 'none',
            queries: [now(promql(`avg by (exchange, symbol) (spread_bps{${ON_EXCHANGE}})`))],
            span: HALF,
          }),
        ],
      },
      {
        title: 'Logs',
        panels: [
          logs({
            title: 'Logs of this exchange',
            description: 'All levels, newest first. A link from a latency line shows the ten seconds around its point.',
            queries: [logql(`{lane="logs", ${ON_EXCHANGE}}`)],
            span: FULL,
          }),
        ],
      },
    ],
  });
}
