/**
 * Tables of several threads → one set of instruments and series. The identities of series are kept from one collection to the next; their values are added up
 * anew each time.
 */

import { getOrMake } from '../common/get-or-make.ts';
import { plainJson } from '../common/plain-json.ts';
import { type CollectedInstrument, type Extremes, noExtremes } from './collection.ts';
import { Distribution, inRange } from './distribution.ts';
import type { Exemplar } from './exemplars.ts';
import { type InstrumentDefinition, OVERFLOW_TAGS, type TagPairs } from './instrument.ts';
import { exemplarsIn, type ReadInstrument, type ReadSeries, scalarStamp, scalarValue, type TableReader } from './reader.ts';

/** Series beyond the limit that are remembered, so that each is counted once. */
const MAX_COUNTED_OVERFLOWS = 10_000;

const OVERFLOW_ID = plainJson(OVERFLOW_TAGS);

interface MergedSeries {
  readonly tags: TagPairs;
  readonly id: string;
  readonly extremes: Extremes[];
}

interface MergedInstrument {
  readonly definition: InstrumentDefinition;
  readonly known: Map<string, MergedSeries>;
}

/** Sums under way, by instrument and series. */
export type Sums = Map<MergedInstrument, Map<MergedSeries, Accumulator>>;

export class SeriesMerge {
  /** Windows whose extremes are kept. */
  windows = 0;
  readonly #limit: number;
  readonly #onConflict: ((name: string) => void) | undefined;
  readonly #instruments = new Map<string, MergedInstrument>();
  /** The merged instrument of each table's instrument; `null` for one that is left out. */
  readonly #partOf = new WeakMap<ReadInstrument, MergedInstrument | null>();
  readonly #conflicts = new Set<string>();
  readonly #overflowed = new Set<string>();

  /**
   * @param limit series that an instrument may have over all threads
   * @param onConflict called once for each metric that two threads use as different kinds
   */
  constructor(limit: number, onConflict: ((name: string) => void) | undefined) {
    this.#limit = limit;
    this.#onConflict = onConflict;
  }

  /** Series that went to an overflow series because the threads together exceeded the limit. */
  get overflowedSeries(): number {
    return this.#overflowed.size;
  }

  get conflicts(): number {
    return this.#conflicts.size;
  }

  /** Adds what a table holds since its last snapshot. */
  add(table: TableReader, sums: Sums): void {
    for (const instrument of table.instruments) {
      const merged = getOrMake(this.#partOf, instrument, () => this.#join(instrument.definition));
      if (merged === null) continue;
      const bySeries = getOrMake(sums, merged, () => new Map<MergedSeries, Accumulator>());
      for (const series of instrument.series) {
        if (merged.definition.observed && !isCurrent(series, merged.definition, table)) continue;
        const target = this.#seriesOf(merged, series.tags);
        getOrMake(bySeries, target, () => new Accumulator(merged.definition)).add(series, table.leastStamp);
        this.#foldWindow(target, series, table.current);
      }
    }
  }

  #join(definition: InstrumentDefinition): MergedInstrument | null {
    const { scope, name } = definition;
    const id = plainJson([scope.name, scope.version ?? '', scope.schemaUrl ?? '', name]);
    const known = getOrMake(this.#instruments, id, () => ({ definition, known: new Map<string, MergedSeries>() }));
    const { kind, observed, bounds } = known.definition;
    if (kind === definition.kind && observed === definition.observed && bounds.join() === definition.bounds.join()) return known;
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
      if (this.#overflowed.size < MAX_COUNTED_OVERFLOWS) this.#overflowed.add(`${merged.definition.name} ${id}`);
      return this.#seriesOf(merged, OVERFLOW_ID);
    }
    const series = { tags: JSON.parse(id) as TagPairs, id, extremes: [] };
    merged.known.set(id, series);
    return series;
  }

  #foldWindow(target: MergedSeries, series: ReadSeries, isCurrent: boolean): void {
    if (series.halves === undefined) return;
    for (let window = 0; window < this.windows; window++) {
      target.extremes[window] ??= noExtremes();
      const extremes = target.extremes[window];
      extremes.uncertain ||= !isCurrent;
      for (const half of isCurrent ? series.halves : []) {
        extremes.min = Math.min(extremes.min, half.windowMin);
        extremes.max = Math.max(extremes.max, half.windowMax);
      }
    }
  }
}

/** The finished sums. */
export function collected(sums: Sums): CollectedInstrument[] {
  return [...sums].map(([{ definition }, bySeries]) => ({
    definition,
    series: [...bySeries].map(([{ tags, id, extremes }, { value, stamp, distribution, exemplars }]) => ({
      tags,
      id,
      extremes,
      value,
      stamp,
      distribution,
      exemplars,
    })),
  }));
}

/** Whether a callback still reports this observed series. */
function isCurrent(series: ReadSeries, { kind }: InstrumentDefinition, table: TableReader): boolean {
  const stamp = scalarStamp(series);
  // A callback that reported nothing for a series this time has ended it (OpenTelemetry metrics SDK specification, "Asynchronous instruments").
  if (stamp === 0 || stamp < series.instrument.doubles[series.instrument.roundCell]) return false;
  // When a thread has ended, the gauges that its callbacks observed are no longer true. Counters are: those events have happened.
  return kind !== 'gauge' || !table.closed;
}

/** Adds up the series of several threads that have the same tags. */
class Accumulator {
  value = 0;
  stamp = -1;
  readonly distribution: Distribution | undefined;
  readonly #isGauge: boolean;
  /** The newest of each bucket, by its index; there are gaps. */
  readonly #exemplars: Exemplar[] = [];

  constructor({ kind, bounds }: InstrumentDefinition) {
    this.#isGauge = kind === 'gauge';
    this.distribution = kind === 'histogram' ? new Distribution(bounds.length) : undefined;
  }

  add(series: ReadSeries, leastStamp: number): void {
    if (series.halves !== undefined) {
      for (const half of series.halves) this.distribution!.add(half.distribution);
      for (const exemplar of exemplarsIn(series)) this.#addExemplar(exemplar);
      return;
    }
    const stamp = Math.max(scalarStamp(series), leastStamp);
    if (this.#isGauge && stamp < this.stamp) return;
    this.stamp = stamp;
    this.value = inRange(this.#isGauge ? scalarValue(series) : this.value + scalarValue(series));
  }

  get exemplars(): readonly Exemplar[] {
    return this.#exemplars.filter((exemplar) => exemplar !== undefined);
  }

  #addExemplar(exemplar: Exemplar): void {
    const known = this.#exemplars[exemplar.bucket];
    if (known === undefined || known.timeMillis <= exemplar.timeMillis) this.#exemplars[exemplar.bucket] = exemplar;
  }
}
