/**
 * The memory of every thread that logs into an instance, and of those that have ended: what a worker is given when it starts, and what `health()` counts.
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
import type { Lane } from '../record.ts';
import type { DeltaBaseline } from '../series/baseline.ts';
import { closeSeriesTable, isSeriesTableClosed } from '../series/table.ts';

export class ProducerRegistry {
  /** This thread's own, and those it was given. */
  readonly all: ProducerMemory[];
  /** Metrics of threads that have ended, folded into fewer tables by the worker: blocks by id. */
  readonly foldedSeries: Record<string, readonly BlockDescriptor[]> = {};
  /** With delta temporality: what the worker has exported; see series/baseline.ts. */
  exported: DeltaBaseline | undefined;
  readonly #ownId: string;
  readonly #identity: number;

  /** `identity`: of the instance; see memory/signals.ts. */
  constructor(identity: number, own: ProducerMemory, adopted: readonly ProducerMemory[]) {
    this.#identity = identity;
    this.#ownId = own.id;
    this.all = [...adopted, own].filter((memory) => claimRings(memory, identity));
  }

  /** Those of other threads that still write. */
  get openThreads(): readonly ProducerMemory[] {
    return this.all.filter((memory) => memory.id !== this.#ownId && !isClosed(memory));
  }

  /** Those that something is left in, or may still come to. */
  get undrained(): readonly ProducerMemory[] {
    return this.all.filter((memory) => !isDrained(memory));
  }

  /** Metrics alone, for the instance that takes this one's place: of all threads that there are and were, and not what the worker measures itself. */
  get seriesOnly(): readonly ProducerMemory[] {
    const ended = Object.entries(this.foldedSeries).filter(([, [first]]) => isSeriesTableClosed(openBlock(first).memory));
    return [
      ...this.all.map(({ id, series }) => seriesOf(id, series)),
      ...ended.map(([id, series]) => seriesOf(`${id} of ${this.#ownId}`, series)),
    ];
  }

  /** False when it is known already: threads announce themselves to the worker as well. Or when it is another instance's. */
  adopt(memory: ProducerMemory): boolean {
    if (this.all.some(({ id }) => id === memory.id) || !claimRings(memory, this.#identity)) return false;
    this.all.push(memory);
    return true;
  }

  /** A thread's table has grown. This thread's own producers see to their lists themselves. */
  addSeries(producer: string, block: BlockDescriptor): void {
    this.#replace(producer, (memory) =>
      memory.series.some(({ id }) => id === block.id) ? memory : { ...memory, series: [...memory.series, block] },
    );
  }

  /** The worker has drained this lane, and nothing more will come. This thread's own goes on counting what is logged after a shutdown. */
  finish(producer: string, lane: Lane): void {
    if (producer !== this.#ownId) this.#replace(producer, (memory) => withoutLane(memory, lane));
  }

  /** A thread was ended from outside: what it has written is still to be drained, and its memory given back after that. */
  endThread(threadId: number): void {
    for (const memory of this.all) {
      if (!memory.id.startsWith(`${threadId}-`)) continue;
      closeRings(memory);
      if (memory.series.length > 0) closeSeriesTable(openBlock(memory.series[0]).memory);
    }
  }

  /** `blocks` hold what the tables of the producers and folds named in `replaces` held. */
  fold(id: string, blocks: readonly BlockDescriptor[], replaces: readonly string[]): void {
    for (const replaced of replaces) {
      delete this.foldedSeries[replaced];
      this.#replace(replaced, (memory) => ({ ...memory, series: [] }));
    }
    this.foldedSeries[id] = blocks;
  }

  #replace(producer: string, change: (memory: ProducerMemory) => ProducerMemory): void {
    const index = this.all.findIndex(({ id }) => id === producer);
    if (index >= 0) this.all[index] = change(this.all[index]);
  }
}
