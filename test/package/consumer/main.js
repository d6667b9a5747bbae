// Plain JavaScript, as a user would write it. Prints what it found as JSON.
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import {
  ConfigError,
  configureLogging,
  flushLogging,
  getExchangeLogger,
  getLogger,
  HftError,
  LoggingTimer,
  shutdownLogging,
} from 'hft-otel';

const early = getLogger('early');
early.info('before there was a configuration');
const logging = configureLogging({
  service: { name: 'consumer' },
  level: 'debug',
  backends: {
    console: { enabled: false },
    file: { level: 'debug', path: 'logs/app.jsonl', rotation: 'none' },
    audit: { path: 'logs/audit.jsonl', rotation: 'none' },
    own: { module: new URL('./own-backend.js', import.meta.url), level: 'error', options: { path: 'logs/own.txt' } },
  },
});
const logger = getExchangeLogger('mexc', 'private.rest').withContext({ desk: 'A1' });
logger.info('order placed', { symbol: 'BTCUSDT', qty: 0.5 });
logger.error('order failed', new RangeError('no liquidity'));
logger.audit('order_placed', { symbol: 'BTCUSDT' });
logger.counter('orders_placed_total', 2, { exchange: 'mexc' });
new LoggingTimer(logger, 'order_placement').stop();

const thread = new Worker(new URL('./thread.js', import.meta.url));
await new Promise((resolve) => thread.on('exit', resolve));

const flushed = await flushLogging();
const snapshot = await logging.metricsSnapshot();
const report = await shutdownLogging();
let refused;
try {
  configureLogging({ ringBufferSize: 'many' });
} catch (error) {
  refused = error instanceof ConfigError && error instanceof HftError && error.issues[0].path;
}
const lines = (name) => readFileSync(`logs/${name}`, 'utf8').split('\n').slice(0, -1);
console.log(
  JSON.stringify({
    complete: flushed.complete && report.complete,
    messages: lines('app.jsonl').map((line) => JSON.parse(line).msg),
    audits: lines('audit.jsonl').map((line) => JSON.parse(line).event),
    own: lines('own.txt'),
    metrics: snapshot.metrics.map(({ name }) => name).filter((name) => name.startsWith('order')),
    refused,
  }),
);
