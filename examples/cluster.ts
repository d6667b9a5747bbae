/**
 * Two workers of one service: one Prometheus endpoint for both; each record names its worker.
 *
 *   node examples/cluster.ts
 */
import cluster from 'node:cluster';
import { once } from 'node:events';
import { configureLogging, getLogger, shutdownLogging } from 'hft-otel';

const PORT = Number(process.env.PORT ?? 9_464);

if (cluster.isPrimary) {
  const workers = [cluster.fork(), cluster.fork()];
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  // Either worker answers for both.
  const page = await (await fetch(`http://127.0.0.1:${PORT}/metrics`)).text();
  console.log(
    page
      .split('\n')
      .filter((line) => line.startsWith('orders_placed_total'))
      .join('\n'),
  );
  for (const worker of workers) worker.send('end');
} else {
  const logging = configureLogging({
    service: { name: 'gateway', instanceId: `worker-${cluster.worker!.id}` },
    backends: { console: {}, prometheus: { port: PORT } },
  });
  const logger = getLogger('orders');
  logger.info('worker ready', { worker: cluster.worker!.id });
  logger.counter('orders_placed_total', cluster.worker!.id);
  await logging.ready;
  await logging.flush();
  process.send!('ready');
  await once(process, 'message');
  await shutdownLogging();
  process.exit();
}
