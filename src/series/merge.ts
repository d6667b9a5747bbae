/**
 * Tables of several threads → one set of instruments and series. The identities of series are kept from one collection to the next; their values are added up
 * anew each time.
 */

import { ExactSum } from '../common/exact-sum.ts';
import { getOrMake } from '../common/get-or-make.ts';
import { plainJson } from '../common/plain-json.ts';
import { unionOfBounds } from './bounds.ts';
import { type CollectedInstrument, type Extremes, noExtremes } from './collection.ts';
import { Distribution, inRange } from './distribution.ts';
import { bucketOf, type Exemplar } from './exemplars.ts';
import { type InstrumentDefinition, type InstrumentKind, OVERFLOW_TAGS, type TagPairs } from './instrument.ts';
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
  /** Bounds are those of the rule, or of all tables so far. */
  definition: InstrumentDefinition;
  readonly rule: SeriesRule | undefined;
  readonly known: Map<string, MergedSeries>;
}

/** What the configuration says about a metric. */
export interface SeriesRule {
  /** Not for observed instruments, unless it is `drop`. */
  readonly aggregation?: InstrumentKind | 'drop' | undefined;
  /** Explicit bounds of its histograms. */
  readonly bounds?: readonly number[] | undefined;
  /** Whether a tag is kept. Absent: all are. */
  readonly keeps?: ((key: string) => boolean) | undefined;
}

export type SeriesRules = (definition: InstrumentDefinition) => SeriesRule | undefined;

/**
 * Why measurements of a metric are left out. `threads`: two threads use it as different kinds, and the kind of the table added first is kept. `rule`: they are
 * of another kind than the configuration's rule says, because they were recorded before it was known, or under another configuration.
 */
export type ConflictReason = 'threads' | 'rule';
export type OnConflict = (name: string, reason: ConflictReason) => void;

export interface MergeOptions {
  /** Series that an instrument may have over all threads. */
  readonly limit: number;
  readonly rules?: SeriesRules;
  /** Called once for each metric of which something is left out. */
  readonly onConflict?: OnConflict;
}

/** Sums under way, by instrument and series. */
type GrowingSums = Map<MergedInstrument, Map<MergedSeries, SeriesSum>>;

export class SeriesMerge {
  /** Windows whose extremes are kept. */
  windows = 0;
  readonly #options: MergeOptions;
  readonly #instruments = new Map<string, MergedInstrument>();
  /** The merged instrument of each table's instrument, or why there is none. */
  readonly #partOf = new WeakMap<ReadInstrument, MergedInstrument | 'left out' | 'dropped'>();
  readonly #targets = new WeakMap<ReadSeries, MergedSeries>();
  readonly #conflicts = new Set<string>();
  readonly #overflowed = new Set<string>();

  constructor(options: MergeOptions) {
    this.#options = options;
  }

  /** Series that went to an overflow series because the threads together exceeded the limit. */
  get overflowedSeries(): number {
    return this.#overflowed.size;
  }

  /** Adds up what tables hold as of their last snapshots. */
  sum(tables: readonly TableReader[], isWanted: (instrument: ReadInstrument) => boolean = () => true): GrowingSums {
    const sums: GrowingSums = new Map();
    const wanted = tables.map((table) => ({ table, instruments: table.instruments.filter(isWanted) }));
    // All first: what an instrument's bounds are is known only then.
    for (const { instruments } of wanted) for (const instrument of instruments) this.partOf(instrument);
    for (const { table, instruments } of wanted) this.#add(table, instruments, sums);
    return sums;
  }

  #add(table: TableReader, instruments: readonly ReadInstrument[], sums: GrowingSums): void {
    for (const instrument of instruments) {
      const merged = this.partOf(instrument);
      if (typeof merged === 'string') continue;
      const bySeries = getOrMake(sums, merged, () => new Map<MergedSeries, SeriesSum>());
      for (const series of instrument.series) {
        if (!isPresent(series, merged.definition, table)) continue;
        const target = getOrMake(this.#targets, series, () => this.#targetOf(merged, series.tags));
        getOrMake(bySeries, target, () => new SeriesSum(merged.definition)).add(series, table.leastStamp);
        this.#foldWindow(target, series, table.current);
      }
    }
  }

  /** What becomes of an instrument of a table. `left out`: its measurements are counted as rejected. `dropped`: a rule does not want them. */
  partOf(instrument: ReadInstrument): MergedInstrument | 'left out' | 'dropped' {
    return getOrMake(this.#partOf, instrument, () => this.#join(instrument.definition));
  }

  /** Measurements of a table that are left out. */
  leftOutOf({ instruments }: TableReader): number {
    return instruments.reduce(
      (sum, instrument) => (this.#partOf.get(instrument) === 'left out' ? sum + measurementsIn(instrument) : sum),
      0,
    );
  }

  #join(definition: InstrumentDefinition): MergedInstrument | 'left out' | 'dropped' {
    const { scope, name, kind, observed } = definition;
    const id = plainJson([scope.name, scope.version ?? '', scope.schemaUrl ?? '', name]);
    const present = this.#instruments.get(id);
    const rule = present === undefined ? this.#options.rules?.(definition) : present.rule;
    if (rule?.aggregation === 'drop') return 'dropped';
    if (rule?.aggregation !== undefined && rule.aggregation !== kind && !observed) return this.#leaveOut(name, 'rule');
    const known = present ?? { definition, rule, known: new Map<string, MergedSeries>() };
    if (kind !== known.definition.kind || observed !== known.definition.observed) return this.#leaveOut(name, 'threads');
    this.#instruments.set(id, known);
    const bounds = (kind === 'histogram' && rule?.bounds) || unionOfBounds(known.definition.bounds, definition.bounds);
    if (bounds !== known.definition.bounds) known.definition = { ...known.definition, bounds };
    return known;
  }

  #leaveOut(name: string, reason: ConflictReason): 'left out' {
    if (!this.#conflicts.has(name)) {
      this.#conflicts.add(name);
      this.#options.onConflict?.(name, reason);
    }
    return 'left out';
  }

  #targetOf(merged: MergedInstrument, id: string): MergedSeries {
    const keeps = merged.rule?.keeps;
    if (keeps === undefined || id === OVERFLOW_ID) return this.#seriesOf(merged, id);
    return this.#seriesOf(merged, plainJson((JSON.parse(id) as TagPairs).filter(([key]) => keeps(key))));
  }

  #seriesOf(merged: MergedInstrument, id: string): MergedSeries {
    const known = merged.known.get(id);
    if (known !== undefined) return known;
    if (merged.known.size >= this.#options.limit - 1 && id !== OVERFLOW_ID) {
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
export function collected(sums: GrowingSums): CollectedInstrument[] {
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

/** Whether there is a value of this series. */
function isPresent(series: ReadSeries, { kind, observed }: InstrumentDefinition, table: TableReader): boolean {
  // A gauge that is bound and not set yet has no value; a counter has counted nothing.
  if (!observed) return kind !== 'gauge' || scalarStamp(series) > 0;
  const stamp = scalarStamp(series);
  // A callback that reported nothing for a series this time has ended it (OpenTelemetry metrics SDK specification, "Asynchronous instruments").
  if (stamp === 0 || stamp < series.instrument.doubles[series.instrument.roundCell]) return false;
  // When a thread has ended, the gauges that its callbacks observed are no longer true. Counters are: those events have happened.
  return kind !== 'gauge' || !table.closed;
}

/** Measurements of an instrument, as far as they are counted: a series of a counter or gauge is one. */
function measurementsIn({ definition: { kind }, series }: ReadInstrument): number {
  const isUsed = (one: ReadSeries) => (kind === 'gauge' ? scalarStamp(one) > 0 : scalarValue(one) !== 0);
  return series.reduce(
    (sum, one) =>
      one.halves === undefined
        ? sum + (isUsed(one) ? 1 : 0)
        : sum + one.halves.reduce((count, { distribution }) => count + distribution.count, 0),
    0,
  );
}

/**
 * Adds up the series of several threads that have the same tags. Sums are exact, and the same whatever the order of the threads: when the tables of threads that
 * have ended are folded, no total falls.
 */
export class SeriesSum {
  stamp = -1;
  readonly #kind: InstrumentKind;
  readonly #sum = new ExactSum();
  #gauge = 0;
  readonly #distribution: Distribution | undefined;
  /** The newest of each bucket, by its index; there are gaps. */
  readonly #exemplars: Exemplar[] = [];

  constructor({ kind, bounds }: InstrumentDefinition) {
    this.#kind = kind;
    this.#distribution = kind === 'histogram' ? new Distribution(bounds) : undefined;
  }

  add(series: ReadSeries, leastStamp: number): void {
    if (series.halves !== undefined) {
      for (const { distribution } of series.halves) {
        this.#distribution!.add(distribution);
        this.#sum.add(distribution.sum);
      }
      for (const exemplar of exemplarsIn(series)) this.#addExemplar(exemplar);
      return;
    }
    const stamp = Math.max(scalarStamp(series), leastStamp);
    const isNewest = stamp >= this.stamp;
    if (isNewest) this.stamp = stamp;
    if (this.#kind !== 'gauge') this.#sum.add(inRange(scalarValue(series)));
    else if (isNewest) this.#gauge = scalarValue(series);
  }

  /** Of counters and gauges. */
  get value(): number {
    return this.#kind === 'gauge' ? this.#gauge : this.#sum.value;
  }

  /** The value of a counter, or the sum of a histogram, without a rounding error: the sum of these, the greatest first. */
  get parts(): readonly number[] {
    return this.#kind === 'gauge' ? [this.#gauge] : this.#sum.parts;
  }

  get distribution(): Distribution | undefined {
    if (this.#distribution !== undefined) this.#distribution.sum = this.#sum.value;
    return this.#distribution;
  }

  get exemplars(): readonly Exemplar[] {
    return this.#exemplars.filter((exemplar) => exemplar !== undefined);
  }

  #addExemplar(exemplar: Exemplar): void {
    // The table that it is from may have other bounds.
    const bucket = bucketOf(this.#distribution!.bounds, exemplar.value);
    const known = this.#exemplars[bucket];
    if (known === undefined || known.timeMillis <= exemplar.timeMillis) this.#exemplars[bucket] = { ...exemplar, bucket };
  }
}
