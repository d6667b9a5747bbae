/**
 * Measurements of ended threads are folded into one table. So a program that starts and ends threads all the time does not use more and more memory.
 *
 * The fold makes a new table in new memory and changes none of the old ones. The keeper of the memory, a thread that outlives the collector's, then replaces
 * the old tables by the new one in a single step. If the collector's thread dies before that step, the old tables are all there; after it, the new one is.
 * Nothing is lost or counted twice either way.
 */
import { SeriesCollector } from './collect.ts';
import { REJECT_REASONS } from './layout.ts';
import type { TableReader } from './reader.ts';
import { SeriesTable } from './table.ts';

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
  const replaces = ended.filter((each) => collector.table(each)!.isComplete);
  if (replaces.length < 2) return undefined;
  const blocks = fold(
    replaces.map((each) => collector.table(each)!),
    allocate,
  );
  for (const each of replaces) collector.removeTable(each);
  for (const block of blocks) collector.addBlock(id, block);
  return { blocks, replaces };
}

/** A table of everything that `ended` tables hold, as blocks in order; itself closed. */
function fold(ended: readonly TableReader[], allocate: (bytes: number) => ArrayBufferLike): ArrayBufferLike[] {
  const blocks = [allocate(FIRST_BLOCK_BYTES)];
  const startMillis = Math.min(...ended.map((table) => table.startMillis));
  const table = new SeriesTable(blocks[0]!, { grow: allocate, announce: (block) => blocks.push(block), startMillis });
  const merged = new SeriesCollector({ cardinalityLimit: Number.MAX_SAFE_INTEGER });
  ended.forEach((reader, id) => {
    merged.adoptTable(`${id}`, reader);
  });
  for (const { definition, series } of merged.collect().instruments) {
    const instrument = table.defineInstrument(definition)!;
    for (const { tags, value, stamp, distribution, exemplars } of series) {
      if (distribution !== undefined) table.defineHistogram(instrument, tags)!.restore(distribution, exemplars);
      else table.defineScalar(instrument, tags)!.restore(value, stamp);
    }
  }
  for (const reason of REJECT_REASONS) table.countRejected(reason, merged.losses.rejected[reason]);
  table.countOverflowed(merged.losses.overflowed);
  table.close();
  return blocks;
}
