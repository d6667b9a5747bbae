/** Counts some of everything and prints what was collected. */
import { rig } from './rig.ts';

const { meter, collector } = rig();
for (let i = 0; i < 2000; i++) {
  meter.counter('orders_total', 1, { exchange: 'mexc' });
  meter.metric('x_duration_us', 1 + ((i * 7919) % 100_000) / 10, { exchange: 'mexc' });
  meter.metric('depth', i, { side: i % 2 ? 'BUY' : 'SELL', exchange: 'okx', level: i % 3 });
  if (i % 500 === 0) collector.collect();
}
const found: Record<string, unknown> = {};
for (const { definition, series } of collector.collect().instruments) {
  found[definition.name] = series.map(({ tags, value, distribution }) => ({
    tags: tags.map(([, tag]) => tag).join(),
    value: distribution?.count ?? value,
    sum: distribution?.sum,
    buckets: distribution?.explicitCounts(),
  }));
}
process.stdout.write(JSON.stringify(found));
