/** Records before `configureLogging` and under another configuration, and prints the page and what `health()` says. */
import { configureLogging, getLogger, type MetricRule, shutdownLogging } from '../../../src/index.ts';

const [port] = process.argv.slice(2).map(Number);
const logger = getLogger('app');
const record = (times: number) => {
  for (let i = 0; i < times; i++) {
    logger.timer('rest_request').stop();
    logger.metric('order_size', i);
  }
};
const configure = async (metrics: readonly MetricRule[]) => {
  const { ready } = configureLogging({
    service: { name: 'early' },
    metrics: [...metrics],
    backends: { console: { enabled: false }, prometheus: { port } },
  });
  await ready;
};
const page = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();

record(1);
await configure([
  { match: 'rest_request_duration_us', buckets: [100, 250] },
  { match: 'order_size', aggregation: 'histogram', buckets: [1, 10] },
]);
record(1_000);
console.log(JSON.stringify(await page()));
await configure([
  { match: 'rest_request_duration_us', buckets: [100, 250, 500] },
  { match: 'order_size', aggregation: 'histogram', buckets: [1, 20] },
]);
record(1_000);
let last = await page();
// The first instance has the port until it has ended.
while (!last.includes('le="500"')) last = await page();
console.log(JSON.stringify(last));
await shutdownLogging();
