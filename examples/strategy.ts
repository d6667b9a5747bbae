/**
 * A strategy that gets its logger as an argument, and a test of it.
 *
 *   node examples/strategy.ts
 */
import assert from 'node:assert/strict';
import { configureLogging, getStrategyLogger, type HFTLogger } from 'hft-otel';
import { createTestLogging } from 'hft-otel/testing';

interface Tick {
  readonly bid: number;
  readonly ask: number;
}

class MarketMaker {
  readonly #logger: HFTLogger;
  #spread = 0;

  constructor(logger: HFTLogger = getStrategyLogger('market_maker', ['mexc', 'private', 'ws', 'market_making'])) {
    this.#logger = logger;
  }

  onTick({ bid, ask }: Tick): void {
    using _ = this.#logger.timer('tick_to_quote');
    const spread = ask - bid;
    if (spread === this.#spread) return;
    this.#spread = spread;
    this.#logger.metric('quoted_spread', spread, { symbol: 'BTCUSDT' });
    this.#logger.audit('quote_changed', { bid, ask, spread });
    if (spread > 10) this.#logger.warning('spread is wide', { bid, ask, spread });
    else this.#logger.info('quoted', { bid, ask, spread });
  }
}

// In a test: no worker is started, and records can be read at once.
const testing = createTestLogging();
const tested = new MarketMaker(testing.getStrategyLogger('market_maker', ['mexc', 'private', 'ws', 'market_making']));
tested.onTick({ bid: 64_000, ask: 64_020 });
tested.onTick({ bid: 64_000, ask: 64_020 });
assert.deepEqual(
  testing.records().map(({ level, body }) => [level, body]),
  [['warning', 'spread is wide']],
);
assert.equal(testing.audits().length, 1);
assert.equal(testing.histogram('tick_to_quote_duration_us').count, 2);

// In production: the same class with the default logger.
await using _ = configureLogging({ backends: { console: {} } });
const strategy = new MarketMaker();
strategy.onTick({ bid: 64_000, ask: 64_001 });
strategy.onTick({ bid: 64_000, ask: 64_020 });
