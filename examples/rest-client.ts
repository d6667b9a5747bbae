/**
 * A REST client that gets its logger as an argument. Each request is timed, counted by outcome, and logged.
 *
 *   node examples/rest-client.ts [address of an exchange]
 */
import { configureLogging, getExchangeLogger, type HFTLogger } from 'hft-otel';
import { startVenue } from './support/venue.ts';

class RestClient {
  readonly #url: string;
  readonly #logger: HFTLogger;

  constructor(url: string, logger: HFTLogger = getExchangeLogger('mexc', 'private.rest')) {
    this.#url = url;
    // The field is on every record of this client, at no cost per call.
    this.#logger = logger.withContext({ venue: new URL(url).host });
  }

  async placeOrder(symbol: string, side: 'BUY' | 'SELL', qty: number): Promise<{ orderId: string }> {
    // Recorded as order_placement_duration_us at the end of the scope, whether it returns or throws.
    using _ = this.#logger.timer('order_placement', { exchange: 'mexc', symbol });
    try {
      const response = await fetch(`${this.#url}/order`, { method: 'POST', body: JSON.stringify({ symbol, side, qty }) });
      if (!response.ok) throw new Error(`the exchange answered ${response.status}`);
      const { orderId } = (await response.json()) as { orderId: string };
      this.#logger.counter('orders_placed_total', 1, { symbol, side });
      this.#logger.audit('order_placed', { orderId, symbol, side, qty });
      this.#logger.info('order placed', { orderId, symbol, side, qty });
      return { orderId };
    } catch (error) {
      this.#logger.counter('orders_failed_total', 1, { symbol, side });
      this.#logger.error('order failed', { symbol, side, qty, error });
      throw error;
    }
  }
}

await using logging = configureLogging({ backends: { console: {} } });
await using venue = await startVenue();
const client = new RestClient(process.argv[2] ?? venue.url);
await client.placeOrder('BTCUSDT', 'BUY', 0.5);
await client.placeOrder('BTCUSDT', 'SELL', -1).catch(() => {});

const { metrics } = await logging.metricsSnapshot();
for (const { name } of metrics.filter((metric) => metric.name.startsWith('order')))
  logging.getLogger('example').info('measured', { name });
