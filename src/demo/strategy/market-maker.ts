/**
 * A market-making strategy as one would write it: quotes both sides at MEXC around Gate.io's price, and hedges at Gate.io what it is filled.
 *
 * What it logs: decisions at debug, trades at info, refusals and limits at warning. What it counts and audits goes through `OrderJournal`.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { getStrategyLogger, type HFTLogger } from '../../index.ts';
import { type OrderEntry, OrderEntryError } from '../clients/order-entry.ts';
import type { PrivateFeed } from '../clients/private-feed.ts';
import type { Fill, OrderRequest, Side, Ticker, TimeInForce } from '../exchange/market.ts';
import { type Order, OrderJournal } from './order-journal.ts';
import { Portfolio } from './portfolio.ts';
import { isStale, middle, type QuoteParameters, quotePrice, spreadBps } from './quoting.ts';

export const STRATEGY = 'market_maker';

/** A hedge crosses the spread by this much, so that a price on the move does not outrun it. */
const HEDGE_CROSS_BPS = 3;

export interface MarketMakerOptions {
  /** Where quotes stand. */
  readonly quoting: { readonly entry: OrderEntry; readonly feed: PrivateFeed };
  /** Where the fair price comes from and hedges go. */
  readonly hedging: { readonly entry: OrderEntry; readonly feed: PrivateFeed };
  /** Symbol → parameters. */
  readonly quotes: Readonly<Record<string, QuoteParameters>>;
  readonly logger?: HFTLogger;
}

/** What is under way for one symbol; each is done one after the other. */
type Slot = `${string} ${Side | 'hedge'}`;

export class MarketMaker {
  readonly #quoting: MarketMakerOptions['quoting'];
  readonly #hedging: MarketMakerOptions['hedging'];
  readonly #quotes: MarketMakerOptions['quotes'];
  readonly #logger: HFTLogger;
  readonly #journal: OrderJournal;
  readonly #portfolio: Portfolio;
  readonly #fair = new Map<string, number>();
  readonly #resting = new Map<Slot, Order>();
  readonly #busy = new Map<Slot, Promise<void>>();
  readonly #atLimit = new Set<Slot>();
  #orderCount = 0;
  #running = true;
  /** When a venue that does not answer cancels is no longer asked. */
  #giveUpAt = Number.POSITIVE_INFINITY;

  constructor({ quoting, hedging, quotes, logger }: MarketMakerOptions) {
    this.#quoting = quoting;
    this.#hedging = hedging;
    this.#quotes = quotes;
    this.#logger = logger ?? getStrategyLogger('ws.private.spot.mexc.market_maker', ['mexc', 'private', 'ws', 'market_maker']);
    this.#journal = new OrderJournal(this.#logger, STRATEGY);
    this.#portfolio = new Portfolio(this.#logger, STRATEGY);
    for (const { entry, feed } of [quoting, hedging]) {
      feed.on('ticker', (ticker) => this.#onTicker(entry.exchange, ticker));
      feed.on('fill', (fill) => this.#onFill(entry.exchange, fill));
    }
  }

  /** Orders that are not done, and what has been earned over all venues. */
  status(): { readonly liveOrders: number; readonly pnlQuote: number } {
    const pnlQuote = this.#portfolio.pnl(this.#quoting.entry.exchange) + this.#portfolio.pnl(this.#hedging.entry.exchange);
    return { liveOrders: this.#journal.liveCount, pnlQuote };
  }

  /** Stops quoting, takes back what rests, and waits for what is under way. Resolves false if the venues left something open. */
  async stop({ timeoutMillis = 2_000 } = {}): Promise<boolean> {
    this.#running = false;
    this.#giveUpAt = performance.now() + timeoutMillis;
    await Promise.all(this.#busy.values());
    await Promise.all([...this.#resting.values()].map((order) => this.#cancel(this.#quoting.entry, order, 'shutdown')));
    // A cancel that came too late is answered with "filled"; the fill itself comes over the feed.
    while (this.#journal.liveCount > 0 && performance.now() < this.#giveUpAt) await delay(10);
    const { liveOrders, pnlQuote } = this.status();
    this.#logger.info('market maker stopped', { live_orders: liveOrders, pnl_quote: pnlQuote });
    return this.#journal.liveCount === 0;
  }

  #onTicker(exchange: string, ticker: Ticker): void {
    const { symbol } = ticker;
    this.#logger.metric('spread_bps', spreadBps(ticker), { exchange, symbol });
    this.#portfolio.mark(exchange, ticker);
    if (exchange === this.#hedging.entry.exchange) {
      this.#fair.set(symbol, middle(ticker));
      this.#hedge(ticker);
    }
    this.#quote(symbol, 'buy');
    this.#quote(symbol, 'sell');
  }

  #onFill(exchange: string, fill: Fill): void {
    const order = this.#journal.find(fill.clientOrderId);
    if (order === undefined) {
      this.#logger.error('fill of an order that is not ours', { exchange, ...fill });
      return;
    }
    this.#journal.filled(order, fill);
    this.#portfolio.fill(exchange, fill);
    const { symbol, side, qty, price, role } = fill;
    this.#logger.info('order filled', { exchange, symbol, side, qty, price, role, position: this.#portfolio.position(symbol) });
  }

  #quote(symbol: string, side: Side): void {
    const fair = this.#fair.get(symbol);
    const parameters = this.#quotes[symbol];
    if (!this.#running || fair === undefined || parameters === undefined) return;
    const { entry } = this.#quoting;
    const position = this.#portfolio.position(symbol, entry.exchange);
    const price = quotePrice(side, fair, position, parameters);
    const slot: Slot = `${symbol} ${side}`;
    const resting = this.#resting.get(slot);

    if (resting !== undefined && resting.state !== 'done') {
      if (isStale(resting.price, price, parameters)) this.#inSlot(slot, () => this.#cancel(entry, resting, 'requote'));
    } else if (this.#isWithinLimit(slot, symbol, side, price, position, parameters)) {
      this.#inSlot(slot, async () => {
        const order = this.#newOrder(entry, { symbol, side, qty: parameters.qty, price, timeInForce: 'post_only' });
        this.#resting.set(slot, order);
        this.#logger.debug('quote', { symbol, side, price, fair, position });
        await this.#place(entry, order);
      });
    }
  }

  #hedge(ticker: Ticker): void {
    const { symbol } = ticker;
    const parameters = this.#quotes[symbol];
    const open = this.#portfolio.position(symbol);
    // Half a quote less: what binary fractions leave behind decides nothing.
    if (!this.#running || parameters === undefined || Math.abs(open) < (parameters.hedgeAtQuotes - 0.5) * parameters.qty) return;
    const { entry } = this.#hedging;
    const side: Side = open > 0 ? 'sell' : 'buy';
    const crossing = side === 'sell' ? ticker.bid * (1 - HEDGE_CROSS_BPS / 10_000) : ticker.ask * (1 + HEDGE_CROSS_BPS / 10_000);
    const decimals = Math.round(-Math.log10(parameters.tickSize));
    const request = { symbol, side, qty: parameters.qty, price: Number(crossing.toFixed(decimals)), timeInForce: 'ioc' } as const;
    this.#inSlot(`${symbol} hedge`, () => this.#place(entry, this.#newOrder(entry, request)));
  }

  /** The inventory limit; reaching it is audited once, not at every tick. */
  #isWithinLimit(
    slot: Slot,
    symbol: string,
    side: Side,
    price: number,
    position: number,
    { qty, maxQuotesHeld }: QuoteParameters,
  ): boolean {
    const after = position + (side === 'buy' ? qty : -qty);
    const within = Math.abs(after) <= maxQuotesHeld * qty * (1 + 1e-9);
    if (within) {
      this.#atLimit.delete(slot);
    } else if (!this.#atLimit.has(slot)) {
      this.#atLimit.add(slot);
      const limit = maxQuotesHeld * qty;
      this.#logger.audit('risk_limit_hit', { order_id: this.#nextOrderId(), symbol, side, qty, price, position, limit });
      this.#logger.warning('inventory limit reached', { symbol, side, position, limit });
    }
    return within;
  }

  /** Starts work in a slot unless there is some under way; what it throws is logged and ends there. */
  #inSlot(slot: Slot, work: () => Promise<void>): void {
    if (this.#busy.has(slot)) return;
    const done = work()
      .catch((error: unknown) => this.#logger.error('order handling failed', { slot, error }))
      .finally(() => this.#busy.delete(slot));
    this.#busy.set(slot, done);
  }

  async #place(entry: OrderEntry, order: Order): Promise<void> {
    const { exchange, transport } = entry;
    const timer = this.#logger.timer('order_placement', { exchange, api_type: 'private', transport, strategy: STRATEGY });
    try {
      const result = await timer.run(() => entry.placeOrder(order));
      if (result.status === 'rejected') {
        this.#journal.rejected(order, result.reason);
        this.#logger.warning('order rejected', { exchange, order_id: order.clientOrderId, reason: result.reason });
        return;
      }
      this.#journal.placed(order);
      if (result.status === 'expired') this.#journal.cancelled(order, 'expired');
      this.#logger.info('order placed', {
        exchange,
        order_id: order.clientOrderId,
        status: result.status,
        elapsed_us: timer.elapsedUs,
      });
    } catch (error) {
      // `run` has logged the failure with its duration; what is left is to find out where the order stands.
      if (error instanceof OrderEntryError && !error.outcomeUnknown) this.#journal.forget(order);
      else await this.#cancel(entry, order, 'no_answer');
    }
  }

  /** Cancels until the venue has said what became of the order. */
  async #cancel(entry: OrderEntry, order: Order, reason: string): Promise<void> {
    for (let attempt = 0; order.state !== 'done' && performance.now() < this.#giveUpAt; attempt++) {
      if (attempt > 0) await delay(Math.min(20 * 2 ** attempt, 500));
      try {
        const { status } = await entry.cancelOrder(order.clientOrderId);
        if (status === 'cancelled') this.#journal.cancelled(order, reason);
        // A cancel can overtake the order that it is for, so it takes three answers to believe that there is none.
        if (status === 'unknown' && attempt < 2) continue;
        if (status === 'unknown') this.#journal.forget(order);
        // Otherwise the order was filled, and its fill is on its way over the feed.
        return;
      } catch (error) {
        this.#logger.warning('cancel failed, trying again', { order_id: order.clientOrderId, attempt, error });
      }
    }
  }

  #newOrder(
    entry: OrderEntry,
    terms: { symbol: string; side: Side; qty: number; price: number; timeInForce: TimeInForce },
  ): Order {
    const request: OrderRequest = { clientOrderId: this.#nextOrderId(), ...terms };
    return this.#journal.open(entry.exchange, request);
  }

  #nextOrderId(): string {
    return `mm-${++this.#orderCount}`;
  }
}
