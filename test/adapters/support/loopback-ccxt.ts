/**
 * The demo's loopback exchange as ccxt sees an exchange: a class of its own, as each of ccxt's is, with paths, signing, errors and a feed.
 */
import { createHmac } from 'node:crypto';
import { AuthenticationError, Exchange, InvalidOrder, RateLimitExceeded } from 'ccxt';

interface LoopbackOptions {
  readonly apiKey: string;
  readonly secret: string;
  readonly url: string;
  readonly feed?: string;
}

export class LoopbackCcxt extends Exchange {
  readonly #url: string;
  readonly #feed: string;

  constructor({ url, feed = '', ...options }: LoopbackOptions) {
    super({ ...options, enableRateLimit: true, rateLimit: 5 });
    this.#url = url;
    this.#feed = feed;
  }

  override describe(): object {
    return this.deepExtend(super.describe(), {
      id: 'loopback',
      requiredCredentials: { apiKey: true, secret: true },
      api: { public: { get: { 'ticker/{symbol}': 1, time: 1 } }, private: { post: { order: 1 }, delete: { 'order/{id}': 1 } } },
    });
  }

  override sign(path: string, api = 'public', method = 'GET', params: Record<string, string> = {}): object {
    const target = `/api/v3/${this.implodeParams(path, params)}`;
    const url = `${this.#url}${target}`;
    if (api === 'public') return { url, method };
    const body = method === 'POST' ? JSON.stringify(params) : '';
    const signed = `${method}${new URL(url).pathname}${body}`;
    const signature = createHmac('sha256', this.secret).update(signed).digest('hex');
    const headers = { 'x-api-key': this.apiKey, 'x-signature': signature, 'content-type': 'application/json' };
    return { url, method, headers, ...(body !== '' && { body }) };
  }

  override handleErrors(status: number, _text: string, url: string, method: string, _headers: object, body: string): undefined {
    const said = `${this.id} ${method} ${url} ${body}`;
    if (status === 401) throw new AuthenticationError(said);
    if (status === 429) throw new RateLimitExceeded(said);
    if (status === 400) throw new InvalidOrder(said);
  }

  ticker(symbol: string): Promise<Record<string, unknown>> {
    return this.request('ticker/{symbol}', 'public', 'GET', { symbol });
  }

  place(order: object): Promise<Record<string, unknown>> {
    return this.request('order', 'private', 'POST', order);
  }

  override async fetchTime(): Promise<number> {
    return this.milliseconds() + 500;
  }

  override async watchTicker(symbol: string): Promise<never> {
    return this.watch(this.#feed, `ticker:${symbol}`, { op: 'subscribe', symbol }, `ticker:${symbol}`) as Promise<never>;
  }

  override handleMessage(
    client: { resolve(value: unknown, hash: string): void },
    message: { symbol: string; time: number },
  ): void {
    client.resolve({ symbol: message.symbol, timestamp: message.time }, `ticker:${message.symbol}`);
  }
}
