/**
 * Gate.io's private feed, which takes orders too: requests go out with a number, and the reply with that number settles them.
 */
import { getExchangeLogger } from '../../index.ts';
import type { CancelResult, OrderRequest, PlaceResult } from '../exchange/market.ts';
import type { ClientMessage, Reply } from '../exchange/wire.ts';
import { type OrderEntry, OrderEntryError, TIMEOUT_MILLIS } from './order-entry.ts';
import { PrivateFeed, type PrivateFeedOptions } from './private-feed.ts';

interface Request {
  readonly settle: (reply: Reply) => void;
  readonly fail: (error: OrderEntryError) => void;
  readonly timeout: NodeJS.Timeout;
}

export class GateioPrivateFeed extends PrivateFeed implements OrderEntry {
  readonly transport = 'ws';
  readonly #requests = new Map<number, Request>();
  #requestCount = 0;

  constructor(options: PrivateFeedOptions) {
    super('gateio', { ...options, logger: options.logger ?? getExchangeLogger('gateio', 'private.ws') });
    this.on('reply', (id, reply) => this.#settle(id, reply));
    this.on('disconnected', () => {
      for (const id of [...this.#requests.keys()])
        this.#fail(id, new OrderEntryError('disconnected', 'connection lost before the reply'));
    });
  }

  placeOrder(order: OrderRequest): Promise<PlaceResult> {
    return this.#request((id) => ({ op: 'place_order', id, order })) as Promise<PlaceResult>;
  }

  cancelOrder(clientOrderId: string, timeoutMillis?: number): Promise<CancelResult> {
    return this.#request((id) => ({ op: 'cancel_order', id, clientOrderId }), timeoutMillis) as Promise<CancelResult>;
  }

  #request(message: (id: number) => ClientMessage, timeoutMillis = TIMEOUT_MILLIS): Promise<Reply> {
    const id = ++this.#requestCount;
    return new Promise((settle, fail) => {
      const timeout = setTimeout(() => this.#fail(id, new OrderEntryError('timeout', 'no reply')), timeoutMillis);
      this.#requests.set(id, { settle, fail, timeout });
      if (!this.send(message(id))) this.#fail(id, new OrderEntryError('unavailable', 'not connected'));
    });
  }

  #settle(id: number, reply: Reply): void {
    if (reply.status === 'refused') {
      this.#fail(id, new OrderEntryError(reply.reason, `the venue refused the request: ${reply.reason}`));
      return;
    }
    this.#take(id)?.settle(reply);
  }

  #fail(id: number, error: OrderEntryError): void {
    const request = this.#take(id);
    // Late replies to requests that were given up end here.
    if (request === undefined) return;
    this.logger.counter('order_errors_total', 1, { exchange: this.exchange, kind: error.kind });
    this.logger.warning('order request failed', { request: id, kind: error.kind, error });
    request.fail(error);
  }

  #take(id: number): Request | undefined {
    const request = this.#requests.get(id);
    if (request === undefined) return undefined;
    this.#requests.delete(id);
    clearTimeout(request.timeout);
    return request;
  }
}
