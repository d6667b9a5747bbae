/**
 * A cluster: each worker counts 100 orders times its number. Arguments: its configuration as JSON, and how many workers. The primary reads lines from its standard
 * input: `end <worker>` kills that worker, `count <worker>` has it count 1,000 more, shut down and end. It ends with the last one.
 */
import cluster from 'node:cluster';
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { configureLogging, getLogger } from '../../../src/index.ts';

const [config, workers] = process.argv.slice(2) as [string, string];

if (cluster.isPrimary) {
  for (let i = 0; i < Number(workers); i++) cluster.fork();
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const [order, worker] = line.split(' ') as [string, string];
    if (order === 'end') cluster.workers?.[worker]?.process.kill('SIGKILL');
    else cluster.workers?.[worker]?.send(order);
  });
  cluster.on('exit', () => {
    if (Object.keys(cluster.workers ?? {}).length === 0) process.exit(0);
  });
} else {
  const logging = configureLogging(JSON.parse(config));
  await logging.ready;
  const logger = getLogger('orders');
  const orders = 100 * cluster.worker!.id;
  logger.counter('orders_total', orders);
  for (let order = 0; order < orders; order++) logger.metric('order_duration_us', 300);
  logger.metric('open_orders', orders);
  writeSync(1, `counted, ${logging.health().backends.prometheus?.state}\n`);
  setInterval(() => {}, 1_000);
  process.on('message', async () => {
    logger.counter('orders_total', 1_000);
    await logging.shutdown();
    process.exit(0);
  });
}
