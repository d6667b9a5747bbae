/**
 * A bot on ccxt: shows how long each stage of a request takes. No API key is in any output, not even in ccxt's verbose mode.
 *
 *   node examples/ccxt-bot.ts
 */
import ccxt from 'ccxt';
import { configureLogging, getStrategyLogger } from 'hft-otel';
import { instrumentCcxt } from 'hft-otel/ccxt';
import { startVenue } from './support/venue.ts';

await using logging = configureLogging({ level: 'debug', backends: { console: {} } });
await using venue = await startVenue();

const exchange = new ccxt.mexc({ apiKey: 'the-key-of-the-desk', secret: 'the-secret-of-the-desk', enableRateLimit: true });
// Without this line, requests go to MEXC.
exchange.urls.api = { spot: { public: venue.url, private: venue.url } } as never;
instrumentCcxt(exchange); // writes with the logger exchange.mexc.ccxt

const logger = getStrategyLogger('bot', ['mexc', 'private', 'rest', 'taker']);
for (let i = 0; i < 3; i++) {
  const ticker = (await exchange.request('ticker/bookTicker', ['spot', 'public'] as never, 'GET', { symbol: 'BTCUSDT' })) as {
    bid: number;
  };
  logger.info('ticker', { bid: ticker.bid });
}
exchange.verbose = true;
await exchange
  .request('order', ['spot', 'private'] as never, 'POST', { symbol: 'BTCUSDT', side: 'BUY', quantity: '1' })
  .catch((error: unknown) => logger.error('order failed', { error }));

const { metrics } = await logging.metricsSnapshot();
logger.info('measured', { names: metrics.map(({ name }) => name).filter((name) => name.startsWith('ccxt_')) });
