/**
 * Sends orders to the venue and records the answers in the journal. After any fault it finds out the state of each order.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { HFTLogger } from '../../index.ts';
import { type OrderEntry, OrderEntryError, TIMEOUT_MILLIS } from '../clients/order-entry.ts';
import type { OrderRequest } from '../exchange/market.ts';
import type { Order, OrderJournal } from './order-journal.ts';

export type OrderTerms = Omit<OrderRequest, 'clientOrderId'>;

/** Pause before a cancel is sent again; doubles each time up to the last. */
const CANCEL_PAUSE_MILLIS = { first: 40, last: 500 };

/** How long a cancel waits for its answer at most; doubles from the usual time-out on, because a venue that is slow answers nobody who gives up early. */
const LAST_CANCEL_TIMEOUT_MILLIS = 4_000;

export class Execution {
  readonly #logger: HFTLogger;
  readonly #journal: OrderJournal;
  readonly #strategy: string;
  #orderCount = 0;
  #giveUpAt = Number.POSITIVE_INFINITY;

  /** @param strategy the value of the metric tag */
  constructor(logger: HFTLogger, journal: OrderJournal, strategy: string) {
    this.#logger = logger;
    this.#journal = journal;
    this.#strategy = strategy;
  }

  /** From this reading of `performance.now()` on, a venue that does not answer cancels is no longer asked. */
  giveUpAt(deadlineMillis: number): void {
    this.#giveUpAt = deadlineMillis;
  }

  nextOrderId(): string {
    return `mm-${++this.#orderCount}`;
  }

  /** The order is in the journal at once; `done` resolves when the venue's answer is, too. */
  place(entry: OrderEntry, terms: OrderTerms): { readonly order: Order; readonly done: Promise<void> } {
    const order = this.#journal.open(entry.exchange, { clientOrderId: this.nextOrderId(), ...terms });
    return { order, done: this.#send(entry, order) };
  }

  /** Cancels until the venue has reported the order's state. */
  async cancel(entry: OrderEntry, order: Order, reason: string): Promise<void> {
    let pauseMillis = CANCEL_PAUSE_MILLIS.first;
    let timeoutMillis = TIMEOUT_MILLIS;
    while (order.state !== 'done' && performance.now() < this.#giveUpAt) {
      try {
        const result = await entry.cancelOrder(order.clientOrderId, timeoutMillis);
        if (result.status === 'cancelled') this.#journal.cancelled(order, reason);
        else if (result.status === 'rejected') this.#journal.rejected(order, result.reason);
        else if (result.status === 'unknown') this.#journal.forget(order);
        // The fill itself is on its way over the feed.
        return;
      } catch (error) {
        this.#logger.warning('cancel failed, trying again', { order_id: order.clientOrderId, pause_ms: pauseMillis, error });
      }
      await delay(pauseMillis);
      pauseMillis = Math.min(pauseMillis * 2, CANCEL_PAUSE_MILLIS.last);
      timeoutMillis = Math.min(timeoutMillis * 2, LAST_CANCEL_TIMEOUT_MILLIS);
    }
  }

  async #send(entry: OrderEntry, order: Order): Promise<void> {
    const { exchange, transport } = entry;
    const { clientOrderId } = order;
    const timer = this.#logger.timer('order_placement', { exchange, api_type: 'private', transport, strategy: this.#strategy });
    try {
      // Recorded when the promise settles; a failure is logged with its duration and thrown on.
      const result = await timer.run(() => entry.placeOrder(order));
      if (result.status === 'rejected') {
        this.#journal.rejected(order, result.reason);
        this.#logger.warning('order rejected', { exchange, order_id: clientOrderId, reason: result.reason });
        return;
      }
      this.#journal.placed(order);
      if (result.status === 'expired') this.#journal.cancelled(order, 'expired');
      this.#logger.info('order placed', {
        exchange,
        order_id: clientOrderId,
        status: result.status,
        elapsed_us: timer.elapsedUs,
      });
    } catch (error) {
      if (!(error instanceof OrderEntryError)) throw error;
      if (error.outcomeUnknown) await this.cancel(entry, order, 'no_answer');
      else this.#journal.forget(order);
    }
  }
}
