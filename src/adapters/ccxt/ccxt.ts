/**
 * `hft-otel/ccxt`: measures requests and feeds of an exchange.
 *
 * ```ts
 * const exchange = new ccxt.mexc({ apiKey, secret });
 * instrumentCcxt(exchange);
 * ```
 *
 * Methods of the one object are wrapped, before its first request; everything else is as it was. The names of all metrics stand in METRICS.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { HFTLogger } from '../../caller/api.ts';
import { getExchangeLogger } from '../../process/factories.ts';
import { monotonicMillis, unixMillis } from '../../time/clock.ts';
import { attempt } from '../common/attempt.ts';
import type { CcxtExchange, CcxtSocket } from './exchange.ts';
import { Secrets } from './secrets.ts';

/** Histograms in the unit of their name, counters and gauges; tags: `exchange`, and those named. */
export const METRICS = {
  /** From the call to its answer, all stages and attempts; `endpoint`, `method`. */
  request: 'ccxt_request_duration_us',
  /** Waiting for ccxt's rate limiter; `endpoint`. */
  throttle: 'ccxt_throttle_wait_duration_us',
  /** Signing; `endpoint`. */
  sign: 'ccxt_sign_duration_us',
  /** From the request's start to the last byte of its answer; `endpoint`. */
  network: 'ccxt_network_duration_us',
  /** JSON of the answer; `endpoint`. */
  parse: 'ccxt_parse_duration_us',
  /** Requests by `endpoint`, `method` and `outcome`: `ok`, or ccxt's class of the error. */
  requests: 'ccxt_requests_total',
  /** The exchange's own count against us, as its answers tell it; `header`. */
  rateLimit: 'ccxt_rate_limit',
  /** From a socket's message to the end of its handling: JSON, ccxt, and waking the `watch…` calls that wait. */
  receive: 'ccxt_receive_duration_us',
  /** Messages of sockets. */
  messages: 'ccxt_messages_total',
  /** Sockets that have been connected, closed, or failed; `event`. */
  connections: 'ccxt_connections_total',
  /** Age of what a `watch…` method gives, by the exchange's time corrected by the clock offset; `method`. */
  feedLag: 'ccxt_feed_lag_duration_ms',
  /** The exchange's clock minus ours; `measureClockOffset`. */
  clockOffset: 'ccxt_clock_offset_ms',
} as const;

export interface InstrumentCcxtOptions {
  /** Logger of requests, errors and connections. Default: `getExchangeLogger(exchange.id, 'ccxt')`. */
  readonly logger?: HFTLogger;
}

export interface InstrumentedCcxt extends Disposable {
  /** Asks the exchange for its time, and takes half of the way there as the age of the answer. Feed lags are corrected by it from then on. Rejects as `fetchTime` does. */
  measureClockOffset(): Promise<number>;
  /** The exchange's clock minus ours, as last measured; 0 before. */
  readonly clockOffsetMillis: number;
  /** Restores the object. Sockets that are open stay instrumented. */
  restore(): void;
}

/** Stages of the request that is under way, in µs. */
interface Stages {
  readonly endpoint: string;
  throttle: number;
  sign: number;
  network: number;
  parse: number;
  status?: number;
  bytes?: number;
  /** When the bytes of the last attempt were asked for. */
  sentAtMillis: number;
}

/** Headers in which exchanges say how much of a limit is used or left. */
const LIMIT_HEADER = /rate-?limit|used-weight|used-ip-weight|used-uid-weight|order-count|bapi-limit|retry-after/i;

const INSTRUMENTED = Symbol.for('hft-otel.ccxt');

// biome-ignore lint/suspicious/noExplicitAny: ccxt's methods take and give what they like.
type AnyMethod = (...args: any[]) => any;
type Methods = Record<string, AnyMethod> & { [INSTRUMENTED]?: InstrumentedCcxt };

/** Wraps the exchange object. A second call gives what the first gave. */
export function instrumentCcxt(exchange: object, options: InstrumentCcxtOptions = {}): InstrumentedCcxt {
  const known = (exchange as Methods)[INSTRUMENTED];
  if (known !== undefined) return known;
  const instrumented = new Instrumentation(exchange, options);
  Object.defineProperty(exchange, INSTRUMENTED, { value: instrumented, configurable: true });
  return instrumented;
}

class Instrumentation implements InstrumentedCcxt {
  clockOffsetMillis = 0;
  readonly #exchange: Methods;
  readonly #id: string;
  readonly #logger: HFTLogger;
  readonly #secrets: Secrets;
  readonly #stages = new AsyncLocalStorage<Stages>();
  /** Own properties that the object had under the names that are wrapped. */
  readonly #before = new Map<string, PropertyDescriptor | undefined>();

  constructor(exchange: object, { logger }: InstrumentCcxtOptions) {
    this.#exchange = exchange as Methods;
    this.#id = String((exchange as CcxtExchange).id);
    this.#logger = logger ?? getExchangeLogger(this.#id, 'ccxt');
    this.#secrets = new Secrets(exchange);
    this.#wrapRequests();
    this.#wrapSockets();
    // `verbose` prints whole requests: from here on it logs them, masked.
    this.#wrap('log', () => (...args: unknown[]) => {
      if (this.#logger.isEnabled('debug')) this.#logger.debug('ccxt', { said: args.map((arg) => this.#secrets.value(arg)) });
    });
  }

  async measureClockOffset(): Promise<number> {
    const before = unixMillis();
    const theirs = Number(await this.#exchange.fetchTime());
    const after = unixMillis();
    if (Number.isFinite(theirs)) {
      this.clockOffsetMillis = theirs - (before + after) / 2;
      this.#logger.metric(METRICS.clockOffset, this.clockOffsetMillis, { exchange: this.#id });
    }
    return this.clockOffsetMillis;
  }

  restore(): void {
    for (const [name, descriptor] of this.#before) {
      if (descriptor === undefined) delete this.#exchange[name];
      else Object.defineProperty(this.#exchange, name, descriptor);
    }
    this.#before.clear();
    delete this.#exchange[INSTRUMENTED];
  }

  [Symbol.dispose](): void {
    this.restore();
  }

  #wrap(name: string, make: (original: AnyMethod) => AnyMethod): void {
    const original = this.#exchange[name];
    if (typeof original !== 'function') return;
    this.#before.set(name, Object.getOwnPropertyDescriptor(this.#exchange, name));
    Object.defineProperty(this.#exchange, name, {
      value: make(original.bind(this.#exchange)),
      configurable: true,
      writable: true,
      enumerable: false,
    });
  }

  #wrapRequests(): void {
    const stages = this.#stages;
    this.#wrap('fetch2', (original) => (path: unknown, api: unknown, method: unknown = 'GET', ...more: unknown[]) => {
      // The template of the path: with ids in it there would be a series for each order.
      const own: Stages = { endpoint: String(path), throttle: 0, sign: 0, network: 0, parse: 0, sentAtMillis: 0 };
      return stages.run(own, () => this.#request(own, String(method), () => original(path, api, method, ...more)));
    });
    this.#wrap('throttle', (original) => async (...args: unknown[]) => {
      const started = monotonicMillis();
      try {
        return await original(...args);
      } finally {
        this.#stage('throttle', METRICS.throttle, started);
      }
    });
    this.#wrap('sign', (original) => (...args: unknown[]) => {
      const started = monotonicMillis();
      try {
        return original(...args);
      } finally {
        this.#stage('sign', METRICS.sign, started);
      }
    });
    this.#wrap('fetch', (original) => (...args: unknown[]) => {
      const own = stages.getStore();
      if (own !== undefined) own.sentAtMillis = monotonicMillis();
      return original(...args);
    });
    this.#wrap('onRestResponse', (original) => (...args: unknown[]) => {
      const own = stages.getStore();
      if (own !== undefined) {
        this.#stage('network', METRICS.network, own.sentAtMillis);
        attempt(
          () => this.#answer(own, args),
          () => {},
        );
      }
      return original(...args);
    });
    this.#wrap('parseJson', (original) => (...args: unknown[]) => {
      if (stages.getStore() === undefined) return original(...args);
      const started = monotonicMillis();
      try {
        return original(...args);
      } finally {
        this.#stage('parse', METRICS.parse, started);
      }
    });
  }

  /** ccxt's arguments of `onRestResponse`: status, its text, URL, method, headers and body of the answer, those of the request. */
  #answer(own: Stages, [status, , , , headers, body]: unknown[]): void {
    own.status = Number(status);
    if (typeof body === 'string') own.bytes = body.length;
    for (const [name, value] of Object.entries((headers ?? {}) as Record<string, unknown>)) {
      if (!LIMIT_HEADER.test(name) || value === null || value === '') continue;
      const number = Number(value);
      if (Number.isFinite(number))
        this.#logger.metric(METRICS.rateLimit, number, { exchange: this.#id, header: name.toLowerCase() });
    }
  }

  #stage(stage: 'throttle' | 'sign' | 'network' | 'parse', metric: string, startedMillis: number): void {
    const us = (monotonicMillis() - startedMillis) * 1_000;
    const own = this.#stages.getStore();
    if (own !== undefined) own[stage] += us;
    this.#logger.metric(metric, us, { exchange: this.#id, endpoint: own?.endpoint ?? 'other' });
  }

  async #request<T>(own: Stages, method: string, call: () => Promise<T>): Promise<T> {
    const started = monotonicMillis();
    try {
      const answer = await call();
      this.#settle(own, method, started);
      return answer;
    } catch (error) {
      attempt(
        () => this.#settle(own, method, started, { error }),
        () => {},
      );
      throw error;
    }
  }

  #settle(own: Stages, method: string, startedMillis: number, failure?: { readonly error: unknown }): void {
    const us = (monotonicMillis() - startedMillis) * 1_000;
    const { endpoint } = own;
    const outcome = failure === undefined ? 'ok' : className(failure.error);
    this.#logger.metric(METRICS.request, us, { exchange: this.#id, endpoint, method });
    this.#logger.counter(METRICS.requests, 1, { exchange: this.#id, endpoint, method, outcome });
    const level = failure === undefined ? 'debug' : isTemporary(failure.error) ? 'warning' : 'error';
    if (!this.#logger.isEnabled(level)) return;
    this.#logger[level](failure === undefined ? 'request answered' : 'request failed', {
      endpoint,
      method,
      outcome,
      ...(own.status !== undefined && { status: own.status }),
      ...(own.bytes !== undefined && { bytes: own.bytes }),
      throttle_us: legible(own.throttle),
      sign_us: legible(own.sign),
      network_us: legible(own.network),
      parse_us: legible(own.parse),
      total_us: legible(us),
      ...(failure !== undefined && this.#secrets.error(failure.error)),
    });
  }

  #wrapSockets(): void {
    this.#wrap('client', (original) => (...args: unknown[]) => {
      const socket = original(...args) as CcxtSocket;
      if (!Object.hasOwn(socket, 'onMessage')) this.#wrapSocket(socket);
      return socket;
    });
    for (const [name, event] of [
      ['onConnected', 'connected'],
      ['onError', 'failed'],
      ['onClose', 'closed'],
    ] as const) {
      this.#wrap(name, (original) => (...args: unknown[]) => {
        attempt(
          () => this.#connection(event, args),
          () => {},
        );
        return original(...args);
      });
    }
    for (const name of methodNames(this.#exchange).filter((each) => /^watch[A-Z_]/.test(each))) {
      this.#wrap(name, (original) => async (...args: unknown[]) => {
        const given: unknown = await original(...args);
        const millis = timeOf(given);
        if (millis !== undefined) {
          const lag = unixMillis() + this.clockOffsetMillis - millis;
          this.#logger.metric(METRICS.feedLag, Math.max(lag, 0), { exchange: this.#id, method: name });
        }
        return given;
      });
    }
  }

  #wrapSocket(socket: CcxtSocket): void {
    const original = socket.onMessage.bind(socket);
    const receive = this.#logger.bindHistogram(METRICS.receive, { exchange: this.#id });
    const messages = this.#logger.bindCounter(METRICS.messages, { exchange: this.#id });
    socket.onMessage = (event: unknown) => {
      const started = monotonicMillis();
      messages.add(1);
      try {
        return original(event);
      } finally {
        receive.record((monotonicMillis() - started) * 1_000);
      }
    };
  }

  #connection(event: 'connected' | 'failed' | 'closed', [socket, error]: unknown[]): void {
    this.#logger.counter(METRICS.connections, 1, { exchange: this.#id, event });
    const fields = { url: this.#secrets.text(String((socket as CcxtSocket).url)) };
    if (event === 'failed') this.#logger.warning('socket failed', { ...fields, ...this.#secrets.error(error) });
    else this.#logger.info(`socket ${event}`, fields);
  }
}

/** To a tenth of a microsecond: further digits are of the clock's arithmetic. */
function legible(us: number): number {
  return Math.round(us * 10) / 10;
}

/** The name of an error's class: ccxt distinguishes kinds of failure by it. */
function className(error: unknown): string {
  return error instanceof Error ? error.constructor.name : typeof error;
}

/** ccxt calls failures that may pass `OperationFailed`: of the network, of limits, of an exchange in maintenance. */
function isTemporary(error: unknown): boolean {
  for (let at = error; at !== null && at !== undefined; at = Object.getPrototypeOf(at)) {
    if ((at as object).constructor?.name === 'OperationFailed') return true;
  }
  return false;
}

/** The exchange's time of a ticker, an order book, or the last of several trades. */
function timeOf(given: unknown): number | undefined {
  const newest: unknown = Array.isArray(given) ? given.at(-1) : given;
  const millis = (newest as { readonly timestamp?: unknown } | null | undefined)?.timestamp;
  return typeof millis === 'number' && millis > 0 ? millis : undefined;
}

function methodNames(object: object): readonly string[] {
  const names = new Set<string>();
  for (let at: object | null = object; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) names.add(name);
  }
  return [...names];
}
