/**
 * The application that the demo observes: clients, feeds and a strategy, put together as a service would do it at start.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { GateioPrivateFeed } from './clients/gateio-private-feed.ts';
import { MexcPrivateFeed } from './clients/mexc-private-feed.ts';
import { MexcRestClient } from './clients/mexc-rest-client.ts';
import type { LoopbackExchange } from './exchange/loopback-exchange.ts';
import { INSTRUMENTS } from './exchange/market.ts';
import { MarketMaker } from './strategy/market-maker.ts';
import type { QuoteParameters } from './strategy/quoting.ts';

/** With the client's time-out of 250 ms: five seconds and more. */
const START_ATTEMPTS = 20;
const START_PAUSE_MILLIS = 50;

/** Value of one quote in USDT. */
const QUOTE_VALUE = 500;

const QUOTES: Readonly<Record<string, QuoteParameters>> = Object.fromEntries(
  INSTRUMENTS.map(({ symbol, startPrice, tickSize }) => [
    symbol,
    {
      tickSize,
      qty: Number((QUOTE_VALUE / startPrice).toFixed(4)),
      halfSpreadBps: 1.5,
      skewBps: 0.3,
      toleranceBps: 0.6,
      hedgeAtQuotes: 2,
      maxQuotesHeld: 3,
    },
  ]),
);

export class Trading {
  readonly #feeds: readonly (MexcPrivateFeed | GateioPrivateFeed)[];
  readonly #marketMaker: MarketMaker;

  private constructor(feeds: readonly (MexcPrivateFeed | GateioPrivateFeed)[], marketMaker: MarketMaker) {
    this.#feeds = feeds;
    this.#marketMaker = marketMaker;
  }

  /** Connects and begins to trade. */
  static async start(exchange: LoopbackExchange): Promise<Trading> {
    const { credentials } = exchange;
    const mexc = new MexcRestClient({ baseUrl: exchange.restUrl('mexc'), credentials });
    const mexcFeed = new MexcPrivateFeed({ url: exchange.webSocketUrl('mexc'), credentials });
    const gateio = new GateioPrivateFeed({ url: exchange.webSocketUrl('gateio'), credentials });
    await reachable(mexc);
    const marketMaker = new MarketMaker({
      quoting: { entry: mexc, feed: mexcFeed },
      hedging: { entry: gateio, feed: gateio },
      quotes: QUOTES,
    });
    await Promise.all([mexcFeed.connect(), gateio.connect()]);
    return new Trading([mexcFeed, gateio], marketMaker);
  }

  /** Takes back all orders and disconnects. Resolves false if a venue left an order open. */
  async stop(): Promise<boolean> {
    const settled = await this.#marketMaker.stop();
    for (const feed of this.#feeds) feed.close();
    return settled;
  }
}

/** Waits until the venue answers: its first answer may be slow, and a service must not give up at its start. */
async function reachable(venue: MexcRestClient): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await venue.getTicker(INSTRUMENTS[0].symbol);
      return;
    } catch (error) {
      if (attempt === START_ATTEMPTS) throw error;
      await delay(START_PAUSE_MILLIS);
    }
  }
}
