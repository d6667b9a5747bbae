// A worker of pm2's cluster mode: counts 100 orders and goes on until it is told to end.
import { configureLogging, getLogger } from 'hft-otel';

const logging = configureLogging({
  service: { name: `pm2-${process.env.METRICS_PORT}` },
  backends: { console: { enabled: false }, prometheus: { port: Number(process.env.METRICS_PORT) } },
});
getLogger('orders').counter('orders_total', 100);
await logging.ready;
process.on('SIGINT', async () => {
  await logging.shutdown();
  process.exit(0);
});
setInterval(() => {}, 1_000);
