/**
 * The memory of each thread that logs into an instance or has done so. A worker is given it at its start, and `health()` counts what is in it.
 */
import { type BlockDescriptor, openBlock } from '../memory/block.ts';
import {
  claimRings,
  closeRings,
  isClosed,
  isDrained,
  type ProducerMemory,
  seriesOf,
  withoutLane,
} from '../memory/producer-memory.ts';
import type { UnusedBlocks } from '../memory/unused-blocks.ts';
import type { Lane } from '../record.ts';
import { pendingIn } from '../ring/account.ts';
import type { DeltaBaseline } from '../series/baseline.ts';
import { closeSeriesTable, isSeriesTableClosed } from '../series/table.ts';

export class ProducerRegistry {
  /** This thread's own memory, and what other threads have announced. */
  readonly all: ProducerMemory[];
  /** Blocks by table id. The worker folds the tables of ended threads into fewer ones. */
  readonly foldedSeries: Record<string, readonly BlockDescriptor[]> = {};
  /** The worker's exports with delta temporality; see series/baseline.ts. */
  exported: DeltaBaseline | undefined;
  readonly #ownId: string;
  readonly #identity: number;
  readonly #unused: UnusedBlocks;
  /** Tables that another instance may read as well: those of the one before this one. */
  readonly #sharedTables: ReadonlySet<string>;
  #hasGivenSeries = false;

  /** `identity`: of the instance; see memory/signals.ts. */
  constructor(identity: number, own: ProducerMemory, adopted: readonly ProducerMemory[], unused: UnusedBlocks) {
    this.#identity = identity;
    this.#ownId = own.id;
    this.#unused = unused;
    this.#sharedTables = new Set(adopted.map(({ id }) => id));
    this.all = [...adopted, own].filter((memory) => claimRings(memory, identity));
  }

  /** Other threads that still write. */
  get openThreads(): readonly ProducerMemory[] {
    return this.all.filter((memory) => memory.id !== this.#ownId && !isClosed(memory));
  }

  /** Memory that holds records, or may still get some. */
  get undrained(): readonly ProducerMemory[] {
    return this.all.filter((memory) => !isDrained(memory));
  }

  /** Audit events wait in a ring. */
  get hasAudit(): boolean {
    return this.all.some(({ audit }) => pendingIn(openBlock(audit.ring).memory) > 0);
  }

  /** Metrics of all present and ended threads, for the instance that replaces this one. The worker's own measurements are left out. */
  get seriesOnly(): readonly ProducerMemory[] {
    this.#hasGivenSeries = true;
    const ended = Object.entries(this.foldedSeries).filter(([, [first]]) => isSeriesTableClosed(openBlock(first).memory));
    return [
      ...this.all.map(({ id, series }) => seriesOf(id, series)),
      ...ended.map(([id, series]) => seriesOf(`${id} of ${this.#ownId}`, series)),
    ];
  }

  /** False if it is known already, for threads announce themselves to the worker too, or if another instance reads it. */
  adopt(memory: ProducerMemory): boolean {
    if (this.all.some(({ id }) => id === memory.id) || !claimRings(memory, this.#identity)) return false;
    this.all.push(memory);
    return true;
  }

  /** A thread's table has grown. This thread's own producers keep their lists themselves. */
  addSeries(producer: string, block: BlockDescriptor): void {
    this.#replace(producer, (memory) =>
      memory.series.some(({ id }) => id === block.id) ? memory : { ...memory, series: [...memory.series, block] },
    );
  }

  /** The worker has drained this lane, and its producer has ended. This thread's own lanes stay: they count records that are logged after a shutdown. */
  finish(producer: string, lane: Lane): void {
    if (producer === this.#ownId) return;
    this.#replace(producer, (memory) => {
      const { ring, dictionary, blackBox } = memory[lane];
      const blocks = [ring, dictionary, blackBox].filter((block) => block !== undefined);
      if (dictionary !== undefined) this.#unused.add(producer, blocks);
      return withoutLane(memory, lane);
    });
  }

  /** A thread has ended. If it was terminated, its rings are still open: they are closed here, because only closed rings are drained and given back. */
  endThread(threadId: number): void {
    this.#unused.endThread(threadId);
    for (const memory of this.all) {
      if (!memory.id.startsWith(`${threadId}-`)) continue;
      closeRings(memory);
      if (memory.series.length > 0) closeSeriesTable(openBlock(memory.series[0]).memory);
    }
  }

  /** `blocks` hold what was in the tables of the producers and folds named in `replaces`. */
  fold(id: string, blocks: readonly BlockDescriptor[], replaces: readonly string[]): void {
    this.foldedSeries[id] = blocks;
    for (const replaced of replaces) {
      const { [replaced]: known = [] } = this.foldedSeries;
      delete this.foldedSeries[replaced];
      this.#giveBackTable(replaced, known);
      this.#replace(replaced, (memory) => {
        this.#giveBackTable(replaced, memory.series);
        return { ...memory, series: [] };
      });
    }
  }

  #giveBackTable(id: string, blocks: readonly BlockDescriptor[]): void {
    if (!this.#hasGivenSeries && !this.#sharedTables.has(id)) this.#unused.free(blocks);
  }

  #replace(producer: string, change: (memory: ProducerMemory) => ProducerMemory): void {
    const index = this.all.findIndex(({ id }) => id === producer);
    if (index >= 0) this.all[index] = change(this.all[index]);
  }
}
