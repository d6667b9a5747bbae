/**
 * An exchange on 127.0.0.1 for the demo: two venues behind one real HTTP and WebSocket server, with prices that walk, orders that match, and faults. Nothing
 * here logs: it stands for another company's computer.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { INSTRUMENTS, VENUES, type Venue } from './market.ts';
import { MatchingEngine, type VenueAccount } from './matching-engine.ts';
import { Mischief } from './mischief.ts';
import { PriceWalk } from './price-walk.ts';
import { restApi } from './rest-api.ts';
import { SeededRandom } from './seeded-random.ts';
import { WebSocketApi } from './websocket-api.ts';
import type { Credentials } from './wire.ts';

/** Time between two moves of the market: 40 per second and book. */
const TICK_MILLIS = 25;

export class LoopbackExchange implements AsyncDisposable {
  /** The one account there is. Made anew for each exchange. */
  readonly credentials: Credentials = {
    apiKey: `demo-${randomBytes(8).toString('hex')}`,
    apiSecret: randomBytes(32).toString('hex'),
  };
  readonly #random: SeededRandom;
  readonly #engines: ReadonlyMap<Venue, MatchingEngine>;
  readonly #mischief: Mischief;
  readonly #http: Server;
  readonly #sockets: WebSocketApi;
  #port = 0;
  #ticking: NodeJS.Timeout | undefined;
  #cutting: NodeJS.Timeout | undefined;

  private constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    this.#mischief = new Mischief(this.#random.fork());
    this.#engines = new Map(VENUES.map((venue) => [venue, new MatchingEngine(venue, this.#random.fork())]));
    this.#http = createServer(restApi(this.#engines, this.credentials, this.#mischief));
    this.#sockets = new WebSocketApi(this.#http, this.#engines, this.credentials, this.#mischief);
  }

  /** @param seed equal seeds give equal markets and faults; their timing depends on the clock */
  static async start(seed: number): Promise<LoopbackExchange> {
    const exchange = new LoopbackExchange(seed);
    await new Promise<void>((resolve, reject) => {
      // Exclusive: workers of a cluster would share the port, and meet each other's exchanges.
      exchange.#http.once('error', reject).listen({ port: 0, host: '127.0.0.1', exclusive: true }, resolve);
    });
    exchange.#port = (exchange.#http.address() as AddressInfo).port;
    exchange.#startMarket();
    exchange.#scheduleDisconnect();
    return exchange;
  }

  restUrl(venue: Venue): string {
    return `http://127.0.0.1:${this.#port}/${venue}`;
  }

  webSocketUrl(venue: Venue): string {
    return `ws://127.0.0.1:${this.#port}/${venue}/ws`;
  }

  account(venue: Venue): VenueAccount {
    return this.#engines.get(venue)!.account();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#ticking);
    clearTimeout(this.#cutting);
    this.#sockets.close();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  #startMarket(): void {
    const walks = INSTRUMENTS.map((instrument) => ({
      symbol: instrument.symbol,
      walk: new PriceWalk(instrument, this.#random.fork()),
    }));
    this.#ticking = setInterval(() => {
      for (const { symbol, walk } of walks) {
        walk.advance(TICK_MILLIS / 1_000);
        for (const engine of this.#engines.values()) engine.tick(symbol, walk.venueMid());
      }
    }, TICK_MILLIS);
  }

  #scheduleDisconnect(): void {
    this.#cutting = setTimeout(() => {
      this.#sockets.cutOne((count) => Math.floor(this.#random.between(0, count)));
      this.#scheduleDisconnect();
    }, this.#mischief.nextDisconnectMillis());
  }
}
