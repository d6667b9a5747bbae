/**
 * A typical market-making strategy: it quotes both sides at MEXC around Gate.io's price, and hedges its fills at Gate.io.
 *
 * It logs decisions at debug, trades at info, refusals and limits at warning. Its counters and audit events go through `OrderJournal`.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { getStrategyLogger, type HFTLogger } from '../../index.ts';
import type { OrderEntry } from '../clients/order-entry.ts';
import type { PrivateFeed } from '../clients/private-feed.ts';
import type { Fill, Side, Ticker } from '../exchange/market.ts';
import { Execution } from './execution.ts';
import { type Order, OrderJournal } from './order-journal.ts';
import { Portfolio } from './portfolio.ts';
import { hedgePrice, hedgeSide, isStale, middle, type QuoteParameters, quotePrice, spreadBps } from './quoting.ts';

const STRATEGY = 'market_maker';

export interface MarketMakerOptions {
  /** Where quotes stand. */
  readonly quoting: { readonly entry: OrderEntry; readonly feed: PrivateFeed };
  /** Where the fair price comes from and hedges go. */
  readonly hedging: { readonly entry: OrderEntry; readonly feed: PrivateFeed };
  /** Symbol → parameters. */
  readonly quotes: Readonly<Record<string, QuoteParameters>>;
  readonly logger?: HFTLogger;
}

/** Work under way for one symbol; its parts run one after the other. */
type Slot = `${string} ${Side | 'hedge'}`;

export class MarketMaker {
  readonly #quoting: MarketMakerOptions['quoting'];
  readonly #hedging: MarketMakerOptions['hedging'];
  readonly #quotes: MarketMakerOptions['quotes'];
  readonly #logger: HFTLogger;
  readonly #journal: OrderJournal;
  readonly #execution: Execution;
  readonly #portfolio: Portfolio;
  readonly #fair = new Map<string, number>();
  readonly #resting = new Map<Slot, Order>();
  readonly #busy = new Map<Slot, Promise<void>>();
  readonly #atLimit = new Set<Slot>();
  #running = true;

  constructor({ quoting, hedging, quotes, logger }: MarketMakerOptions) {
    this.#quoting = quoting;
    this.#hedging = hedging;
    this.#quotes = quotes;
    this.#logger = logger ?? getStrategyLogger('ws.private.spot.mexc.market_maker', ['mexc', 'private', 'ws', 'market_maker']);
    this.#journal = new OrderJournal(this.#logger, STRATEGY);
    this.#execution = new Execution(this.#logger, this.#journal, STRATEGY);
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
  async stop({ timeoutMillis = 10_000 } = {}): Promise<boolean> {
    this.#running = false;
    const deadline = performance.now() + timeoutMillis;
    this.#execution.giveUpAt(deadline);
    await Promise.all(this.#busy.values());
    await Promise.all([...this.#resting.values()].map((order) => this.#execution.cancel(this.#quoting.entry, order, 'shutdown')));
    // A cancel that came too late is answered with "filled"; the fill itself comes over the feed.
    while (this.#journal.liveCount > 0 && performance.now() < deadline) await delay(10);
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
      if (isStale(resting.price, price, parameters)) this.#inSlot(slot, () => this.#execution.cancel(entry, resting, 'requote'));
    } else if (this.#isWithinLimit(slot, symbol, side, price, position, parameters)) {
      this.#inSlot(slot, () => {
        this.#logger.debug('quote', { symbol, side, price, fair, position });
        const { order, done } = this.#execution.place(entry, {
          symbol,
          side,
          qty: parameters.qty,
          price,
          timeInForce: 'post_only',
        });
        this.#resting.set(slot, order);
        return done;
      });
    }
  }

  #hedge(ticker: Ticker): void {
    const { symbol } = ticker;
    const parameters = this.#quotes[symbol];
    if (!this.#running || parameters === undefined) return;
    const side = hedgeSide(this.#portfolio.position(symbol), parameters);
    if (side === undefined) return;
    const terms = { symbol, side, qty: parameters.qty, price: hedgePrice(side, ticker, parameters), timeInForce: 'ioc' } as const;
    this.#inSlot(`${symbol} hedge`, () => this.#execution.place(this.#hedging.entry, terms).done);
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
      this.#logger.audit('risk_limit_hit', {
        order_id: this.#execution.nextOrderId(),
        symbol,
        side,
        qty,
        price,
        position,
        limit,
      });
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
}
