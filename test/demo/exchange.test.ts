/**
 * The loopback exchange keeps its books: what it fills, cancels and rejects adds up, and a seed gives the same market again.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Fill, INSTRUMENTS, type OrderRequest, roundToTick, type Ticker } from '../../src/demo/exchange/market.ts';
import { MatchingEngine } from '../../src/demo/exchange/matching-engine.ts';
import { OrderBook } from '../../src/demo/exchange/order-book.ts';
import { PriceWalk } from '../../src/demo/exchange/price-walk.ts';
import { SeededRandom } from '../../src/demo/exchange/seeded-random.ts';

const [btc] = INSTRUMENTS;

function order(over: Partial<OrderRequest> = {}): OrderRequest {
  return { clientOrderId: 'a', symbol: btc.symbol, side: 'buy', qty: 0.01, price: btc.startPrice, timeInForce: 'gtc', ...over };
}

/** An engine that has refused nobody for want of balance at the first order. */
function engine(seed = 3): MatchingEngine {
  return new MatchingEngine('mexc', new SeededRandom(seed));
}

describe('the generated market', () => {
  test('the same seed draws the same prices, another seed others', () => {
    const draw = (seed: number) => {
      const random = new SeededRandom(seed);
      const walk = new PriceWalk(btc, random.fork());
      return Array.from({ length: 50 }, () => {
        walk.advance(0.025);
        return walk.venueMid();
      });
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  test('uniform draws fill [0, 1) evenly, normal draws have mean 0 and deviation 1', () => {
    const random = new SeededRandom(1);
    const uniform = Array.from({ length: 20_000 }, () => random.next());
    expect(Math.min(...uniform)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...uniform)).toBeLessThan(1);
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(uniform)).toBeCloseTo(0.5, 1);
    const normal = Array.from({ length: 20_000 }, () => random.gaussian());
    expect(Math.abs(mean(normal))).toBeLessThan(0.03);
    expect(mean(normal.map((value) => value ** 2))).toBeCloseTo(1, 1);
  });

  test('a book never crosses, is sorted best first and stands on ticks, wherever its middle goes', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.constantFrom(...INSTRUMENTS),
        fc.double({ min: 0.5, max: 2, noNaN: true }),
        (seed, instrument, factor) => {
          const book = new OrderBook(instrument, new SeededRandom(seed));
          book.moveTo(instrument.startPrice * factor);
          expect(book.bestBid).toBeLessThan(book.bestAsk);
          const bids = book.bids.map(({ price }) => price);
          const asks = book.asks.map(({ price }) => price);
          expect(bids).toEqual([...new Set(bids)].sort((a, b) => b - a));
          expect(asks).toEqual([...new Set(asks)].sort((a, b) => a - b));
          for (const price of [...bids, ...asks]) expect(price).toBe(roundToTick(price, instrument.tickSize));
        },
      ),
    );
  });
});

describe('matching', () => {
  test('an order that crosses trades at once at the better price of the book', () => {
    const venue = engine();
    const { bestAsk } = venue.book(btc.symbol)!;
    const fills: Fill[] = [];
    venue.on('fill', (fill) => fills.push(fill));
    expect(venue.place(order({ price: bestAsk + 10 })).status).toBe('filled');
    expect(fills).toMatchObject([{ tradeId: 1, clientOrderId: 'a', side: 'buy', price: bestAsk, role: 'taker' }]);
  });

  test('a post-only order that would trade at once is refused, and nothing rests', () => {
    const venue = engine();
    const { bestBid } = venue.book(btc.symbol)!;
    expect(venue.place(order({ side: 'sell', price: bestBid, timeInForce: 'post_only' }))).toEqual({
      status: 'rejected',
      reason: 'would_take',
    });
    expect(venue.cancel('a')).toEqual({ status: 'rejected', reason: 'would_take' });
  });

  test('an order whose cancel came first is not taken', () => {
    const venue = engine();
    expect(venue.cancel('a')).toEqual({ status: 'unknown' });
    expect(venue.place(order({ price: btc.startPrice - 100 }))).toEqual({ status: 'rejected', reason: 'cancelled' });
    expect(venue.account()).toEqual({ accepted: 0, rejected: 0, filled: 0, cancelled: 0 });
  });

  test('an immediate order without a counterpart expires', () => {
    const venue = engine();
    const { bestBid } = venue.book(btc.symbol)!;
    expect(venue.place(order({ price: bestBid - 5, timeInForce: 'ioc' })).status).toBe('expired');
    expect(venue.account()).toEqual({ accepted: 1, rejected: 0, filled: 0, cancelled: 1 });
  });

  test('a resting order is filled at its own price when the market comes to it', () => {
    const venue = engine();
    const price = btc.startPrice - 100;
    expect(venue.place(order({ price })).status).toBe('open');
    venue.tick(btc.symbol, btc.startPrice - 200);
    expect(venue.fillsAfter(0)).toMatchObject([{ price, role: 'maker' }]);
  });

  test('a price far off the market, and a symbol that is not traded, are refused', () => {
    expect(engine().place(order({ price: btc.startPrice * 1.5 }))).toEqual({ status: 'rejected', reason: 'price_out_of_range' });
    expect(engine().place(order({ symbol: 'DOGE_USDT' }))).toEqual({ status: 'rejected', reason: 'unknown_symbol' });
  });

  test('a cancel says the same again when it is repeated', () => {
    const venue = engine();
    venue.place(order({ price: btc.startPrice - 100 }));
    expect([venue.cancel('a'), venue.cancel('a')]).toEqual([{ status: 'cancelled' }, { status: 'cancelled' }]);
    expect(venue.account().cancelled).toBe(1);
  });

  test('every accepted order is filled, cancelled or still resting, whatever is done in whatever order', () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('place' as const),
        side: fc.constantFrom('buy' as const, 'sell' as const),
        offset: fc.integer({ min: -60, max: 60 }),
        timeInForce: fc.constantFrom('gtc' as const, 'ioc' as const, 'post_only' as const),
      }),
      fc.record({ kind: fc.constant('cancel' as const), which: fc.nat(40) }),
      fc.record({ kind: fc.constant('tick' as const), offset: fc.integer({ min: -60, max: 60 }) }),
    );
    fc.assert(
      fc.property(fc.integer(), fc.array(step, { maxLength: 60 }), (seed, steps) => {
        const venue = engine(seed);
        const tickers: Ticker[] = [];
        venue.on('ticker', (ticker) => tickers.push(ticker));
        let placed = 0;
        let late = 0;
        let open = 0;
        for (const each of steps) {
          if (each.kind === 'tick') venue.tick(btc.symbol, btc.startPrice + each.offset);
          else if (each.kind === 'cancel') venue.cancel(`o${each.which}`);
          else {
            const { side, offset, timeInForce } = each;
            const result = venue.place(
              order({ clientOrderId: `o${placed++}`, side, price: btc.startPrice + offset, timeInForce }),
            );
            if (result.status === 'rejected' && result.reason === 'cancelled') late++;
          }
        }
        for (let i = 0; i < placed; i++) {
          const before = venue.account().cancelled;
          venue.cancel(`o${i}`);
          open += venue.account().cancelled - before;
        }
        const { accepted, rejected, filled, cancelled } = venue.account();
        expect(accepted + rejected + late).toBe(placed);
        expect(filled + cancelled).toBe(accepted);
        expect(open).toBeLessThanOrEqual(accepted);
        expect(venue.fillsAfter(0).map(({ tradeId }) => tradeId)).toEqual(Array.from({ length: filled }, (_, i) => i + 1));
        expect(tickers).toHaveLength(steps.filter(({ kind }) => kind === 'tick').length);
      }),
    );
  });
});
