/**
 * Quotes stand on the right side of the fair price and lean against the inventory.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  hedgePrice,
  hedgeSide,
  isStale,
  middle,
  type QuoteParameters,
  quotePrice,
  spreadBps,
} from '../../src/demo/strategy/quoting.ts';

const parameters: QuoteParameters = {
  tickSize: 0.1,
  qty: 0.01,
  halfSpreadBps: 2,
  skewBps: 0.5,
  toleranceBps: 1,
  hedgeAtQuotes: 2,
  maxQuotesHeld: 3,
};

test('with no inventory the quotes stand evenly around the fair price', () => {
  expect(quotePrice('buy', 50_000, 0, parameters)).toBe(49_990);
  expect(quotePrice('sell', 50_000, 0, parameters)).toBe(50_010);
});

test('a long inventory lowers both quotes, a short one raises them', () => {
  expect(quotePrice('buy', 50_000, 0.02, parameters)).toBe(49_985);
  expect(quotePrice('sell', 50_000, 0.02, parameters)).toBe(50_005);
  expect(quotePrice('sell', 50_000, -0.02, parameters)).toBe(50_015);
});

test('the buying quote is below the selling quote for any price and any inventory', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1_000, max: 1e6, noNaN: true }),
      fc.double({ min: -0.1, max: 0.1, noNaN: true }),
      (fair, position) => {
        expect(quotePrice('buy', fair, position, parameters)).toBeLessThan(quotePrice('sell', fair, position, parameters));
      },
    ),
  );
});

test('a quote is stale beyond its tolerance, not within it', () => {
  expect(isStale(50_000, 50_004, parameters)).toBe(false);
  expect(isStale(50_000, 50_006, parameters)).toBe(true);
  expect(isStale(50_006, 50_000, parameters)).toBe(true);
});

test('spread and middle of a ticker', () => {
  const ticker = { symbol: 'X', bid: 99.5, bidQty: 1, ask: 100.5, askQty: 1, timeUnixMillis: 0 };
  expect(middle(ticker)).toBe(100);
  expect(spreadBps(ticker)).toBeCloseTo(100);
});

test('inventory is hedged from the limit on, towards zero', () => {
  expect(hedgeSide(0.019, parameters)).toBe('sell');
  expect(hedgeSide(-0.02, parameters)).toBe('buy');
  expect(hedgeSide(0.01, parameters)).toBeUndefined();
  expect(hedgeSide(0, parameters)).toBeUndefined();
});

test('a hedge trades at once: it stands beyond the other side of the book', () => {
  const ticker = { symbol: 'X', bid: 50_000, bidQty: 1, ask: 50_010, askQty: 1, timeUnixMillis: 0 };
  expect(hedgePrice('buy', ticker, parameters)).toBeGreaterThan(ticker.ask);
  expect(hedgePrice('sell', ticker, parameters)).toBeLessThan(ticker.bid);
});
