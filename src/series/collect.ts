/**
 * The collector: the tables of all threads, read and merged into one set of series. Runs where it may take its time (the worker); no producer waits for it.
 *
 *   new SeriesCollector({ cardinalityLimit?, rules?, onConflict? })
 *   collector.addBlock(tableId, block)    every block of every thread's table, the first of which makes the table known
 *   collector.addObservable({ name, kind, unit, description, read })                 gauges and counters of the collector's own thread
 *   collector.tick()                      moves the clock by which the newest of several threads' gauges is found; call it as often as you like
 *   collector.openWindow(): Window        for readers that report least and greatest of an interval
 *   collector.collect(): Collection       counts of everything since the start
 *
 * A table whose thread has ended counts on: what it recorded is part of every later collection. `retain.ts` folds such tables into one.
 */

import { getOrMake } from '../common/get-or-make.ts';
import { plainJson } from '../common/plain-json.ts';
import { unixMillis } from '../time/clock.ts';
import { type CollectedInstrument, type CollectedSeries, type Collection, noExtremes, type Window } from './collection.ts';
import {
  DEFAULT_CARDINALITY_LIMIT,
  FACADE_SCOPE,
  type InstrumentDefinition,
  type InstrumentKind,
  type TagValue,
} from './instrument.ts';
import { REJECT_REASONS, type RejectReason, WORD_BLOCK_INDEX } from './layout.ts';
import { collected, type OnConflict, SeriesMerge, type SeriesRules } from './merge.ts';
import { type ReadInstrument, TableReader } from './reader.ts';

/** A reading of something in the collector's own thread. */
export interface Observation {
  readonly value: number;
  readonly tags?: Readonly<Record<string, string | number | boolean>>;
}

export interface ObservableDefinition {
  readonly name: string;
  /** Counters give their total since the start. */
  readonly kind: Exclude<InstrumentKind, 'histogram'>;
  readonly unit: string;
  readonly description: string;
  /** Called during each collection. */
  readonly read: () => Iterable<Observation>;
}

export interface CollectorOptions {
  /** Series that an instrument may have over all threads. Default {@link DEFAULT_CARDINALITY_LIMIT}. */
  readonly cardinalityLimit?: number;
  /** The configuration's rules. They hold for tables too whose threads did not know them. Default: none. */
  readonly rules?: SeriesRules;
  /** Called once for each metric of which something is left out. */
  readonly onConflict?: OnConflict;
}

/** Losses that producers counted. */
export interface SeriesLosses {
  readonly rejected: Readonly<Record<RejectReason, number>>;
  /** Measurements that went to an overflow series. */
  readonly overflowed: number;
  /** Series that went to an overflow series because the threads together exceeded the limit. */
  readonly overflowedSeries: number;
}

export class SeriesCollector {
  readonly #merge: SeriesMerge;
  readonly #tables = new Map<string, TableReader>();
  /** Blocks that came before their tables. */
  readonly #early = new Map<string, Map<number, ArrayBufferLike>>();
  readonly #observables: { readonly definition: InstrumentDefinition; readonly read: () => Iterable<Observation> }[] = [];
  readonly #derived: ((collection: Collection) => readonly CollectedInstrument[])[] = [];
  readonly #startMillis = unixMillis();
  #collections = 0;
  #tick = 0;

  constructor(options: CollectorOptions = {}) {
    this.#merge = new SeriesMerge({ ...options, limit: Math.max(1, options.cardinalityLimit ?? DEFAULT_CARDINALITY_LIMIT) });
  }

  /**
   * Takes a block of a thread's table. Blocks may come in any order, the first even before its thread has laid it out; one that is known is ignored.
   *
   * @param id of the table, the same for all its blocks
   */
  addBlock(id: string, block: ArrayBufferLike): void {
    const index = new Int32Array(block)[WORD_BLOCK_INDEX];
    const known = this.#tables.get(id);
    if (known !== undefined) {
      known.addBlock(block, index);
      return;
    }
    const early = getOrMake(this.#early, id, () => new Map<number, ArrayBufferLike>());
    early.set(index, block);
    const first = early.get(0);
    if (first === undefined) return;
    this.#early.delete(id);
    const table = new TableReader(first);
    for (const [further, memory] of early) table.addBlock(memory, further);
    this.adoptTable(id, table);
  }

  /** Takes a table that is being read already. */
  adoptTable(id: string, table: TableReader): void {
    // Values that a thread stamped before its table came here count as set now. A collector that takes over from another goes on from its clock.
    if (table.lastTick === 0 && !table.closed) table.leastStamp = this.#tick;
    this.#tick = Math.max(this.#tick, table.lastTick);
    table.tick(this.#tick);
    this.#tables.set(id, table);
  }

  /** Removes a table, and its measurements with it: call it only when another table has them (see `retain.ts`). */
  removeTable(id: string): void {
    this.#tables.delete(id);
  }

  /** Ids of tables whose threads have ended. */
  get endedTables(): string[] {
    return [...this.#tables].filter(([, table]) => table.closed).map(([id]) => id);
  }

  table(id: string): TableReader | undefined {
    return this.#tables.get(id);
  }

  addObservable(observable: ObservableDefinition): void {
    const { name, kind, unit, description, read } = observable;
    this.#observables.push({
      definition: { scope: FACADE_SCOPE, name, kind, unit, description, integer: false, observed: true, bounds: [] },
      read,
    });
  }

  /** Adds instruments that are computed from the others at each collection. */
  addDerived(derive: (collection: Collection) => readonly CollectedInstrument[]): void {
    this.#derived.push(derive);
  }

  openWindow(): Window {
    const window = this.#merge.windows++;
    return {
      take: (series) => {
        const taken = series.extremes[window] ?? noExtremes();
        series.extremes[window] = noExtremes();
        return taken;
      },
    };
  }

  tick(): void {
    this.#tick++;
    for (const table of this.#tables.values()) table.tick(this.#tick);
  }

  /** Collections so far, with the one under way: what observables read may be kept while this stays. */
  get collections(): number {
    return this.#collections;
  }

  get losses(): SeriesLosses {
    const tables = [...this.#tables.values()];
    const rejected = Object.fromEntries(
      REJECT_REASONS.map((reason) => [reason, tables.reduce((sum, table) => sum + table.rejected(reason), 0)]),
    ) as Record<RejectReason, number>;
    const { leftOut } = this;
    return {
      rejected: { ...rejected, kind: rejected.kind + leftOut },
      overflowed: tables.reduce((sum, table) => sum + table.overflowed, 0),
      overflowedSeries: this.#merge.overflowedSeries,
    };
  }

  /**
   * Measurements that are in no collection because their metric is of another kind: part of `losses.rejected.kind`. Of a histogram all of them; a series of a
   * counter or gauge counts as one, because its measurements are not counted anywhere. As of the last collection.
   */
  get leftOut(): number {
    return [...this.#tables.values()].reduce((sum, table) => sum + this.leftOutOf(table), 0);
  }

  /** The same of one table. */
  leftOutOf(table: TableReader): number {
    return this.#merge.leftOutOf(table);
  }

  /** Whether an instrument of a table is part of collections. */
  shows(instrument: ReadInstrument): boolean {
    return typeof this.#merge.partOf(instrument) !== 'string';
  }

  /** Reads tables without a collection: readers' windows have the extremes of what they hold. Returns the ids of those that could be read whole. */
  readTables(ids: readonly string[]): string[] {
    const read = ids.filter((id) => {
      this.#tables.get(id)!.snapshot();
      return this.#tables.get(id)!.current;
    });
    this.#merge.sum(read.map((id) => this.#tables.get(id)!));
    return read;
  }

  /** Reads all tables and observables. */
  collect(): Collection {
    this.#collections++;
    this.tick();
    const errors: unknown[] = [];
    const tables: TableReader[] = [];
    for (const table of this.#tables.values()) {
      try {
        table.snapshot();
        tables.push(table);
      } catch (error) {
        errors.push(error);
      }
    }
    const instruments = collected(this.#merge.sum(tables));
    for (const observable of this.#observables) {
      try {
        instruments.push({ definition: observable.definition, series: observedSeries(observable.read()) });
      } catch (error) {
        errors.push(error);
      }
    }
    const starts = [...this.#tables.values()].map((table) => table.startMillis).filter((millis) => millis > 0);
    const startMillis = Math.min(this.#startMillis, ...starts);
    const recorded = { startMillis, timeMillis: Math.max(unixMillis(), startMillis), instruments, errors };
    const derived = this.#derived.flatMap((derive) => {
      try {
        return derive(recorded);
      } catch (error) {
        errors.push(error);
        return [];
      }
    });
    return derived.length === 0 ? recorded : { ...recorded, instruments: [...instruments, ...derived] };
  }
}

function observedSeries(observations: Iterable<Observation>): CollectedSeries[] {
  return Array.from(observations, ({ value, tags }) => {
    const pairs = Object.entries(tags ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)) as [string, TagValue][];
    return { tags: pairs, id: plainJson(pairs), value, stamp: 0, distribution: undefined, exemplars: [], extremes: [] };
  });
}
