/**
 * A service: counts so many orders, times each, and ends as it is told; or blocks its event loop first, until a file is there. Arguments: its configuration
 * as JSON, how many orders, `exit`, `end`, `shutdown` or a signal's name, and the file, if it is to block.
 */
import { existsSync, writeSync } from 'node:fs';
import { configureLogging, getExchangeLogger } from '../../../src/index.ts';

const [config, orders, way, file] = process.argv.slice(2) as [string, string, string, string | undefined];
const logging = configureLogging({ handleExits: true, ...JSON.parse(config) });
const log = getExchangeLogger('mexc', 'private.rest');
await logging.ready;
let placed = 0;
const library = logging.meterProvider.getMeter('library');
library.createObservableCounter('orders_observed_total').addCallback((result) => result.observe(placed));
const place = (i: number) => {
  placed++;
  log.counter('orders_placed_total', 1, { exchange: 'mexc' });
  log.metric('order_placement_duration_us', 1 + (i % 1_000), { exchange: 'mexc' });
};
for (let i = 0; i < Number(orders); i++) place(i);
if (file !== undefined) {
  writeSync(1, 'blocked\n');
  while (!existsSync(file)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
}
writeSync(1, `${JSON.stringify(logging.health())}\n`);
if (way === 'exit') process.exit(0);
else if (way === 'shutdown') await logging.shutdown();
else if (way !== 'end') {
  setInterval(() => {}, 1_000);
  process.kill(process.pid, way);
}
