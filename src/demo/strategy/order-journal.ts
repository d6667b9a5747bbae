/**
 * The life of each order, recorded once: every step goes to the audit trail and, where it is counted, to its counter, from this one place.
 *
 *   pending ──placed──→ open ──filled──→ done
 *      │                  └──cancelled──→ done
 *      └──rejected──→ done
 *
 * Answers and fills travel different ways and overtake each other: a fill may come before the answer to the order that it fills.
 */
import type { HFTLogger } from '../../index.ts';
import type { Fill, OrderRequest } from '../exchange/market.ts';

export interface Order extends OrderRequest {
  readonly exchange: string;
  state: 'pending' | 'open' | 'done';
}

export class OrderJournal {
  readonly #logger: HFTLogger;
  readonly #strategy: string;
  readonly #live = new Map<string, Order>();

  /** @param strategy the value of the metric tag */
  constructor(logger: HFTLogger, strategy: string) {
    this.#logger = logger;
    this.#strategy = strategy;
  }

  /** Orders that are not done. */
  get live(): Iterable<Order> {
    return this.#live.values();
  }

  get liveCount(): number {
    return this.#live.size;
  }

  find(clientOrderId: string): Order | undefined {
    return this.#live.get(clientOrderId);
  }

  /** Called before the order is sent, so that no answer can come too early. */
  open(exchange: string, request: OrderRequest): Order {
    const order: Order = { ...request, exchange, state: 'pending' };
    this.#live.set(order.clientOrderId, order);
    return order;
  }

  placed(order: Order): void {
    if (order.state !== 'pending') return;
    order.state = 'open';
    this.#logger.audit('order_placed', describe(order));
    this.#count('orders_placed_total', order);
  }

  filled(order: Order, fill: Fill): void {
    this.placed(order);
    if (!this.#finish(order)) return;
    this.#logger.audit('order_filled', { ...describe(order), price: fill.price, trade_id: fill.tradeId, role: fill.role });
    this.#count('orders_filled_total', order);
  }

  cancelled(order: Order, reason: string): void {
    this.placed(order);
    if (this.#finish(order)) this.#logger.audit('order_cancelled', { ...describe(order), reason });
  }

  rejected(order: Order, reason: string): void {
    if (!this.#finish(order)) return;
    this.#logger.audit('order_rejected', { ...describe(order), reason });
    this.#logger.counter('orders_rejected_total', 1, { exchange: order.exchange, reason });
  }

  /** The order never reached the venue: there is nothing to audit. */
  forget(order: Order): void {
    this.#finish(order);
  }

  #finish(order: Order): boolean {
    if (order.state === 'done') return false;
    order.state = 'done';
    this.#live.delete(order.clientOrderId);
    return true;
  }

  #count(metric: string, { exchange, symbol, side }: Order): void {
    this.#logger.counter(metric, 1, { exchange, symbol, side, strategy: this.#strategy });
  }
}

function describe({ clientOrderId, exchange, symbol, side, qty, price }: Order): Record<string, unknown> {
  return { order_id: clientOrderId, exchange, symbol, side, qty, price };
}
