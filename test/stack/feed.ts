// A made-up trading service that sends every metric and event the dashboards and rules speak of, under the names they rely on.
// It stands in for the demo where a query is to be proven whatever the demo happens to do.

import { setTimeout as sleep } from 'node:timers/promises';
import { auditRecord, type LogRecord, type Metric, nowUnixNanos, type Sender, sendLogs, sendMetrics } from './otlp.ts';

const EXCHANGES = ['binance', 'kraken'] as const;
const EVENTS = ['order_placed', 'order_filled', 'order_cancelled', 'order_rejected', 'risk_limit_hit'] as const;
const BOUNDS_US = [100, 200, 500, 1_000, 2_000, 5_000, 10_000, 50_000];
const ROUTE = { api_type: 'spot', transport: 'ws', strategy: 'maker' };

export interface FeedOptions {
  readonly otlpUrl: string;
  readonly auditOtlpUrl: string;
  readonly sender: Sender;
  /** Rounds of metrics, logs and audits, one every `everyMillis`. */
  readonly rounds: number;
  readonly everyMillis: number;
}

/** Answers how many audit records it has sent: their numbers run from 1 to that. */
export async function feed({ otlpUrl, auditOtlpUrl, sender, rounds, everyMillis }: FeedOptions): Promise<number> {
  const start = nowUnixNanos() - 1_000_000_000n;
  let sequence = 0;
  for (let round = 1; round <= rounds; round++) {
    const audits = EVENTS.map((event) =>
      auditRecord(++sequence, nowUnixNanos() + BigInt(sequence), { event, strategy_type: 'maker', side: 'BUY' }),
    );
    const answers = [
      await sendMetrics(otlpUrl, sender, start, metrics(round, sequence)),
      await sendLogs(otlpUrl, sender, logs(round)),
      await sendLogs(otlpUrl, { ...sender, scope: 'hft-otel' }, [log(13, 'records lost', round)]),
      await sendLogs(auditOtlpUrl, sender, audits),
    ];
    for (const { status, text } of answers) if (status !== 200) throw new Error(`OTLP ${status}: ${text}`);
    if (round < rounds) await sleep(everyMillis);
  }
  return sequence;
}

function logs(round: number): LogRecord[] {
  return [5, 9, 13, 17].map((severityNumber) => log(severityNumber, `message ${severityNumber}`, round));
}

function log(severityNumber: number, body: string, round: number): LogRecord {
  return {
    body,
    severityNumber,
    timeUnixNanos: nowUnixNanos() + BigInt(severityNumber),
    attributes: { exchange: 'binance', round },
  };
}

function metrics(round: number, sequence: number): Metric[] {
  const counter = (name: string, ...sets: Record<string, string>[]): Metric => ({
    name,
    counter: sets.map((attributes, index) => ({ attributes, value: round * 10 * (index + 1) })),
  });
  const gauge = (name: string, value: number, ...sets: Record<string, string>[]): Metric => ({
    name,
    gauge: sets.map((attributes) => ({ attributes, value })),
  });
  const classic = (name: string, ...sets: Record<string, string>[]): Metric => ({
    name,
    unit: 'us',
    histogram: sets.map((attributes) => ({
      attributes,
      bounds: BOUNDS_US,
      counts: [1, 5, 20, 30, 10, 5, 2, 1, 1].map((count) => count * round),
    })),
  });
  const native = (name: string): Metric => ({
    name,
    exponential: [{ scale: 0, offset: 4, counts: [10, 30, 5, 1].map((count) => count * round) }],
  });
  const onEach = (attributes: Record<string, string> = {}) => EXCHANGES.map((exchange) => ({ exchange, ...attributes }));

  return [
    counter('orders_placed_total', ...onEach({ symbol: 'BTCUSDT', side: 'BUY', strategy: 'maker' })),
    counter('orders_filled_total', ...onEach({ symbol: 'BTCUSDT', side: 'BUY', strategy: 'maker' })),
    counter('orders_rejected_total', ...onEach({ reason: 'insufficient_margin' })),
    counter('order_errors_total', ...onEach({ kind: 'timeout' })),
    classic('order_placement_duration_us', ...onEach(ROUTE)),
    classic('rest_request_duration_us', ...onEach({ endpoint: '/order' })),
    counter('rest_requests_total', ...onEach({ endpoint: '/order', status: '200' })),
    counter('ws_messages_total', ...onEach({ channel: 'trades' })),
    classic('ws_message_duration_us', ...onEach({ channel: 'trades' })),
    counter('ws_reconnects_total', ...onEach()),
    gauge('feed_lag_us', 850, ...onEach({ channel: 'trades' })),
    gauge('position_base', -0.5, ...onEach({ symbol: 'BTCUSDT' })),
    gauge('spread_bps', 1.5, ...onEach({ symbol: 'BTCUSDT' })),
    gauge('pnl_quote', 42, ...onEach({ strategy: 'maker' })),

    counter('otel.sdk.processor.log.processed', {}),
    counter('otel.sdk.exporter.log.exported', {}),
    counter('hft_log_accepted_total', { lane: 'logs' }, { lane: 'audit' }),
    counter('hft_log_dropped_total', { lane: 'logs', level: 'debug', reason: 'ring_full' }),
    counter('hft_backend_delivered_total', { backend: 'otlp' }, { backend: 'file' }),
    counter('hft_backend_dropped_total', { backend: 'otlp', reason: 'queue_full' }),
    gauge('hft_backend_state', 1, { backend: 'otlp' }),
    gauge('hft_backend_queue_bytes', 1_000, { backend: 'otlp' }),
    gauge('hft_backend_queue_capacity_bytes', 4_000, { backend: 'otlp' }),
    gauge('hft_ring_fill_ratio', 0.25, { lane: 'logs' }, { lane: 'audit' }),
    gauge('hft_ring_high_water_ratio', 0.5, { lane: 'logs' }, { lane: 'audit' }),
    classic('hft_drain_delay_us', {}),
    classic('hft_delivery_delay_us', { backend: 'otlp' }, { backend: 'file' }),
    native('hft_call_duration_ns'),
    gauge('hft_audit_sequence', sequence, {}),
    counter('hft_audit_written_through_total', {}),
    counter('hft_worker_restarts_total', {}),
  ];
}
