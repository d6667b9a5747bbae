/**
 * Measurements of ended threads are folded into one table. So a program that starts and ends threads all the time does not use more and more memory.
 *
 * The fold makes a new table in new memory and changes none of the old ones. The keeper of the memory, a thread that outlives the collector's, then replaces
 * the old tables by the new one in a single step. If the collector's thread dies before that step, the old tables are all there; after it, the new one is.
 * Nothing is lost or counted twice either way.
 *
 * Sums stay what they were to the last bit: what does not fit one cell goes into a further series of the same tags, for a reader adds those up exactly.
 *
 * What the collector leaves out stays out: its measurements become counts of rejected ones. So no kind of a metric takes the place of the one that is shown.
 */
import type { SeriesCollector } from './collect.ts';
import { Distribution } from './distribution.ts';
import type { TagPairs } from './instrument.ts';
import { REJECT_REASONS } from './layout.ts';
import { SeriesMerge, type SeriesSum } from './merge.ts';
import type { TableReader } from './reader.ts';
import { type Instrument, SeriesTable } from './table.ts';

const FIRST_BLOCK_BYTES = 64 * 1024;

/**
 * Folds the tables of threads that have ended into one, under a new id. Returns its blocks and the ids of the tables that it replaces, or `undefined` if fewer
 * than two can be folded: a table waits while a block of it is still on its way.
 *
 * @param allocate gives memory for a block, all zeros
 * @param ended ids of closed tables, to which nothing more comes
 */
export function retainEnded(
  collector: SeriesCollector,
  id: string,
  allocate: (bytes: number) => ArrayBufferLike,
  ended: readonly string[] = collector.endedTables,
): { readonly blocks: readonly ArrayBufferLike[]; readonly replaces: readonly string[] } | undefined {
  const complete = ended.filter((each) => collector.table(each)!.isComplete);
  if (complete.length < 2) return undefined;
  // Read by the collector, so that the extremes of its readers' windows are not lost with the tables.
  const replaces = collector.readTables(complete);
  if (replaces.length < 2) return undefined;
  const blocks = fold(
    collector,
    replaces.map((each) => collector.table(each)!),
    allocate,
  );
  for (const each of replaces) collector.removeTable(each);
  for (const block of blocks) collector.addBlock(id, block);
  return { blocks, replaces };
}

/** A table of everything that the collector shows of `ended` tables, as blocks in order; itself closed. */
function fold(
  collector: SeriesCollector,
  ended: readonly TableReader[],
  allocate: (bytes: number) => ArrayBufferLike,
): ArrayBufferLike[] {
  const blocks = [allocate(FIRST_BLOCK_BYTES)];
  const startMillis = Math.min(...ended.map((table) => table.startMillis));
  const table = new SeriesTable(blocks[0]!, { grow: allocate, announce: (block) => blocks.push(block), startMillis });
  const merge = new SeriesMerge({ limit: Number.MAX_SAFE_INTEGER });
  for (const [{ definition }, bySeries] of merge.sum(ended, (instrument) => collector.shows(instrument))) {
    const instrument = table.defineInstrument(definition)!;
    for (const [{ tags }, sum] of bySeries)
      if (definition.kind === 'histogram') restoreHistogram(table, instrument, tags, sum);
      else for (const part of atLeastOne(sum.parts)) table.defineScalar(instrument, tags)!.restore(part, sum.stamp);
  }
  for (const reader of ended) {
    for (const reason of REJECT_REASONS) table.countRejected(reason, reader.rejected(reason));
    table.countRejected('kind', collector.leftOutOf(reader));
    table.countOverflowed(reader.overflowed);
  }
  table.close();
  return blocks;
}

function restoreHistogram(table: SeriesTable, instrument: Instrument, tags: TagPairs, sum: SeriesSum): void {
  const [first = 0, second = 0, ...rest] = sum.parts;
  table.defineHistogram(instrument, tags)!.restore(sum.distribution!, sum.exemplars, [first, second]);
  // One in a very great many has a third part.
  const none = new Distribution(instrument.definition.bounds);
  for (const part of rest) table.defineHistogram(instrument, tags)!.restore(none, [], [part, 0]);
}

/** A sum of zero has no parts, and is a series nevertheless. */
function atLeastOne(parts: readonly number[]): readonly number[] {
  return parts.length === 0 ? [0] : parts;
}
