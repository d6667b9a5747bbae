/** A table, its meter and a collector of it, wired as the library wires them, in one thread. */

import { SeriesMeter } from '../../../src/meter/meter.ts';
import type { MetricProblem, RegistryOptions } from '../../../src/meter/registry.ts';
import { SeriesCollector } from '../../../src/series/collect.ts';
import type { CollectedInstrument, CollectedSeries } from '../../../src/series/collection.ts';
import { SeriesTable } from '../../../src/series/table.ts';

export interface Rig {
  readonly table: SeriesTable;
  readonly meter: SeriesMeter;
  readonly collector: SeriesCollector;
  readonly problems: MetricProblem[];
}

let nextId = 1;

export function rig(
  options: Omit<RegistryOptions, 'table' | 'onProblem'> & { bytes?: number; maxBytes?: number; collector?: SeriesCollector } = {},
): Rig {
  const limit = options.cardinalityLimit;
  const collector = options.collector ?? new SeriesCollector(limit === undefined ? {} : { cardinalityLimit: limit });
  const id = `table-${nextId++}`;
  const memory = new SharedArrayBuffer(options.bytes ?? 4096);
  let total = memory.byteLength;
  const table = new SeriesTable(memory, {
    grow: (bytes) => {
      if (total + bytes > (options.maxBytes ?? Number.POSITIVE_INFINITY)) return undefined;
      total += bytes;
      return new SharedArrayBuffer(bytes);
    },
    announce: (block) => collector.addBlock(id, block),
  });
  collector.addBlock(id, memory);
  const problems: MetricProblem[] = [];
  return {
    table,
    meter: new SeriesMeter({ ...options, table, onProblem: (problem) => problems.push(problem) }),
    collector,
    problems,
  };
}

export function instrument(collector: SeriesCollector, name: string): CollectedInstrument | undefined {
  return collector.collect().instruments.find((found) => found.definition.name === name);
}

/** The collected series of a metric by its tags as `key=value,…`. */
export function seriesOf(collector: SeriesCollector, name: string): Record<string, CollectedSeries> {
  return Object.fromEntries(
    (instrument(collector, name)?.series ?? []).map((series) => [
      series.tags.map(([key, value]) => `${key}=${value}`).join(),
      series,
    ]),
  );
}

/** The values of a counter or gauge by its tags. */
export function valuesOf(collector: SeriesCollector, name: string): Record<string, number> {
  return Object.fromEntries(Object.entries(seriesOf(collector, name)).map(([tags, series]) => [tags, series.value]));
}
