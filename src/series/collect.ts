/**
 * The collector: the tables of all threads, read and merged into one set of series. Runs where it may take its time (the worker); no producer waits for it.
 *
 *   new SeriesCollector({ cardinalityLimit?, onConflict? })
 *   collector.addBlock(tableId, block)    every block of every thread's table, the first of which makes the table known
 *   collector.addObservable({ name, kind, unit, description, read })                 gauges and counters of the collector's own thread
 *   collector.tick()                      moves the clock by which the newest of several threads' gauges is told; call it as often as you like
 *   collector.openWindow(): Window        for readers that report least and greatest of an interval
 *   collector.collect(): Collection       counts of everything since the start
 *
 * A table whose thread has ended counts on: what it recorded is part of every later collection. `retain.ts` folds such tables into one.
 */
import { Distribution } from './distribution.ts';
import { getOrMake } from './get-or-make.ts';
import {
  FACADE_SCOPE,
  type InstrumentDefinition,
  type InstrumentKind,
  OVERFLOW_TAGS,
  type TagPairs,
  type TagValue,
} from './instrument.ts';
import { REJECT_REASONS, type RejectReason, WORD_BLOCK_INDEX } from './layout.ts';
import { type ReadInstrument, type ReadSeries, scalarStamp, scalarValue, TableReader } from './reader.ts';

/** One set of tags of one instrument, over all threads. */
export interface CollectedSeries {
  readonly tags: TagPairs;
  /** JSON of the tags: their identity. */
  readonly id: string;
  /** Counters and gauges. */
  readonly value: number;
  /** Gauges: when the value was set, by the collector's clock. Observed instruments: the round. */
  readonly stamp: number;
  /** Histograms. Belongs to the collection; a reader that changes it copies it first. */
  readonly distribution: Distribution | undefined;
  /** Least and greatest since each window's last {@link Window.take}, by window. */
  readonly extremes: Extremes[];
}

export interface CollectedInstrument {
  readonly definition: InstrumentDefinition;
  readonly series: readonly CollectedSeries[];
}

export interface Collection {
  /** Milliseconds since the Unix epoch from which everything counts. */
  readonly startMillis: number;
  readonly timeMillis: number;
  readonly instruments: readonly CollectedInstrument[];
  /** What observables threw. */
  readonly errors: readonly unknown[];
}

export interface Extremes {
  min: number;
  max: number;
  /** A histogram could not be read during the window, so its extremes are not known for sure. */
  uncertain: boolean;
}

/** A reader's window: from its last `take` to the newest collection. */
export interface Window {
  /** The extremes of a series' window; begins the next one. */
  take(series: CollectedSeries): Extremes;
}

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
  /** Series that an instrument may have over all threads. */
  readonly cardinalityLimit?: number;
  /** Called once for each metric that two threads use as different kinds; the kind of the table added first is kept. */
  readonly onConflict?: (name: string) => void;
}

/** Losses that producers counted. */
export interface SeriesLosses {
  readonly rejected: Readonly<Record<RejectReason, number>>;
  /** Measurements that went to an overflow series. */
  readonly overflowed: number;
  /** Series that went to an overflow series because the threads together exceeded the limit. */
  readonly overflowedSeries: number;
  /** Metrics left out because threads use them as different kinds. */
  readonly conflicts: number;
}

/** Series beyond the limit that are told apart for {@link SeriesLosses.overflowedSeries}. */
const MAX_COUNTED_OVERFLOWS = 10_000;

const OVERFLOW_ID = JSON.stringify(OVERFLOW_TAGS);

interface MergedSeries {
  readonly tags: TagPairs;
  readonly id: string;
  readonly extremes: Extremes[];
}

interface MergedInstrument {
  readonly definition: InstrumentDefinition;
  readonly known: Map<string, MergedSeries>;
}

export class SeriesCollector {
  readonly #limit: number;
  readonly #onConflict: ((name: string) => void) | undefined;
  readonly #tables = new Map<string, TableReader>();
  /** Blocks that came before their tables. */
  readonly #early = new Map<string, Map<number, SharedArrayBuffer>>();
  readonly #merged = new Map<string, MergedInstrument>();
  /** What each table's instrument is part of; `null` for one that is left out. */
  readonly #partOf = new WeakMap<ReadInstrument, MergedInstrument | null>();
  readonly #observables: { readonly definition: InstrumentDefinition; readonly read: () => Iterable<Observation> }[] = [];
  readonly #derived: ((collection: Collection) => readonly CollectedInstrument[])[] = [];
  readonly #conflicts = new Set<string>();
  readonly #overflowedSeries = new Set<string>();
  readonly #startMillis = Date.now();
  #windows = 0;
  #tick = 0;

  constructor(options: CollectorOptions = {}) {
    this.#limit = Math.max(1, options.cardinalityLimit ?? 2000);
    this.#onConflict = options.onConflict;
  }

  /**
   * Takes a block of a thread's table. Blocks may come in any order, the first even before its thread has laid it out; one that is known is ignored.
   *
   * @param id of the table, the same for all its blocks
   */
  addBlock(id: string, block: SharedArrayBuffer): void {
    const index = new Int32Array(block)[WORD_BLOCK_INDEX];
    const known = this.#tables.get(id);
    if (known !== undefined) {
      known.addBlock(block, index);
      return;
    }
    const early = getOrMake(this.#early, id, () => new Map<number, SharedArrayBuffer>());
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
    // What a thread stamped before its table came here counts as set now; a collector that takes over from another goes on from its clock.
    if (table.lastTick === 0 && !table.closed) table.leastStamp = this.#tick;
    this.#tick = Math.max(this.#tick, table.lastTick);
    table.tick(this.#tick);
    this.#tables.set(id, table);
  }

  /** Forgets a table. What it recorded is no longer counted, so only after something else counts it (see `retain.ts`). */
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

  /** Adds instruments that are computed from the others, in each collection. */
  addDerived(derive: (collection: Collection) => readonly CollectedInstrument[]): void {
    this.#derived.push(derive);
  }

  openWindow(): Window {
    const window = this.#windows++;
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

  get losses(): SeriesLosses {
    const tables = [...this.#tables.values()];
    const rejected = Object.fromEntries(
      REJECT_REASONS.map((reason) => [reason, tables.reduce((sum, table) => sum + table.rejected(reason), 0)]),
    );
    return {
      rejected: rejected as Record<RejectReason, number>,
      overflowed: tables.reduce((sum, table) => sum + table.overflowed, 0),
      overflowedSeries: this.#overflowedSeries.size,
      conflicts: this.#conflicts.size,
    };
  }

  /** Reads all tables and observables. */
  collect(): Collection {
    this.tick();
    const accumulated = new Map<MergedInstrument, Map<MergedSeries, Accumulator>>();
    for (const table of this.#tables.values()) {
      table.snapshot();
      for (const instrument of table.instruments) {
        const merged = this.#mergedOf(instrument);
        if (merged === null) continue;
        const bySeries = getOrMake(accumulated, merged, () => new Map<MergedSeries, Accumulator>());
        const round = instrument.doubles[instrument.roundCell];
        for (const series of instrument.series) {
          // A callback that reported nothing for a series this time has ended it (OpenTelemetry metrics SDK specification, "Asynchronous instruments").
          if (merged.definition.observed && (scalarStamp(series) < round || scalarStamp(series) === 0)) continue;
          // What a thread's callbacks saw last is no longer so when the thread is gone; what they counted has still happened.
          if (merged.definition.observed && merged.definition.kind === 'gauge' && table.closed) continue;
          const target = this.#seriesOf(merged, series.tags);
          getOrMake(bySeries, target, () => new Accumulator(merged.definition)).add(series, table.leastStamp);
          this.#foldWindow(target, series, table.current);
        }
      }
    }
    const instruments: CollectedInstrument[] = [];
    for (const [{ definition }, bySeries] of accumulated) {
      const series = [...bySeries].map(([{ tags, id, extremes }, sum]) => ({
        tags,
        id,
        extremes,
        value: sum.value,
        stamp: sum.stamp,
        distribution: sum.distribution,
      }));
      instruments.push({ definition, series });
    }
    const errors: unknown[] = [];
    for (const observable of this.#observables) {
      try {
        instruments.push({ definition: observable.definition, series: observedSeries(observable.read()) });
      } catch (error) {
        errors.push(error);
      }
    }
    const starts = [...this.#tables.values()].map((table) => table.startMillis).filter((millis) => millis > 0);
    const startMillis = Math.min(this.#startMillis, ...starts);
    const recorded = { startMillis, timeMillis: Math.max(Date.now(), startMillis), instruments, errors };
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

  #mergedOf(instrument: ReadInstrument): MergedInstrument | null {
    return getOrMake(this.#partOf, instrument, () => this.#join(instrument.definition));
  }

  #join(definition: InstrumentDefinition): MergedInstrument | null {
    const { scope, name } = definition;
    const id = JSON.stringify([scope.name, scope.version ?? '', scope.schemaUrl ?? '', name]);
    const known = this.#merged.get(id);
    if (known === undefined) {
      const merged = { definition, known: new Map<string, MergedSeries>() };
      this.#merged.set(id, merged);
      return merged;
    }
    const { kind, observed, bounds } = known.definition;
    const same = kind === definition.kind && observed === definition.observed && bounds.join() === definition.bounds.join();
    if (same) return known;
    if (!this.#conflicts.has(name)) {
      this.#conflicts.add(name);
      this.#onConflict?.(name);
    }
    return null;
  }

  #seriesOf(merged: MergedInstrument, id: string): MergedSeries {
    const known = merged.known.get(id);
    if (known !== undefined) return known;
    if (merged.known.size >= this.#limit - 1 && id !== OVERFLOW_ID) {
      if (this.#overflowedSeries.size < MAX_COUNTED_OVERFLOWS) this.#overflowedSeries.add(`${merged.definition.name} ${id}`);
      return this.#seriesOf(merged, OVERFLOW_ID);
    }
    const series = { tags: JSON.parse(id) as TagPairs, id, extremes: [] };
    merged.known.set(id, series);
    return series;
  }

  #foldWindow(target: MergedSeries, series: ReadSeries, current: boolean): void {
    if (series.halves === undefined) return;
    for (let window = 0; window < this.#windows; window++) {
      target.extremes[window] ??= noExtremes();
      const extremes = target.extremes[window];
      if (!current) extremes.uncertain = true;
      else
        for (const half of series.halves) {
          extremes.min = Math.min(extremes.min, half.windowMin);
          extremes.max = Math.max(extremes.max, half.windowMax);
        }
    }
  }
}

/** Adds up the series of several threads that have the same tags. */
class Accumulator {
  value = 0;
  distribution: Distribution | undefined;
  readonly #newest: boolean;
  stamp = -1;

  constructor(definition: InstrumentDefinition) {
    this.#newest = definition.kind === 'gauge';
    if (definition.kind === 'histogram') this.distribution = new Distribution(definition.bounds.length);
  }

  add(series: ReadSeries, leastStamp: number): void {
    const stamp = Math.max(scalarStamp(series), leastStamp);
    if (series.halves !== undefined) {
      for (const half of series.halves) this.distribution!.add(half.distribution);
    } else if (!this.#newest) {
      this.stamp = stamp;
      // Sums that have left the range of a double stay at its end: an infinity would be one that nobody recorded.
      this.value = Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, this.value + scalarValue(series)));
    } else if (stamp >= this.stamp) {
      this.stamp = stamp;
      this.value = scalarValue(series);
    }
  }
}

function noExtremes(): Extremes {
  return { min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY, uncertain: false };
}

function observedSeries(observations: Iterable<Observation>): CollectedSeries[] {
  return Array.from(observations, ({ value, tags }) => {
    const pairs = Object.entries(tags ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)) as [string, TagValue][];
    return { tags: pairs, id: JSON.stringify(pairs), value, stamp: 0, distribution: undefined, extremes: [] };
  });
}
