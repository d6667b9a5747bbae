/**
 * The prices to quote: pure functions without state or logging, so that they can be tested alone.
 */
import { roundToTick, type Side, type Ticker } from '../exchange/market.ts';

export interface QuoteParameters {
  readonly tickSize: number;
  /** Per quote, in the base currency. */
  readonly qty: number;
  /** Distance of a quote from the fair price. */
  readonly halfSpreadBps: number;
  /** How far both quotes move against one quote's worth of inventory, to lean towards being flat. */
  readonly skewBps: number;
  /** A resting quote is replaced once it stands further than this from where it should. */
  readonly toleranceBps: number;
  /** Inventory over all venues, in quotes, from which on one quote's worth is hedged. Below, the other side's quote may do it for free. */
  readonly hedgeAtQuotes: number;
  /** Largest inventory at the quoting venue, in quotes. */
  readonly maxQuotesHeld: number;
}

/** The price at which to quote one side, given the fair price and the inventory in base currency. */
export function quotePrice(side: Side, fair: number, position: number, parameters: QuoteParameters): number {
  const leanBps = (position / parameters.qty) * parameters.skewBps;
  const awayBps = side === 'buy' ? -parameters.halfSpreadBps : parameters.halfSpreadBps;
  return roundToTick(fair * (1 + (awayBps - leanBps) / 10_000), parameters.tickSize);
}

/** A hedge crosses the spread by this much, so that a price on the move does not outrun it. */
const HEDGE_CROSS_BPS = 3;

/** The limit of an order that is to trade at once against the book of `ticker`. */
export function hedgePrice(side: Side, { bid, ask }: Ticker, { tickSize }: QuoteParameters): number {
  const crossing = side === 'sell' ? bid * (1 - HEDGE_CROSS_BPS / 10_000) : ask * (1 + HEDGE_CROSS_BPS / 10_000);
  return roundToTick(crossing, tickSize);
}

/** The side that brings an inventory over all venues back towards zero, or undefined while it is small enough to wait. */
export function hedgeSide(position: number, { qty, hedgeAtQuotes }: QuoteParameters): Side | undefined {
  // Half a quote less: rounding errors must not decide.
  if (Math.abs(position) < (hedgeAtQuotes - 0.5) * qty) return undefined;
  return position > 0 ? 'sell' : 'buy';
}

export function isStale(restingPrice: number, wantedPrice: number, { toleranceBps }: QuoteParameters): boolean {
  return Math.abs(restingPrice / wantedPrice - 1) * 10_000 > toleranceBps;
}

export function spreadBps({ bid, ask }: Ticker): number {
  return ((ask - bid) / ((ask + bid) / 2)) * 10_000;
}

export function middle({ bid, ask }: Ticker): number {
  return (bid + ask) / 2;
}
