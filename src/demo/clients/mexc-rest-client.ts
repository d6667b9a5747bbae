/**
 * A typical REST client: its logger is a parameter, or comes from the factory.
 *
 * Each request is timed (`rest_request_duration_us`) and counted by outcome (`rest_requests_total`), whichever way it ends.
 */
import { getExchangeLogger, type HFTLogger } from '../../index.ts';
import type { CancelResult, OrderRequest, PlaceResult, Ticker } from '../exchange/market.ts';
import { type Credentials, sign } from '../exchange/wire.ts';
import { type OrderEntry, OrderEntryError, TIMEOUT_MILLIS } from './order-entry.ts';

export interface MexcRestClientOptions {
  readonly baseUrl: string;
  readonly credentials: Credentials;
  readonly logger?: HFTLogger;
}

interface RequestOptions {
  readonly body?: string;
  readonly timeoutMillis?: number | undefined;
}

export class MexcRestClient implements OrderEntry {
  readonly exchange = 'mexc';
  readonly transport = 'rest';
  readonly #baseUrl: string;
  readonly #credentials: Credentials;
  readonly #logger: HFTLogger;

  constructor({ baseUrl, credentials, logger }: MexcRestClientOptions) {
    this.#baseUrl = baseUrl;
    this.#credentials = credentials;
    // Fields of the context are on every record of this client, at no cost per call.
    this.#logger = (logger ?? getExchangeLogger('mexc', 'private.rest')).withContext({ venue: new URL(baseUrl).host });
    // Credential names are redacted before a byte leaves this call: the files show that a key was set, not which.
    this.#logger.info('REST client ready', { base_url: baseUrl, timeout_ms: TIMEOUT_MILLIS, api_key: credentials.apiKey });
  }

  getTicker(symbol: string): Promise<Ticker> {
    return this.#request('GET', 'ticker', `/api/v3/ticker/${symbol}`);
  }

  placeOrder(order: OrderRequest): Promise<PlaceResult> {
    return this.#request('POST', 'place_order', '/api/v3/order', { body: JSON.stringify(order) });
  }

  cancelOrder(clientOrderId: string, timeoutMillis?: number): Promise<CancelResult> {
    return this.#request('DELETE', 'cancel_order', `/api/v3/order/${encodeURIComponent(clientOrderId)}`, { timeoutMillis });
  }

  /** One signed request. `endpoint` names it in metrics; a URL there would make a series for every order. */
  async #request<T>(
    method: string,
    endpoint: string,
    path: string,
    { body = '', timeoutMillis = TIMEOUT_MILLIS }: RequestOptions = {},
  ): Promise<T> {
    // Recorded when the scope is left, by return or by throw.
    using timer = this.#logger.timer('rest_request', { exchange: this.exchange, endpoint });
    try {
      const { status, answer } = await this.#fetch(method, this.#baseUrl + path, body, timeoutMillis);
      this.#count(endpoint, status);
      this.#logger.debug('REST request answered', { endpoint, status, elapsed_us: timer.elapsedUs });
      if (status === 429) throw new OrderEntryError('rate_limited', 'the venue asks for fewer requests');
      if (status !== 200 && status !== 400) throw new OrderEntryError('unavailable', `the venue answered ${status}`);
      return answer as T;
    } catch (cause) {
      const error = cause instanceof OrderEntryError ? cause : noAnswer(cause);
      if (error !== cause) this.#count(endpoint, error.kind);
      this.#logger.counter('order_errors_total', 1, { exchange: this.exchange, kind: error.kind });
      this.#logger.warning('REST request failed', { endpoint, kind: error.kind, elapsed_us: timer.elapsedUs, error });
      throw error;
    }
  }

  async #fetch(method: string, url: string, body: string, timeoutMillis: number): Promise<{ status: number; answer: unknown }> {
    const response = await fetch(url, {
      method,
      headers: {
        'content-type': 'application/json',
        'x-api-key': this.#credentials.apiKey,
        'x-signature': sign(this.#credentials.apiSecret, `${method}${new URL(url).pathname}${body}`),
      },
      ...(body !== '' && { body }),
      signal: AbortSignal.timeout(timeoutMillis),
    });
    return { status: response.status, answer: await response.json() };
  }

  #count(endpoint: string, status: string | number): void {
    this.#logger.counter('rest_requests_total', 1, { exchange: this.exchange, endpoint, status });
  }
}

function noAnswer(cause: unknown): OrderEntryError {
  const timedOut = cause instanceof DOMException && cause.name === 'TimeoutError';
  return new OrderEntryError(timedOut ? 'timeout' : 'disconnected', timedOut ? 'no answer in time' : 'the connection broke', {
    cause,
  });
}
