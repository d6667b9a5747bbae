import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SeriesMeter } from '../../src/caller/meter.ts';
import { SeriesCollector } from '../../src/series/collect.ts';
import { WORD_EPOCH } from '../../src/series/layout.ts';
import { SeriesTable } from '../../src/series/table.ts';
import { seriesOf, valuesOf } from './support/rig.ts';

test('a collector that takes over from one that died, at any point of its work, finds everything that was ever recorded', () => {
  const step = fc.record({
    values: fc.array(fc.integer({ min: 0, max: 1e6 }), { maxLength: 8 }),
    next: fc.constantFrom('collect', 'die', 'die between the halves'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const blocks = [new SharedArrayBuffer(4096)];
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
