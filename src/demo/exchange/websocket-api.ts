/**
 * The exchange's WebSocket side: tickers and fills out, orders in, and a connection that is cut now and then. The protocol stands in `wire.ts`.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Fill, type Ticker, unixMillis } from './market.ts';
import type { MatchingEngine } from './matching-engine.ts';
import type { Mischief } from './mischief.ts';
import { type ClientMessage, type Credentials, isSignedBy, type Reply, type ServerMessage } from './wire.ts';

export class WebSocketApi {
  readonly #server = new WebSocketServer({ noServer: true });
  readonly #credentials: Credentials;
  readonly #mischief: Mischief;

  constructor(http: Server, engines: ReadonlyMap<string, MatchingEngine>, credentials: Credentials, mischief: Mischief) {
    this.#credentials = credentials;
    this.#mischief = mischief;
    http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const [venue, endpoint] = (request.url ?? '').split('/').slice(1);
      const engine = engines.get(venue);
      if (engine === undefined || endpoint !== 'ws') {
        socket.end('HTTP/1.1 404 Not Found\r\n\r\n');
        return;
      }
      this.#server.handleUpgrade(request, socket, head, (client) => this.#serve(client, engine));
    });
  }

  /** Cuts one connection without a close frame, as a network does. */
  cutOne(pick: (count: number) => number): void {
    const clients = [...this.#server.clients];
    if (clients.length > 0) clients[pick(clients.length)].terminate();
  }

  close(): void {
    for (const client of this.#server.clients) client.terminate();
    this.#server.close();
  }

  #serve(client: WebSocket, engine: MatchingEngine): void {
    const onTicker = (data: Ticker) => send(client, { channel: 'book_ticker', timeUnixMillis: data.timeUnixMillis, data });
    const onFill = (data: Fill) => send(client, { channel: 'user_trades', timeUnixMillis: data.timeUnixMillis, data });
    client.on('close', () => {
      engine.off('ticker', onTicker);
      engine.off('fill', onFill);
    });
    // A connection that is cut may report an error before it closes; the close is what counts.
    client.on('error', () => {});
    let loggedIn = false;
    client.on('message', (raw) => {
      const message = parse(String(raw));
      if (message === undefined) {
        client.close(1007, 'not a message of this protocol');
      } else if (message.op !== 'login') {
        if (loggedIn) void this.#answer(client, engine, message);
        else client.close(4401, 'log in first');
      } else if (this.#isWelcome(message)) {
        loggedIn = true;
        for (const fill of engine.fillsAfter(message.lastTradeId)) onFill(fill);
        engine.on('ticker', onTicker);
        engine.on('fill', onFill);
      } else {
        client.close(4401, 'bad key or signature');
      }
    });
  }

  #isWelcome({ apiKey, signature }: Extract<ClientMessage, { op: 'login' }>): boolean {
    return apiKey === this.#credentials.apiKey && isSignedBy(this.#credentials.apiSecret, 'login', String(signature));
  }

  async #answer(client: WebSocket, engine: MatchingEngine, message: Exclude<ClientMessage, { op: 'login' }>): Promise<void> {
    if (message.op === 'cancel_order') {
      reply(client, message.id, engine.cancel(message.clientOrderId));
      return;
    }
    const refusal = this.#mischief.refusal();
    if (refusal !== undefined) {
      reply(client, message.id, { status: 'refused', reason: refusal });
      return;
    }
    const result = engine.place(message.order);
    if (result.status !== 'rejected') await this.#mischief.stall();
    reply(client, message.id, result);
  }
}

function parse(raw: string): ClientMessage | undefined {
  try {
    const message: unknown = JSON.parse(raw);
    return typeof message === 'object' && message !== null && 'op' in message ? (message as ClientMessage) : undefined;
  } catch {
    return undefined;
  }
}

function reply(client: WebSocket, id: number, data: Reply): void {
  send(client, { channel: 'reply', timeUnixMillis: unixMillis(), id, data });
}

function send(client: WebSocket, message: ServerMessage): void {
  if (client.readyState === client.OPEN) client.send(JSON.stringify(message));
}
