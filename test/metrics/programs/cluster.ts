/**
 * A cluster: each worker counts 100 orders times its number. Arguments: its configuration as JSON, and how many workers. The primary reads lines `end <worker>`
 * from its standard input, kills that worker, and ends with the last one.
 */
import cluster from 'node:cluster';
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { configureLogging, getLogger } from '../../../src/index.ts';

const [config, workers] = process.argv.slice(2) as [string, string];

if (cluster.isPrimary) {
  for (let i = 0; i < Number(workers); i++) cluster.fork();
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => cluster.workers?.[line.replace('end ', '')]?.process.kill('SIGKILL'));
  cluster.on('exit', () => {
    if (Object.keys(cluster.workers ?? {}).length === 0) process.exit(0);
  });
} else {
  const logging = configureLogging(JSON.parse(config));
  await logging.ready;
  getLogger('orders').counter('orders_total', 100 * cluster.worker!.id);
  writeSync(1, `counted, ${logging.health().backends.prometheus?.state}\n`);
  setInterval(() => {}, 1_000);
}
