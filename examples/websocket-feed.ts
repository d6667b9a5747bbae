/**
 * A market-data feed: records the lag of each message in a bound histogram, counts reconnections, and changes a level at run time.
 *
 *   node examples/websocket-feed.ts [address of a feed]
 */
import { once } from 'node:events';
import { configureLogging, getExchangeLogger } from 'hft-otel';
import { WebSocket } from 'ws';
import { startVenue } from './support/venue.ts';

await using logging = configureLogging({ level: 'info', backends: { console: {} } });
await using venue = await startVenue();
const url = process.argv[2] ?? venue.feed;

const logger = getExchangeLogger('mexc', 'public.ws');
// Bound once, so that a measurement in the path of every message takes a few nanoseconds.
const lag = logger.bindHistogram('feed_lag_duration_ms', { exchange: 'mexc' });
const messages = logger.bindCounter('feed_messages_total', { exchange: 'mexc' });

for (let attempt = 1; attempt <= 2; attempt++) {
  const socket = new WebSocket(url);
  socket.on('open', () => logger.info('feed opened', { attempt }));
  socket.on('message', (data) => {
    const { symbol, bid, sentAt } = JSON.parse(String(data)) as { symbol: string; bid: number; sentAt: number };
    messages.add(1);
    lag.record(Date.now() - sentAt);
    // Costs 2 ns while the level is off.
    logger.debug('tick', { symbol, bid });
  });
  socket.on('error', (error) => logger.error('feed failed', { error }));
  const [code] = (await once(socket, 'close')) as [number];
  logger.warning('feed closed', { attempt, code });
  // Log more for the next connection. `hft-otel level set` does the same from outside.
  logging.setLevel('exchange.mexc.*', 'debug');
}
