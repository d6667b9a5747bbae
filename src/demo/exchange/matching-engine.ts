/**
 * One venue's matching: takes limit orders, matches them against the generated book, and keeps every fill, so that a client whose connection was cut can ask
 * for the missing ones.
 */
import { EventEmitter } from 'node:events';
import {
  type CancelResult,
  type Fill,
  INSTRUMENTS,
  type OrderRequest,
  type PlaceResult,
  type RejectReason,
  type Ticker,
  unixMillis,
  type Venue,
} from './market.ts';
import { OrderBook } from './order-book.ts';
import type { SeededRandom } from './seeded-random.ts';

/** Limit orders further from the middle than this are refused, as real venues do to catch typing errors. */
const PRICE_BAND = 0.02;

/** Share of otherwise good orders that are refused for want of balance: rare, but seen in a run of a few seconds. */
const REJECT_PROBABILITY = 0.02;

/** Per tick: the chance that someone else's market order meets one of ours that stands at the best price. */
const TAKER_PROBABILITY = 0.12;

interface RestingOrder {
  readonly orderId: string;
  readonly request: OrderRequest;
}

/** A venue's own counts, independent of its clients' logs. */
export interface VenueAccount {
  /** Orders taken, whether they then rested, traded or expired. */
  readonly accepted: number;
  readonly rejected: number;
  readonly filled: number;
  /** Cancelled by request or expired unfilled. */
  readonly cancelled: number;
}

interface VenueEvents {
  ticker: [Ticker];
  fill: [Fill];
}

export class MatchingEngine extends EventEmitter<VenueEvents> {
  readonly venue: Venue;
  readonly #random: SeededRandom;
  readonly #books: ReadonlyMap<string, OrderBook>;
  readonly #resting = new Map<string, RestingOrder>();
  readonly #fills: Fill[] = [];
  /** How orders ended, by client order id: a cancel finds out what a lost answer said. */
  readonly #ended = new Map<string, CancelResult>();
  #orderCount = 0;
  #rejected = 0;
  #cancelled = 0;

  constructor(venue: Venue, random: SeededRandom) {
    super();
    this.venue = venue;
    this.#random = random;
    this.#books = new Map(INSTRUMENTS.map((instrument) => [instrument.symbol, new OrderBook(instrument, random.fork())]));
  }

  account(): VenueAccount {
    return { accepted: this.#orderCount, rejected: this.#rejected, filled: this.#fills.length, cancelled: this.#cancelled };
  }

  book(symbol: string): OrderBook | undefined {
    return this.#books.get(symbol);
  }

  /** Fills after the given trade id, oldest first. */
  fillsAfter(tradeId: number): readonly Fill[] {
    return this.#fills.slice(tradeId);
  }

  /** Moves one book to a new middle and trades what that crosses. */
  tick(symbol: string, mid: number): void {
    const book = this.#books.get(symbol)!;
    book.moveTo(mid);
    for (const order of [...this.#resting.values()]) {
      if (order.request.symbol === symbol && this.#isReached(order.request, book))
        this.#fill(order, order.request.price, 'maker');
    }
    this.emit('ticker', book.ticker());
  }

  /** An order whose cancel came first is refused and not counted: its client was told that there is none. */
  place(request: OrderRequest): PlaceResult {
    if (this.#ended.get(request.clientOrderId)?.status === 'unknown') return { status: 'rejected', reason: 'cancelled' };
    const book = this.#books.get(request.symbol);
    if (book === undefined) return this.#reject(request, 'unknown_symbol');
    const { side, price, timeInForce } = request;
    if (Math.abs(price / book.bestBid - 1) > PRICE_BAND) return this.#reject(request, 'price_out_of_range');
    const takes = side === 'buy' ? price >= book.bestAsk : price <= book.bestBid;
    if (takes && timeInForce === 'post_only') return this.#reject(request, 'would_take');
    if (this.#random.chance(REJECT_PROBABILITY)) return this.#reject(request, 'insufficient_balance');

    const order: RestingOrder = { orderId: `${this.venue}-${++this.#orderCount}`, request };
    if (takes) {
      this.#fill(order, side === 'buy' ? book.bestAsk : book.bestBid, 'taker');
      return { status: 'filled', orderId: order.orderId };
    }
    if (timeInForce === 'ioc') {
      this.#endUnfilled(request.clientOrderId);
      return { status: 'expired', orderId: order.orderId };
    }
    this.#resting.set(request.clientOrderId, order);
    return { status: 'open', orderId: order.orderId };
  }

  /** Idempotent. */
  cancel(clientOrderId: string): CancelResult {
    if (this.#resting.delete(clientOrderId)) this.#endUnfilled(clientOrderId);
    const result = this.#ended.get(clientOrderId) ?? { status: 'unknown' };
    this.#ended.set(clientOrderId, result);
    return result;
  }

  #endUnfilled(clientOrderId: string): void {
    this.#cancelled++;
    this.#ended.set(clientOrderId, { status: 'cancelled' });
  }

  #isReached({ side, price }: OrderRequest, book: OrderBook): boolean {
    const crossed = side === 'buy' ? price >= book.bestAsk : price <= book.bestBid;
    const atBest = side === 'buy' ? price >= book.bestBid : price <= book.bestAsk;
    return crossed || (atBest && this.#random.chance(TAKER_PROBABILITY));
  }

  #fill({ orderId, request }: RestingOrder, price: number, role: Fill['role']): void {
    const { clientOrderId, symbol, side, qty } = request;
    this.#resting.delete(clientOrderId);
    const fill: Fill = {
      tradeId: this.#fills.length + 1,
      orderId,
      clientOrderId,
      symbol,
      side,
      qty,
      price,
      role,
      timeUnixMillis: unixMillis(),
    };
    this.#fills.push(fill);
    this.#ended.set(clientOrderId, { status: 'filled' });
    this.emit('fill', fill);
  }

  #reject({ clientOrderId }: OrderRequest, reason: RejectReason): PlaceResult {
    this.#rejected++;
    const result = { status: 'rejected', reason } as const;
    this.#ended.set(clientOrderId, result);
    return result;
  }
}
