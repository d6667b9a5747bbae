/**
 * A service as its users write one: `trader.ts <configuration as JSON> <orders> <file>`. Counts and times so many orders, flushes, tells what it has counted as a
 * line of JSON, blocks its event loop until the file is there, and shuts down.
 */
import { existsSync, writeSync } from 'node:fs';
import { configureLogging, getExchangeLogger } from '../../../src/index.ts';

const [config, orders, file] = process.argv.slice(2) as [string, string, string];
const logging = configureLogging(JSON.parse(config));
const log = getExchangeLogger('mexc', 'private.rest');
await logging.ready;

const durations: number[] = [];
for (let i = 0; i < Number(orders); i++) {
  const side = i % 3 === 0 ? 'SELL' : 'BUY';
  const us = 20 + ((i * 7919) % 90_000) / 10;
  durations.push(us);
  log.info('order placed', { symbol: 'BTCUSDT', side });
  log.audit('order_placed', { symbol: 'BTCUSDT', side });
  log.counter('orders_placed_total', 1, { exchange: 'mexc', side });
  log.metric('order_placement_duration_us', us, { exchange: 'mexc' });
}
const timer = log.timer('warm_up');
const warmUpUs = timer.stop();
log.metric('position_base', -1.25, { symbol: 'BTCUSDT' });
const { complete } = await logging.flush();
const { percentiles } = await logging.metricsSnapshot();
writeSync(1, `${JSON.stringify({ durations, warmUpUs, complete, percentiles, health: logging.health() })}\n`);
while (!existsSync(file)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
await logging.shutdown();
