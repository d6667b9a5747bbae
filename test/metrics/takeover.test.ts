import { DataPointType, type Histogram, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OtlpMetricsBackend } from '../../src/backends/otlp-metrics/metrics.ts';
import { SeriesProducer } from '../../src/backends/series-producer.ts';
import type { Outcome } from '../../src/contract/backend.ts';
import { SeriesMeter } from '../../src/meter/meter.ts';
import type { DeltaBaseline } from '../../src/series/baseline.ts';
import { SeriesCollector } from '../../src/series/collect.ts';
import { WORD_EPOCH } from '../../src/series/layout.ts';
import { SeriesTable } from '../../src/series/table.ts';
import { counted } from './support/counted.ts';
import { seriesOf, valuesOf } from './support/rig.ts';

test('a collector that takes over from one that died, at any point of its work, finds everything that was ever recorded', () => {
  const step = fc.record({
    values: fc.array(fc.integer({ min: 0, max: 1e6 }), { maxLength: 8 }),
    next: fc.constantFrom('collect', 'die', 'die between the halves'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const blocks: ArrayBufferLike[] = [new SharedArrayBuffer(4096)];
      const table = new SeriesTable(blocks[0]!, {
        grow: (bytes) => new SharedArrayBuffer(bytes),
        announce: (block) => blocks.push(block),
      });
      const meter = new SeriesMeter({ table });
      const successor = (): SeriesCollector => {
        const collector = new SeriesCollector();
        for (const block of blocks) collector.addBlock('main', block);
        return collector;
      };
      let collector = successor();
      const all: number[] = [];
      let position = 0;
      for (const { values, next } of steps) {
        for (const value of values) {
          meter.counter('orders_total', value);
          meter.metric('x_duration_us', value);
          meter.metric('position', value);
          all.push(value);
          position = value;
        }
        for (const block of blocks) collector.addBlock('main', block);
        collector.collect();
        if (next === 'collect') continue;
        // What a collector has done when it dies after turning the producer and before copying.
        if (next === 'die between the halves') Atomics.add(new Int32Array(blocks[0]!), WORD_EPOCH, 1);
        collector = successor();
      }
      if (all.length === 0) return;
      for (const block of blocks) collector.addBlock('main', block);
      const { count, sum, min, max } = seriesOf(collector, 'x_duration_us')['']!.distribution!;
      expect({ count, sum, min, max }).toEqual({
        count: all.length,
        sum: all.reduce((a, b) => a + b, 0),
        min: Math.min(...all),
        max: Math.max(...all),
      });
      expect(valuesOf(collector, 'orders_total')).toEqual({ '': sum });
      expect(valuesOf(collector, 'position')).toEqual({ '': position });
    }),
    { numRuns: 200 },
  );
});

test('delta: what arrives of workers that die adds up to what was recorded, whatever exports fail', async () => {
  const step = fc.record({
    values: fc.array(fc.integer({ min: 1, max: 1e6 }), { maxLength: 6 }),
    next: fc.constantFrom<'success' | 'retryable' | 'die'>('success', 'retryable', 'die'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      const blocks: ArrayBufferLike[] = [new SharedArrayBuffer(4096)];
      const table = new SeriesTable(blocks[0]!, {
        grow: (bytes) => new SharedArrayBuffer(bytes),
        announce: (block) => blocks.push(block),
      });
      const meter = new SeriesMeter({ table });
      const arrived = { orders: 0, count: 0, sum: 0, ends: [] as number[] };
      let status: 'success' | 'retryable' = 'success';
      // What the main thread keeps of a worker.
      let exported: DeltaBaseline | undefined;
      const worker = () => {
        const collector = new SeriesCollector();
        const producer = new SeriesProducer(collector, { temporality: 'delta', resumeFrom: exported });
        let isDead = false;
        const backend = counted(OtlpMetricsBackend, {
          producer: {
            collect: () => {
              for (const block of blocks) collector.addBlock('main', block);
              return producer.collect();
            },
            commit: () => producer.commit(),
          },
          sender: {
            send: async (metrics): Promise<Outcome> => {
              if (isDead) return { status: 'failure' };
              if (status === 'success') take(metrics);
              return { status };
            },
            close: async () => {},
          },
          temporality: 'delta',
          intervalMillis: 1e9,
          onSettled: () => {
            if (!isDead) exported = structuredClone(producer.baseline);
          },
        });
        const die = () => {
          isDead = true;
        };
        return { backend, die };
      };
      const take = ({ scopeMetrics }: ResourceMetrics) => {
        for (const { dataPointType, dataPoints } of scopeMetrics.flatMap(({ metrics }) => metrics)) {
          const value = dataPoints[0]!.value as number | Histogram;
          if (dataPointType === DataPointType.SUM) arrived.orders += value as number;
          if (dataPointType !== DataPointType.HISTOGRAM) continue;
          const { count, sum, min, max } = value as Histogram;
          arrived.count += count;
          arrived.sum += sum!;
          if (min !== undefined) arrived.ends.push(min, max!);
        }
      };
      let { backend, die } = worker();
      const all: number[] = [];
      for (const { values, next } of [...steps, { values: [], next: 'success' as const }]) {
        for (const value of values) {
          meter.counter('orders_total', value);
          meter.metric('x_duration_us', value);
          all.push(value);
        }
        if (next === 'die') {
          die();
          ({ backend, die } = worker());
        } else {
          status = next;
          await backend.flush();
        }
      }
      const sum = all.reduce((a, b) => a + b, 0);
      expect({ orders: arrived.orders, count: arrived.count, sum: arrived.sum }).toEqual({ orders: sum, count: all.length, sum });
      for (const end of arrived.ends) expect(all).toContain(end);
    }),
    { numRuns: 150 },
  );
});
