import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SeriesCollector } from '../../src/series/collect.ts';
import { retainEnded } from '../../src/series/retain.ts';
import { closeSeriesTable } from '../../src/series/table.ts';
import { rig } from './support/rig.ts';

const allocate = (bytes: number) => new SharedArrayBuffer(bytes);

/** Everything that a collection says, in a form that can be compared. */
function contents(collector: SeriesCollector): unknown {
  const { instruments } = collector.collect();
  const entries = instruments.flatMap(({ definition, series }) =>
    series.map(({ id, value, distribution }) => {
      const pages = [...(distribution?.pages ?? [])]
        .map(([key, counts]) => [key, [...counts]])
        .filter(([, counts]) => (counts as number[]).some((count) => count > 0));
      const histogram = distribution && [
        distribution.sum,
        distribution.zeros,
        distribution.min,
        distribution.max,
        [...distribution.below],
        pages.sort(),
      ];
      return [`${definition.name} ${id}`, histogram ?? value] as const;
    }),
  );
  return Object.fromEntries(entries.sort());
}

test('folding the tables of ended threads changes nothing that is collected, however often it is done', () => {
  const call = fc.record({
    thread: fc.nat(3),
    value: fc.oneof(
      fc.integer({ min: -1000, max: 100_000 }),
      fc.integer({ min: -1_000_000, max: 1_000_000 }).map((value) => value / 1000),
      fc.constantFrom(0, 500, 2 ** 20, 2 ** -20, 0.1, 1e-20, 1e20, -1e20),
    ),
    tag: fc.constantFrom('a', 'b'),
    kind: fc.constantFrom('counter', 'gauge', 'histogram'),
    next: fc.constantFrom('go on', 'collect', 'end', 'retain'),
  });
  fc.assert(
    fc.property(fc.array(call, { maxLength: 80 }), (calls) => {
      const [folded, plain] = [new SeriesCollector(), new SeriesCollector()];
      let threads = [0, 1, 2, 3].map(() => [rig({ collector: folded }), rig({ collector: plain })]);
      let nextRetained = 1;
      for (const { thread, value, tag, kind, next } of calls) {
        // Without a tick between them the order of two threads' gauges is not known.
        folded.tick();
        plain.tick();
        for (const { meter } of threads[thread]!) {
          if (kind === 'counter') meter.counter('orders_total', Math.abs(value), { tag });
          else if (kind === 'gauge') meter.metric('position', value, { tag });
          else meter.metric('x_duration_us', value, { tag });
        }
        if (next === 'collect') expect(contents(folded)).toEqual(contents(plain));
        if (next === 'end') {
          for (const { table } of threads[thread]!) table.close();
          threads = threads.with(thread, [rig({ collector: folded }), rig({ collector: plain })]);
        }
        if (next === 'retain') retainEnded(folded, `retained-${nextRetained++}`, allocate);
      }
      expect(contents(folded)).toEqual(contents(plain));
      retainEnded(folded, `retained-${nextRetained++}`, allocate);
      expect(contents(folded)).toEqual(contents(plain));
    }),
    { numRuns: 150 },
  );
});

test('losses of ended threads stay counted', () => {
  const collector = new SeriesCollector();
  const rigs = [rig({ collector, cardinalityLimit: 2 }), rig({ collector, cardinalityLimit: 2 })];
  for (const { meter, table } of rigs) {
    for (let i = 0; i < 5; i++) meter.counter('orders_total', 1, { i });
    meter.counter('orders_total', -1);
    table.close();
  }
  const before = collector.losses;
  expect(before).toMatchObject({ overflowed: 8, rejected: { negative: 2 } });
  expect(retainEnded(collector, 'retained', allocate)?.replaces).toHaveLength(2);
  expect(collector.losses).toMatchObject({ overflowed: 8, rejected: { negative: 2 } });
});

test('a thread that was ended from outside has its table closed for it', () => {
  const { collector, meter } = rig();
  meter.counter('orders_total');
  expect(collector.endedTables).toEqual([]);
  const memory = new SharedArrayBuffer(4096);
  collector.addBlock('other', memory);
  closeSeriesTable(memory);
  expect(collector.endedTables).toEqual(['other']);
});
