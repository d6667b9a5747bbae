/**
 * Compares counters, files and the exchange: the parts of the demo's account that are computed.
 */
import type { Health, Level } from '../index.ts';
import type { LoopbackExchange } from './exchange/loopback-exchange.ts';
import { VENUES } from './exchange/market.ts';
import type { VenueAccount } from './exchange/matching-engine.ts';
import { type Sample, total } from './exposition.ts';
import type { DemoProgress, Drop, OrderCount } from './result.ts';
import type { WrittenFile } from './written-files.ts';

export function progressOf(elapsedSeconds: number, { lanes }: Health, exchange: LoopbackExchange): DemoProgress {
  return {
    elapsedSeconds,
    records: lanes.logs.accepted + lanes.audit.accepted,
    orders: atExchange(exchange, 'accepted'),
    fills: atExchange(exchange, 'filled'),
    dropped: lanes.logs.droppedTotal + lanes.audit.droppedTotal,
    ringFill: Math.max(lanes.logs.ringFill, lanes.audit.ringFill),
  };
}

function atExchange(exchange: LoopbackExchange, what: keyof VenueAccount): number {
  return VENUES.reduce((sum, venue) => sum + exchange.account(venue)[what], 0);
}

export function dropsIn({ lanes, backends }: Health): Drop[] {
  const atCall = Object.entries(lanes).flatMap(([lane, { dropped }]) =>
    Object.entries(dropped).flatMap(([level, reasons]) =>
      Object.entries(reasons).map(([reason, records]) => ({ where: `${lane} ring`, level: level as Level, reason, records })),
    ),
  );
  const behind = Object.entries(backends).flatMap(([name, { dropped }]) =>
    Object.entries(dropped).map(([reason, records]) => ({ where: name, reason, records })),
  );
  return [...atCall, ...behind];
}

export function countOrders(samples: readonly Sample[], files: readonly WrittenFile[], exchange: LoopbackExchange): OrderCount[] {
  const audited = (event: string) => files.reduce((sum, { events }) => sum + (events[event] ?? 0), 0);
  return [
    {
      event: 'placed',
      counter: total(samples, 'orders_placed_total'),
      audited: audited('order_placed'),
      atExchange: atExchange(exchange, 'accepted'),
    },
    {
      event: 'filled',
      counter: total(samples, 'orders_filled_total'),
      audited: audited('order_filled'),
      atExchange: atExchange(exchange, 'filled'),
    },
    { event: 'cancelled', audited: audited('order_cancelled'), atExchange: atExchange(exchange, 'cancelled') },
    {
      event: 'rejected',
      counter: total(samples, 'orders_rejected_total'),
      audited: audited('order_rejected'),
      atExchange: atExchange(exchange, 'rejected'),
    },
  ];
}
