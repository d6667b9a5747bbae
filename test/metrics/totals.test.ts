/**
 * What readers are told of threads that start, record, end and are folded, in any order, with metrics on which threads disagree: no total falls, and every
 * measurement is in a total or counted as rejected.
 */
import { DataPointType, type Histogram } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SeriesProducer } from '../../src/backends/series-producer.ts';
import { SeriesMeter } from '../../src/meter/meter.ts';
import { SeriesCollector } from '../../src/series/collect.ts';
import { retainEnded } from '../../src/series/retain.ts';
import { SeriesTable } from '../../src/series/table.ts';
import type { MetricRule } from '../../src/settings/vocabulary.ts';
import { parseExposition } from './support/exposition.ts';
import { pageOf } from './support/page.ts';

const allocate = (bytes: number) => new SharedArrayBuffer(bytes);

/** Threads with different rules: their bounds differ, and `odd` is a counter, a gauge or a histogram. */
const RULES: readonly (readonly MetricRule[])[] = [
  [{ match: 'odd', aggregation: 'counter' }],
  [
    { match: 'odd', aggregation: 'gauge' },
    { match: '*_us', buckets: [0.5, 100] },
  ],
  [
    { match: 'odd', aggregation: 'histogram' },
    { match: '*_us', buckets: [0.501, 50, 100.5] },
  ],
];

interface Thread {
  readonly meter: SeriesMeter;
  readonly table: SeriesTable;
}

/** The memory outlives its collectors, as it outlives workers. */
class World {
  collector = new SeriesCollector();
  producer = new SeriesProducer(this.collector, { temporality: 'delta' });
  page = pageOf(this.collector);
  #folded = new Map<string, readonly ArrayBufferLike[]>();
  readonly #tables = new Map<string, ArrayBufferLike[]>();
  #next = 0;

  thread(rules: readonly MetricRule[]): Thread {
    const id = `table-${this.#next++}`;
    const blocks: ArrayBufferLike[] = [];
    this.#tables.set(id, blocks);
    const first = allocate(4096);
    const announce = (block: ArrayBufferLike) => {
      blocks.push(block);
      this.collector.addBlock(id, block);
    };
    const table = new SeriesTable(first, { grow: allocate, announce });
    announce(first);
    return { table, meter: new SeriesMeter({ table, rules }) };
  }

  fold(): void {
    const id = `folded-${this.#next++}`;
    const folded = retainEnded(this.collector, id, allocate);
    if (folded === undefined) return;
    for (const replaced of folded.replaces) for (const known of [this.#tables, this.#folded]) known.delete(replaced);
    this.#folded.set(id, folded.blocks);
  }

  /** The worker dies, and another one takes over. */
  takeOver(): void {
    const resumeFrom = this.producer.baseline;
    this.collector = new SeriesCollector();
    this.producer = new SeriesProducer(this.collector, { temporality: 'delta', resumeFrom });
    this.page = pageOf(this.collector);
    for (const [id, blocks] of [...this.#folded, ...this.#tables]) for (const block of blocks) this.collector.addBlock(id, block);
  }
}

const step = fc.record({
  thread: fc.nat(3),
  name: fc.constantFrom('fees_total', 'ack_duration_us', 'odd'),
  value: fc.oneof(
    fc.integer({ min: 0, max: 200_000 }).map((value) => value / 1000),
    fc.constantFrom(0.1, 0.2, 0.3, 0.5, 0.501, 1e-9, 1e9, 2 ** 53),
  ),
  next: fc.constantFrom('go on', 'collect', 'export', 'end', 'fold', 'take over'),
});

test('totals never fall and nothing is left out uncounted, whatever threads start, record, end and are folded', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.infiniteStream(fc.nat(2)), async (steps, rules) => {
      const world = new World();
      const started = () => world.thread(RULES[rules.next().value as number]!);
      let threads = [started(), started(), started(), started()];
      let before: Readonly<Record<string, string>> = {};
      const recorded = { fees: 0, acks: 0, odd: 0 };
      const exported = { fees: 0, acks: 0 };
      const check = async () => {
        const { samples } = parseExposition(await world.page());
        // Where `odd` is a gauge it may fall.
        for (const [series, value] of Object.entries(before))
          if (series !== 'odd') expect(Number(samples[series]), series).toBeGreaterThanOrEqual(Number(value));
        const buckets = Object.entries(samples).filter(([series]) => series.startsWith('ack_duration_us_bucket'));
        for (const [i, [, count]] of buckets.entries())
          if (i > 0) expect(Number(count)).toBeGreaterThanOrEqual(Number(buckets[i - 1]![1]));
        expect(Number(samples.ack_duration_us_count ?? 0)).toBe(recorded.acks);
        expect(Number(samples.fees_total ?? 0)).toBeCloseTo(recorded.fees, 5);
        expect(world.collector.losses.rejected.kind > 0 || samples.odd !== undefined || samples.odd_count !== undefined).toBe(
          recorded.odd > 0,
        );
        if (samples.odd_count !== undefined)
          expect(Number(samples.odd_count) + world.collector.losses.rejected.kind).toBeLessThanOrEqual(recorded.odd);
        before = samples;
      };
      const takeExport = async () => {
        const { resourceMetrics } = await world.producer.collect();
        for (const { descriptor, dataPoints, dataPointType } of resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics)) {
          if (descriptor.name === 'fees_total') for (const { value } of dataPoints) exported.fees += value as number;
          if (dataPointType === DataPointType.HISTOGRAM && descriptor.name === 'ack_duration_us')
            for (const { value } of dataPoints) {
              const { count, buckets } = value as Histogram;
              exported.acks += count;
              expect(buckets.counts.every((each) => each >= 0)).toBe(true);
              expect(buckets.counts.reduce((sum, each) => sum + each, 0)).toBe(count);
            }
        }
        world.producer.commit();
        expect(exported.acks).toBe(recorded.acks);
        expect(exported.fees).toBeCloseTo(recorded.fees, 5);
      };
      for (const { thread, name, value, next } of steps) {
        const { meter, table } = threads[thread]!;
        if (name === 'fees_total') {
          meter.counter(name, value);
          recorded.fees += value;
        } else if (name === 'odd') {
          meter.metric(name, value + 1);
          recorded.odd++;
        } else {
          meter.metric(name, value);
          recorded.acks++;
        }
        if (next === 'collect') await check();
        if (next === 'export') await takeExport();
        if (next === 'fold') world.fold();
        if (next === 'take over') {
          world.takeOver();
          // Of threads that disagree on a kind, the next worker may show another one.
          before = Object.fromEntries(Object.entries(before).filter(([series]) => !series.startsWith('odd')));
        }
        if (next === 'end') {
          table.close();
          threads = threads.with(thread, started());
        }
      }
      await check();
      for (const { table } of threads) table.close();
      world.fold();
      await check();
      await takeExport();
    }),
    { numRuns: 150 },
  );
});

test('of threads that disagree on a kind, the one that is shown stays when they end; the other one counts as rejected', () => {
  const world = new World();
  const [counter, gauge, histogram] = [world.thread(RULES[0]!), world.thread(RULES[1]!), world.thread(RULES[2]!)];
  const another = world.thread(RULES[0]!);
  counter.meter.metric('odd', 1);
  gauge.meter.metric('odd', 7);
  histogram.meter.metric('odd', 3);
  histogram.meter.metric('odd', 4);
  another.meter.metric('odd', 100);
  const shown = () => {
    const { instruments } = world.collector.collect();
    return [instruments.map(({ definition, series }) => [definition.kind, series.map(({ value }) => value)]), rejectedOf(world)];
  };
  const before = shown();
  expect(before).toEqual([[['counter', [101]]], 3]);
  for (const { table } of [gauge, histogram, another]) table.close();
  world.fold();
  expect(shown()).toEqual(before);
});

function rejectedOf({ collector }: World): number {
  return collector.losses.rejected.kind;
}

test('delta: least and greatest are those of the interval, however many threads have ended and been folded before the export', async () => {
  const recording = fc.record({
    thread: fc.nat(2),
    value: fc.integer({ min: 1, max: 1_000 }),
    next: fc.constantFrom('go on', 'end', 'fold', 'collect', 'export'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(recording, { minLength: 1, maxLength: 40 }), async (recordings) => {
      const world = new World();
      let threads = [world.thread([]), world.thread([]), world.thread([])];
      let interval: number[] = [];
      const takeExport = async () => {
        const { resourceMetrics } = await world.producer.collect();
        const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
        const points = metrics.flatMap(({ dataPoints }) => [...dataPoints] as { value: unknown }[]);
        world.producer.commit();
        const extremes = points.map(({ value }) => [(value as Histogram).min, (value as Histogram).max]);
        if (interval.length > 0) expect(extremes).toEqual([[Math.min(...interval), Math.max(...interval)]]);
        else expect(extremes).toEqual([]);
        interval = [];
      };
      for (const { thread, value, next } of recordings) {
        threads[thread]!.meter.metric('ack_duration_us', value);
        interval.push(value);
        if (next === 'end') {
          threads[thread]!.table.close();
          threads = threads.with(thread, world.thread([]));
        }
        if (next === 'fold') world.fold();
        if (next === 'collect') world.collector.collect();
        if (next === 'export') await takeExport();
      }
      await takeExport();
    }),
    { numRuns: 100 },
  );
});

test('a gauge that is bound and not set has no value, and takes none away from a thread that has set it', () => {
  const world = new World();
  const [first, second] = [world.thread([]), world.thread([])];
  first.meter.metric('position', 12.5);
  const valuesOf = () => world.collector.collect().instruments.flatMap(({ series }) => series.map(({ value }) => value));
  expect(valuesOf()).toEqual([12.5]);
  const gauge = second.meter.bindGauge('position');
  second.meter.bindGauge('never_set');
  expect(valuesOf()).toEqual([12.5]);
  const third = world.thread([]);
  third.meter.bindGauge('position');
  for (const { table } of [first, third]) table.close();
  world.fold();
  expect(valuesOf()).toEqual([12.5]);
  gauge.set(0);
  expect(valuesOf()).toEqual([0]);
});
