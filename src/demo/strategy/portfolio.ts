/**
 * The strategy's holdings and profit, marked to the market, kept as gauges.
 */
import type { HFTLogger } from '../../index.ts';
import type { Fill, Ticker } from '../exchange/market.ts';

interface Holding {
  /** In the base currency; negative when short. */
  base: number;
  /** Paid (negative) and received (positive) in the quote currency. */
  cash: number;
  /** Last middle price. */
  mark: number;
}

export class Portfolio {
  readonly #logger: HFTLogger;
  readonly #strategy: string;
  /** exchange → symbol → holding */
  readonly #holdings = new Map<string, Map<string, Holding>>();

  constructor(logger: HFTLogger, strategy: string) {
    this.#logger = logger;
    this.#strategy = strategy;
  }

  /** Base currency held of a symbol: at one exchange, or over all of them. */
  position(symbol: string, exchange?: string): number {
    if (exchange !== undefined) return this.#holdings.get(exchange)?.get(symbol)?.base ?? 0;
    return [...this.#holdings.values()].reduce((sum, venue) => sum + (venue.get(symbol)?.base ?? 0), 0);
  }

  fill(exchange: string, { symbol, side, qty, price }: Fill): void {
    const holding = this.#holding(exchange, symbol);
    const signed = side === 'buy' ? qty : -qty;
    holding.base += signed;
    holding.cash -= signed * price;
    this.#logger.metric('position_base', holding.base, { exchange, symbol });
    this.#publishPnl(exchange);
  }

  mark(exchange: string, ticker: Ticker): void {
    this.#holding(exchange, ticker.symbol).mark = (ticker.bid + ticker.ask) / 2;
    this.#publishPnl(exchange);
  }

  /** Profit and loss at one exchange in the quote currency: cash, and what is held at its last middle price. */
  pnl(exchange: string): number {
    const venue = this.#holdings.get(exchange);
    return venue === undefined ? 0 : [...venue.values()].reduce((sum, { base, cash, mark }) => sum + cash + base * mark, 0);
  }

  #publishPnl(exchange: string): void {
    this.#logger.metric('pnl_quote', this.pnl(exchange), { exchange, strategy: this.#strategy });
  }

  #holding(exchange: string, symbol: string): Holding {
    const venue = this.#holdings.get(exchange) ?? new Map<string, Holding>();
    const holding = venue.get(symbol) ?? { base: 0, cash: 0, mark: 0 };
    this.#holdings.set(exchange, venue.set(symbol, holding));
    return holding;
  }
}
