import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SeriesCollector } from '../../src/series/collect.ts';
import { instrument, rig, valuesOf } from './support/rig.ts';

describe('counters and gauges', () => {
  test('sums equal those of a plain map, for any calls, any order of tags, any moments of collection', () => {
    const call = fc.record({
      name: fc.constantFrom('orders_total', 'fills_total', 'rejects'),
      value: fc.integer({ min: 0, max: 1000 }),
      tags: fc.option(
        fc
          .record(
            {
              exchange: fc.constantFrom('mexc', 'gateio', 'okx'),
              side: fc.constantFrom('BUY', 'SELL'),
              depth: fc.integer({ min: 0, max: 4 }),
              live: fc.boolean(),
            },
            { requiredKeys: [] },
          )
          .chain((tags) => fc.shuffledSubarray(Object.entries(tags), { minLength: Object.keys(tags).length }))
          .map((entries) => Object.fromEntries(entries) as Record<string, string | number | boolean>),
        { nil: undefined },
      ),
      collect: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(call, { maxLength: 200 }), (calls) => {
        const { meter, collector } = rig();
        const model: Record<string, Record<string, number>> = {};
        for (const { name, value, tags, collect } of calls) {
          meter.counter(name, value, tags);
          const id = Object.entries(tags ?? {})
            .map(([key, tag]) => `${key}=${tag}`)
            .sort()
            .join();
          model[name] ??= {};
          model[name][id] = (model[name][id] ?? 0) + value;
          if (collect) collector.collect();
        }
        for (const name of Object.keys(model)) expect(valuesOf(collector, name)).toEqual(model[name]);
      }),
      { numRuns: 200 },
    );
  });

  test('a value that defaults counts one; a bound counter counts into the same series as the call with its tags', () => {
    const { meter, collector } = rig();
    const bound = meter.bindCounter('orders_total', { side: 'BUY', exchange: 'mexc' });
    bound.add();
    bound.add(4);
    meter.counter('orders_total', undefined, { exchange: 'mexc', side: 'BUY' });
    expect(valuesOf(collector, 'orders_total')).toEqual({ 'exchange=mexc,side=BUY': 6 });
  });

  test('a gauge keeps its last value, also over two threads’ tables, whichever was added first', () => {
    const collector = new SeriesCollector();
    const [first, second] = [rig({ collector }), rig({ collector })];
    first.meter.metric('position', 1);
    collector.tick();
    second.meter.metric('position', 2);
    expect(valuesOf(collector, 'position')).toEqual({ '': 2 });
    collector.tick();
    first.meter.bindGauge('position').set(-3);
    expect(valuesOf(collector, 'position')).toEqual({ '': -3 });
  });

  test('counters of several threads add up; a thread that ended counts on', () => {
    const collector = new SeriesCollector();
    const [first, second] = [rig({ collector }), rig({ collector })];
    first.meter.counter('orders_total', 2, { exchange: 'mexc' });
    second.meter.counter('orders_total', 3, { exchange: 'mexc' });
    second.meter.counter('orders_total', 5, { exchange: 'okx' });
    second.table.close();
    expect(valuesOf(collector, 'orders_total')).toEqual({ 'exchange=mexc': 5, 'exchange=okx': 5 });
    expect(collector.endedTables).toHaveLength(1);
  });

  test('beyond the cardinality limit everything is in the overflow series: the sum is exact and the excess is counted', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 20 }),
        fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 300 }),
        (limit, ids) => {
          const { meter, collector } = rig({ cardinalityLimit: limit });
          for (const id of ids) meter.counter('requests_total', 1, { id: `id-${id}` });
          const values = valuesOf(collector, 'requests_total');
          const distinct = [...new Set(ids)];
          expect(Object.values(values).reduce((a, b) => a + b, 0)).toBe(ids.length);
          expect(Object.keys(values).length).toBe(Math.min(distinct.length, limit));
          const kept = new Set(distinct.slice(0, limit - 1));
          expect(values['otel.metric.overflow=true'] ?? 0).toBe(ids.filter((id) => !kept.has(id)).length);
          expect(collector.losses.overflowed).toBe(ids.filter((id) => !kept.has(id)).length);
        },
      ),
    );
  });

  test('threads that together exceed the limit share the overflow series, with an exact sum', () => {
    const collector = new SeriesCollector({ cardinalityLimit: 10 });
    const rigs = [rig({ collector, cardinalityLimit: 10 }), rig({ collector, cardinalityLimit: 10 })];
    rigs.forEach(({ meter }, thread) => {
      for (let i = 0; i < 9; i++) meter.counter('requests_total', 1, { id: `${thread}-${i}` });
    });
    const values = valuesOf(collector, 'requests_total');
    expect(Object.keys(values)).toHaveLength(10);
    expect(values['otel.metric.overflow=true']).toBe(9);
    expect(collector.losses.overflowedSeries).toBe(9);
  });

  test('memory that is refused loses measurements by count, never silently, and existing series go on', () => {
    const { meter, collector, problems } = rig({ bytes: 4096, maxBytes: 4096, cardinalityLimit: 10_000 });
    for (let i = 0; i < 1000; i++) meter.counter('requests_total', 1, { id: `request-${i}` });
    for (let i = 0; i < 5; i++) meter.counter('requests_total', 1, { id: 'request-0' });
    const values = valuesOf(collector, 'requests_total');
    const sum = Object.values(values).reduce((a, b) => a + b, 0);
    expect(values['id=request-0']).toBe(6);
    expect(sum).toBeLessThan(1005);
    expect(sum + collector.losses.rejected.memory).toBe(1005);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ reason: 'memory', name: 'requests_total' });
  });

  test('a counter series with two tags takes at most 200 bytes of shared memory', () => {
    const { meter, table } = rig({ cardinalityLimit: 5000 });
    const before = table.byteLength;
    for (let i = 0; i < 4000; i++)
      meter.counter('requests_total', 1, { exchange: `exchange-${i % 64}`, symbol: `SYMBOL-${i}-USDT` });
    expect((table.byteLength - before) / 4000).toBeLessThan(200);
  });

  test('names and units from JavaScript’s own vocabulary are names like any other', () => {
    const { meter, collector } = rig();
    for (const name of ['constructor', 'a_constructor', 'x_valueOf_total', '__proto__', 'toString'])
      meter.counter(name, 1, { [name]: 'hasOwnProperty' });
    const { instruments } = collector.collect();
    expect(instruments.map(({ definition, series }) => [definition.name, definition.unit, series[0]!.value])).toEqual([
      ['constructor', '', 1],
      ['a_constructor', '', 1],
      ['x_valueOf_total', '', 1],
      ['__proto__', '', 1],
      ['toString', '', 1],
    ]);
  });

  test('rules drop metrics, change what becomes of them, and keep only the tags they name', () => {
    const { meter, collector } = rig({
      rules: [
        { match: 'debug_*', aggregation: 'drop' },
        { match: 'orders_total', tags: ['exchange'] },
        { match: 'queue.depth', aggregation: 'histogram', buckets: [10, 1, 5, 5] },
      ],
    });
    meter.counter('debug_calls_total', 1);
    for (let i = 0; i < 10; i++) meter.counter('orders_total', 1, { exchange: 'mexc', id: `${i}` });
    meter.metric('queue.depth', 3);
    expect(instrument(collector, 'debug_calls_total')).toBeUndefined();
    expect(valuesOf(collector, 'orders_total')).toEqual({ 'exchange=mexc': 10 });
    expect(instrument(collector, 'queue.depth')?.definition).toMatchObject({ kind: 'histogram', bounds: [1, 5, 10] });
  });
});
