/**
 * Types of the loopback exchange: venues, symbols, orders, fills. Imports nothing.
 */

export type Venue = 'mexc' | 'gateio';
export const VENUES: readonly Venue[] = ['mexc', 'gateio'];

export type Side = 'buy' | 'sell';

/** `post_only` is refused where it would trade at once; `ioc` trades at once or is cancelled; `gtc` rests. */
export type TimeInForce = 'gtc' | 'ioc' | 'post_only';

/** An instrument: its first price, its tick, and its volatility. */
export interface Instrument {
  readonly symbol: string;
  readonly startPrice: number;
  readonly tickSize: number;
  /** Standard deviation of the price over one second, in basis points. */
  readonly volatilityBps: number;
}

export const INSTRUMENTS: readonly Instrument[] = [
  { symbol: 'BTC_USDT', startPrice: 64_000, tickSize: 0.1, volatilityBps: 4 },
  { symbol: 'ETH_USDT', startPrice: 3_200, tickSize: 0.01, volatilityBps: 6 },
];

export interface OrderRequest {
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: Side;
  /** In the base currency. */
  readonly qty: number;
  /** In the quote currency. */
  readonly price: number;
  readonly timeInForce: TimeInForce;
}

/** The reason why an order was not taken, as the metric tag `reason` has it. `cancelled`: its cancel came first. */
export type RejectReason = 'insufficient_balance' | 'would_take' | 'price_out_of_range' | 'unknown_symbol' | 'cancelled';

/** The venue's answer to an order. `expired`: an `ioc` order found no counterpart. */
export type PlaceResult =
  | { readonly status: 'open' | 'filled' | 'expired'; readonly orderId: string }
  | { readonly status: 'rejected'; readonly reason: RejectReason };

/**
 * The venue's answer to a cancel: how the order has ended. `unknown`: the venue has had no order of this id, and will take none, so an order that is slower than
 * its cancel does not rest unseen.
 */
export type CancelResult =
  | { readonly status: 'cancelled' | 'filled' | 'unknown' }
  | { readonly status: 'rejected'; readonly reason: RejectReason };

/** An order that traded. The exchange fills orders whole: they are small beside its book. */
export interface Fill {
  /** Counts up from 1 per venue, without gaps. */
  readonly tradeId: number;
  readonly orderId: string;
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly qty: number;
  readonly price: number;
  readonly role: 'maker' | 'taker';
  readonly timeUnixMillis: number;
}

/** Best prices of a book. */
export interface Ticker {
  readonly symbol: string;
  readonly bid: number;
  readonly bidQty: number;
  readonly ask: number;
  readonly askQty: number;
  readonly timeUnixMillis: number;
}

/** Wall clock in milliseconds with microseconds behind the point; `Date.now()` would hide a loopback's whole latency. */
export function unixMillis(): number {
  return performance.timeOrigin + performance.now();
}

/** The multiple of `tickSize` nearest to `price`, without the dust that binary fractions leave. */
export function roundToTick(price: number, tickSize: number): number {
  return Number((Math.round(price / tickSize) * tickSize).toFixed(decimalsOf(tickSize)));
}

function decimalsOf(tickSize: number): number {
  return Math.max(0, Math.ceil(-Math.log10(tickSize)));
}
