/**
 * A venue's private WebSocket feed: tickers and fills in, with the connection kept up. Shared by the venues' own classes.
 *
 * The path of a message is the hottest of the program, so its counter and gauge are bound to their tags once, outside of it.
 */
import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { BoundCounter, BoundGauge, HFTLogger } from '../../index.ts';
import { type Fill, type Ticker, unixMillis } from '../exchange/market.ts';
import { type Channel, type ClientMessage, type Credentials, type Reply, type ServerMessage, sign } from '../exchange/wire.ts';

/** First pause before connecting again; doubles up to the last, and starts over once a message has come. */
const BACKOFF_MILLIS = { first: 20, last: 1_000 };

export interface PrivateFeedOptions {
  readonly url: string;
  readonly credentials: Credentials;
  readonly logger?: HFTLogger;
}

interface FeedEvents {
  ticker: [Ticker];
  fill: [Fill];
  reply: [id: number, reply: Reply];
  disconnected: [];
}

interface ChannelInstruments {
  readonly messages: BoundCounter;
  readonly lagUs: BoundGauge;
}

export class PrivateFeed extends EventEmitter<FeedEvents> {
  readonly exchange: string;
  protected readonly logger: HFTLogger;
  readonly #url: string;
  readonly #credentials: Credentials;
  readonly #instruments = new Map<Channel, ChannelInstruments>();
  #socket: WebSocket | undefined;
  #lastTradeId = 0;
  #backoffMillis = BACKOFF_MILLIS.first;
  #closed = false;

  constructor(exchange: string, { url, credentials, logger }: PrivateFeedOptions & { readonly logger: HFTLogger }) {
    super();
    this.exchange = exchange;
    this.#url = url;
    this.#credentials = credentials;
    this.logger = logger.withContext({ venue: new URL(url).host });
  }

  /** Resolves when the venue has taken the connection; from then on the feed keeps itself up until {@link close}. */
  async connect(): Promise<void> {
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener('open', () => resolve(), { once: true });
      socket.addEventListener('error', () => reject(new Error(`no connection to ${this.#url}`)), { once: true });
    });
    socket.addEventListener('message', ({ data }) => this.#receive(JSON.parse(data) as ServerMessage));
    socket.addEventListener('close', ({ code }) => void this.#reconnect(code), { once: true });
    this.send({
      op: 'login',
      apiKey: this.#credentials.apiKey,
      signature: sign(this.#credentials.apiSecret, 'login'),
      lastTradeId: this.#lastTradeId,
    });
    if (this.#closed) socket.close();
    this.logger.info('feed connected', { resume_after_trade: this.#lastTradeId });
  }

  close(): void {
    this.#closed = true;
    this.#socket?.close();
  }

  /** False when there is no connection to send on. */
  protected send(message: ClientMessage): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  #receive(message: ServerMessage): void {
    const { channel } = message;
    // From here to the end of the scope is what a message costs us, the strategy's reaction included.
    using _timer = this.logger.timer('ws_message', { exchange: this.exchange, channel });
    const instruments = this.#instrumentsOf(channel);
    instruments.messages.add();
    instruments.lagUs.set((unixMillis() - message.timeUnixMillis) * 1_000);
    this.#backoffMillis = BACKOFF_MILLIS.first;
    switch (channel) {
      case 'book_ticker':
        this.emit('ticker', message.data);
        break;
      case 'user_trades':
        this.#lastTradeId = message.data.tradeId;
        this.emit('fill', message.data);
        break;
      case 'reply':
        this.emit('reply', message.id, message.data);
    }
  }

  #instrumentsOf(channel: Channel): ChannelInstruments {
    let instruments = this.#instruments.get(channel);
    if (instruments === undefined) {
      const tags = { exchange: this.exchange, channel };
      instruments = {
        messages: this.logger.bindCounter('ws_messages_total', tags),
        lagUs: this.logger.bindGauge('feed_lag_us', tags),
      };
      this.#instruments.set(channel, instruments);
    }
    return instruments;
  }

  async #reconnect(code: number): Promise<void> {
    this.emit('disconnected');
    while (!this.#closed) {
      this.logger.warning('feed disconnected, connecting again', { code, pause_ms: this.#backoffMillis });
      await delay(this.#backoffMillis);
      this.#backoffMillis = Math.min(this.#backoffMillis * 2, BACKOFF_MILLIS.last);
      if (this.#closed) return;
      this.logger.counter('ws_reconnects_total', 1, { exchange: this.exchange });
      try {
        await this.connect();
        return;
      } catch (error) {
        this.logger.error('feed could not connect', { error });
      }
    }
  }
}
