import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import ccxt from 'ccxt';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { instrumentCcxt, METRICS } from '../../src/adapters/ccxt/ccxt.ts';
import { LoopbackExchange } from '../../src/demo/exchange/loopback-exchange.ts';
import { createTestLogging, type LogRecordData, type TestLogging } from '../../src/testing.ts';
import { LoopbackCcxt } from './support/loopback-ccxt.ts';

const SECRET = 'S3cret-of-the-desk-0123456789';
const KEY = 'K3y-of-the-desk-0123456789';

let logging: TestLogging;
let server: Server | undefined;

beforeEach(() => {
  logging = createTestLogging();
});

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

/** An exchange that answers every request with this. */
async function answering(status: number, body: object, headers: Record<string, string> = {}): Promise<string> {
  server = createServer((_request, response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body)),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function find(body: string): LogRecordData | undefined {
  return logging.records().find((record) => record.body === body);
}

/** Everything that has come out, as text. */
function everything(): string {
  return JSON.stringify(logging.records(), (_, value) => (typeof value === 'bigint' ? String(value) : value));
}

describe('requests to the demo’s loopback exchange', () => {
  test('each has its stages, as a record and as metrics', async () => {
    await using venue = await LoopbackExchange.start(7);
    const { apiKey, apiSecret } = venue.credentials;
    const exchange = new LoopbackCcxt({ url: venue.restUrl('mexc'), apiKey, secret: apiSecret });
    instrumentCcxt(exchange, { logger: logging.getExchangeLogger('loopback', 'ccxt') });
    await exchange.ticker('BTC_USDT');
    await exchange
      .place({ clientOrderId: 'X1', symbol: 'BTC_USDT', side: 'buy', qty: 0.5, price: 1, timeInForce: 'gtc' })
      .catch(() => {});

    expect(find('request answered')).toMatchObject({
      level: 'debug',
      loggerName: 'exchange.loopback.ccxt',
      attributes: { endpoint: 'ticker/{symbol}', method: 'GET', outcome: 'ok', status: 200, bytes: expect.any(Number) },
    });
    const { throttle_us, sign_us, network_us, parse_us, total_us } = find('request answered')!.attributes as Record<
      string,
      number
    >;
    for (const stage of [throttle_us, sign_us, network_us, parse_us]) expect(stage).toBeGreaterThan(0);
    expect(throttle_us! + sign_us! + network_us! + parse_us!).toBeLessThanOrEqual(total_us!);
    for (const endpoint of ['ticker/{symbol}', 'order']) {
      for (const metric of [METRICS.request, METRICS.throttle, METRICS.sign, METRICS.network, METRICS.parse]) {
        expect(logging.histogram(metric, { exchange: 'loopback', endpoint }).count, `${metric} ${endpoint}`).toBe(1);
      }
    }
    expect(logging.counter(METRICS.requests, { exchange: 'loopback', endpoint: 'ticker/{symbol}', outcome: 'ok' })).toBe(1);
    expect(everything()).not.toContain(apiSecret);
    expect(everything()).not.toContain(apiKey);
  });

  test('requests at the same time keep their stages apart', async () => {
    await using venue = await LoopbackExchange.start(7);
    const exchange = new LoopbackCcxt({ url: venue.restUrl('mexc'), apiKey: 'key-0123', secret: 'secret-0123' });
    instrumentCcxt(exchange, { logger: logging.getLogger('x') });
    await Promise.all([...Array(8)].map(() => exchange.ticker('BTC_USDT')));
    const waits = logging.records().map(({ attributes }) => attributes.throttle_us as number);
    expect(waits).toHaveLength(8);
    // The limiter lets one through each 5 ms: who comes last has waited for all before it.
    expect(Math.max(...waits)).toBeGreaterThan(Math.min(...waits) + 10_000);
  });

  test('a refusal for a wrong key is an error by its class, and shows no secret', async () => {
    await using venue = await LoopbackExchange.start(7);
    const exchange = new LoopbackCcxt({ url: venue.restUrl('mexc'), apiKey: KEY, secret: SECRET });
    instrumentCcxt(exchange, { logger: logging.getLogger('x') });
    exchange.verbose = true;
    await expect(exchange.place({ clientOrderId: 'X1', note: `signed by ${SECRET}` })).rejects.toThrow('bad key');
    expect(find('request failed')).toMatchObject({
      level: 'error',
      attributes: {
        outcome: 'AuthenticationError',
        status: 401,
        'exception.type': 'AuthenticationError',
        'exception.message': expect.stringContaining('bad key or signature'),
      },
    });
    // What `verbose` would have printed: the whole request.
    expect(logging.records().filter(({ body }) => body === 'ccxt').length).toBeGreaterThan(1);
    expect(everything()).not.toContain(SECRET);
    expect(everything()).not.toContain(KEY);
    expect(everything()).not.toMatch(/[0-9a-f]{64}/);
  });
});

describe('ccxt’s own class for an exchange', () => {
  test('MEXC: key, signature and secret stay inside, whatever fails', async () => {
    const url = await answering(
      400,
      { code: 10072, msg: 'Api key info invalid' },
      { 'x-mbx-used-weight-1m': '17', 'retry-after': '3' },
    );
    const exchange = new ccxt.mexc({ apiKey: KEY, secret: SECRET, enableRateLimit: false });
    exchange.urls.api = { spot: { public: `${url}/api/v3`, private: `${url}/api/v3` } } as never;
    exchange.verbose = true;
    instrumentCcxt(exchange, { logger: logging.getLogger('x') });
    await expect(exchange.request('order', ['spot', 'private'] as never, 'POST', { symbol: 'BTCUSDT' })).rejects.toThrow();
    expect(find('request failed')!.attributes['exception.type']).toBe('BadRequest');
    expect(everything()).toContain('signature');
    expect(everything()).not.toContain(SECRET);
    expect(everything()).not.toContain(KEY);
    expect(everything()).not.toMatch(/signature=[0-9a-f]{8}/);
    expect(logging.counter(METRICS.rateLimit, { exchange: 'mexc', header: 'x-mbx-used-weight-1m' })).toBe(17);
    expect(logging.counter(METRICS.rateLimit, { exchange: 'mexc', header: 'retry-after' })).toBe(3);
  });

  test('an exchange that is not there is a warning', async () => {
    const exchange = new LoopbackCcxt({ url: 'http://127.0.0.1:1/x', apiKey: KEY, secret: SECRET });
    instrumentCcxt(exchange, { logger: logging.getLogger('x') });
    await expect(exchange.ticker('BTC_USDT')).rejects.toThrow();
    expect(find('request failed')).toMatchObject({ level: 'warning', attributes: { outcome: 'NetworkError' } });
    expect(logging.counter(METRICS.requests, { outcome: 'NetworkError' })).toBe(1);
  });
});

describe('feeds', () => {
  test('messages, their handling, their age, and what becomes of the socket', async () => {
    const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(sockets, 'listening');
    sockets.on('connection', (socket) => {
      socket.on('message', (text) => {
        const { symbol } = JSON.parse(String(text)) as { symbol: string };
        socket.send(JSON.stringify({ symbol, time: Date.now() - 250 }));
      });
    });
    const feed = `ws://127.0.0.1:${(sockets.address() as AddressInfo).port}/feed`;
    const exchange = new LoopbackCcxt({ url: 'http://127.0.0.1:1', feed, apiKey: KEY, secret: SECRET });
    const instrumented = instrumentCcxt(exchange, { logger: logging.getLogger('x') });
    await exchange.loadHttpProxyAgent(); // ccxt wants it for sockets without TLS
    // The exchange's clock is half a second ahead: what says it is 250 ms old is 750 ms old.
    expect(await instrumented.measureClockOffset()).toBeGreaterThan(450);
    await exchange.watchTicker('BTCUSDT');
    expect(logging.counter(METRICS.messages, { exchange: 'loopback' })).toBe(1);
    expect(logging.histogram(METRICS.receive, { exchange: 'loopback' }).count).toBe(1);
    expect(logging.histogram(METRICS.feedLag, { method: 'watchTicker' })).toMatchObject({ count: 1 });
    expect(logging.histogram(METRICS.feedLag, { method: 'watchTicker' }).sum).toBeGreaterThan(700);
    for (const socket of sockets.clients) socket.close();
    await vi.waitFor(() => expect(find('socket closed')).toBeDefined());
    expect(find('socket connected')).toMatchObject({ level: 'info', attributes: { url: feed } });
    expect(logging.counter(METRICS.connections, { event: 'connected' })).toBe(1);
    sockets.close();
  });
});

test('an exchange is instrumented once, and as it was after restore', async () => {
  const exchange = new LoopbackCcxt({ url: await answering(200, { ok: true }), apiKey: KEY, secret: SECRET });
  const before = exchange.fetch2;
  const first = instrumentCcxt(exchange, { logger: logging.getLogger('x') });
  expect(instrumentCcxt(exchange)).toBe(first);
  await exchange.ticker('BTC_USDT');
  expect(logging.records()).toHaveLength(1);
  first.restore();
  await exchange.ticker('BTC_USDT');
  expect(logging.records()).toHaveLength(1);
  expect(exchange.fetch2).toBe(before);
});
