/**
 * A generated order book: levels around a price that walks at random. Other people's orders are in its quantities; the orders of the
 * demo's own clients rest in the matching engine.
 */
import { type Instrument, roundToTick, type Ticker, unixMillis } from './market.ts';
import type { SeededRandom } from './seeded-random.ts';

export interface PriceLevel {
  readonly price: number;
  readonly qty: number;
}

/** Levels on each side; the demo's clients look no deeper. */
const DEPTH = 5;

/** Half the distance between best bid and best ask, in basis points: from a calm to a nervous market. */
const HALF_SPREAD_BPS = { low: 0.8, high: 2.4 };

export class OrderBook {
  readonly instrument: Instrument;
  readonly #random: SeededRandom;
  #bids: PriceLevel[] = [];
  #asks: PriceLevel[] = [];
  #timeUnixMillis = 0;

  constructor(instrument: Instrument, random: SeededRandom) {
    this.instrument = instrument;
    this.#random = random;
    this.moveTo(instrument.startPrice);
  }

  get bestBid(): number {
    return this.#bids[0].price;
  }

  get bestAsk(): number {
    return this.#asks[0].price;
  }

  /** Best first. */
  get bids(): readonly PriceLevel[] {
    return this.#bids;
  }

  /** Best first. */
  get asks(): readonly PriceLevel[] {
    return this.#asks;
  }

  ticker(): Ticker {
    return {
      symbol: this.instrument.symbol,
      bid: this.#bids[0].price,
      bidQty: this.#bids[0].qty,
      ask: this.#asks[0].price,
      askQty: this.#asks[0].qty,
      timeUnixMillis: this.#timeUnixMillis,
    };
  }

  /** Draws new levels around `mid`. */
  moveTo(mid: number): void {
    const half = (mid * this.#random.between(HALF_SPREAD_BPS.low, HALF_SPREAD_BPS.high)) / 10_000;
    this.#bids = this.#levels(mid - half, -1);
    this.#asks = this.#levels(mid + half, 1);
    this.#timeUnixMillis = unixMillis();
  }

  #levels(best: number, direction: 1 | -1): PriceLevel[] {
    const { tickSize } = this.instrument;
    // Away from the middle, so that rounding never makes the two sides meet.
    const bestTicks = direction > 0 ? Math.ceil(best / tickSize) : Math.floor(best / tickSize);
    const gapTicks = Math.max(1, Math.round((best * 0.5) / 10_000 / tickSize));
    return Array.from({ length: DEPTH }, (_, level) => ({
      price: roundToTick((bestTicks + direction * gapTicks * level) * tickSize, tickSize),
      qty: Number(this.#random.between(0.5, 3).toFixed(4)),
    }));
  }
}
