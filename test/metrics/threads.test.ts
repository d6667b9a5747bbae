import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { SeriesCollector } from '../../src/series/collect.ts';
import { seriesOf, valuesOf } from './support/rig.ts';

const RECORDING_THREAD = new URL('./support/recording-thread.ts', import.meta.url);

/** Settles with the rounds that the thread has made. */
function start(collector: SeriesCollector, thread: number, stop: Int32Array): Promise<number> {
  const memory = new SharedArrayBuffer(8192);
  const worker = new Worker(RECORDING_THREAD, { workerData: { memory, stop, thread } });
  collector.addBlock(`${thread}`, memory);
  return new Promise<number>((resolve, reject) => {
    let rounds = 0;
    worker.on('message', (message: SharedArrayBuffer | number) => {
      if (typeof message === 'number') rounds = message;
      else collector.addBlock(`${thread}`, message);
    });
    worker.on('exit', () => resolve(rounds));
    worker.on('error', reject);
  });
}

test('two threads at full speed: no collection ever sees a recording half done, none goes back, and the last one has everything', async () => {
  const collector = new SeriesCollector();
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const threads = [start(collector, 1, stop), start(collector, 2, stop)];
  let [lastCount, lastOrders, busy] = [0, 0, 0];
  while (busy < 40) {
    const collection = collector.collect();
    for (const { definition, series } of collection.instruments) {
      if (definition.kind !== 'histogram') continue;
      for (const { distribution } of series) {
        const { count, sum, min, max } = distribution!;
        const explicit = distribution!.explicitCounts();
        const torn =
          explicit.reduce((a, b) => a + b, 0) !== count ||
          (definition.name.startsWith('same') &&
            (sum !== 8 * count || explicit[3] !== count || (count > 0 && (min !== 8 || max !== 8))));
        if (torn) throw new Error(`Torn: ${JSON.stringify({ name: definition.name, count, sum, min, max, explicit })}`);
        if (definition.name === 'same_duration_us') {
          expect(count).toBeGreaterThanOrEqual(lastCount);
          if (count > lastCount) busy++;
          lastCount = count;
        }
      }
    }
    const orders = Object.values(valuesOf(collector, 'orders_total')).reduce((a, b) => a + b, 0);
    expect(orders).toBeGreaterThanOrEqual(lastOrders);
    lastOrders = orders;
    await new Promise((resolve) => setImmediate(resolve));
  }
  Atomics.store(stop, 0, 1);
  const total = (await Promise.all(threads)).reduce((a, b) => a + b);
  expect(valuesOf(collector, 'orders_total')).toEqual({ 'exchange=mexc': 5 * total, 'exchange=okx': 5 * total });
  const same = seriesOf(collector, 'same_duration_us')['exchange=mexc']!.distribution!;
  expect({ count: same.count, sum: same.sum }).toEqual({ count: 5 * total, sum: 40 * total });
  const mixed = seriesOf(collector, 'mixed_duration_us')['']!.distribution!;
  expect({ count: mixed.count, sum: mixed.sum, min: mixed.min, max: mixed.max }).toEqual({
    count: 5 * total,
    sum: 40 * total,
    min: -500,
    max: 516,
  });
  const growing = Object.values(seriesOf(collector, 'same_growing_duration_us'));
  expect(growing).toHaveLength(600);
  expect(growing.reduce((sum, { distribution }) => sum + distribution!.count, 0)).toBe(total);
  expect(seriesOf(collector, 'wide_duration_us')['']!.distribution!.count).toBe(total);
});
