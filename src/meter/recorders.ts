/**
 * The path of a measurement on the caller's thread: a check of the value, the series of its tags, a number in shared memory. One class for each kind of
 * instrument; none of their methods throws for a value, and only getters of the tags can throw at all.
 */
import type { ExemplarContext } from '../series/exemplars.ts';
import type { TagPairs } from '../series/instrument.ts';
import type { RejectReason } from '../series/layout.ts';
import { type Instrument, ScalarSeries, type SeriesTable } from '../series/table.ts';
import { SeriesIndex, type SeriesIndexOptions } from './series.ts';

/** Takes the measurements of one instrument. */
export interface Recorder {
  record(value: number, tags?: object | null): void;
  /** A recorder of one tag set, a few nanoseconds a call. */
  bind(tags?: object | null): BoundRecorder;
}

/** Takes the measurements of one series. */
export interface BoundRecorder {
  record(value: number): void;
}

/** Counts a measurement that was not recorded, and reports the first one of its kind. */
export type Reject = (reason: RejectReason) => void;

export type IndexSettings = Omit<SeriesIndexOptions<unknown>, 'create' | 'refused'>;

const MAX = Number.MAX_VALUE;

/** Why a counter did not take a value. */
function reasonAgainst(value: unknown): RejectReason {
  if (typeof value === 'bigint') return value < 0n ? 'negative' : 'not_finite';
  return typeof value === 'number' && value < 0 && value >= -MAX ? 'negative' : 'not_finite';
}

/** A bigint as a number, if a double holds it exactly. Undefined: this is not a measurement. */
function exactNumber(value: unknown): number | undefined {
  if (typeof value !== 'bigint') return undefined;
  const number = Number(value);
  return Number.isFinite(number) && BigInt(number) === value ? number : undefined;
}

/** The least value that an instrument takes. */
function leastOf({ definition: { kind } }: Instrument): number {
  return kind === 'counter' ? 0 : -MAX;
}

/** Stand in for series whose memory was refused. */
const REFUSED_SCALAR = new ScalarSeries(new Float64Array(2), 0, new Int32Array(64));
const REFUSED_HISTOGRAM: HistogramSink = { record: () => false, exemplify: () => {} };

/** A histogram series: `record` answers `false` when there was no memory for the value's bucket. */
interface HistogramSink {
  record(value: number): boolean;
  exemplify(value: number, context: ExemplarContext): void;
}

/** Context of a measurement that is made now; undefined when it is to be no exemplar. */
export type ReadExemplarContext = () => ExemplarContext | undefined;

/** What the recorders of an instrument share: its series, and the function that counts a measurement that was not recorded. */
abstract class SeriesRecorder<S> {
  protected readonly index: SeriesIndex<S>;
  protected readonly table: SeriesTable;
  protected readonly reject: Reject;
  protected readonly refused: S;

  constructor(
    table: SeriesTable,
    settings: IndexSettings,
    reject: Reject,
    create: (tags: TagPairs) => S | undefined,
    refused: S,
  ) {
    this.table = table;
    this.reject = reject;
    this.refused = refused;
    this.index = new SeriesIndex({ ...settings, create, refused });
  }

  abstract record(value: number, tags?: object | null): void;

  bind(tags?: object | null): BoundRecorder {
    const series = this.index.select(tags);
    if (series === this.refused || series === this.index.overflow) return { record: (value) => this.record(value, tags) };
    return this.boundTo(series);
  }

  protected abstract boundTo(series: S): BoundRecorder;
}

/** For instruments whose series are one number. */
abstract class ScalarRecorder extends SeriesRecorder<ScalarSeries> {
  constructor(table: SeriesTable, instrument: Instrument, settings: IndexSettings, reject: Reject) {
    super(table, settings, reject, (tags) => table.defineScalar(instrument, tags), REFUSED_SCALAR);
  }
}

/** Counters and up-down counters. */
export class SumRecorder extends ScalarRecorder {
  readonly #least: number;

  constructor(table: SeriesTable, instrument: Instrument, settings: IndexSettings, reject: Reject) {
    super(table, instrument, settings, reject);
    this.#least = leastOf(instrument);
  }

  record(value: number, tags?: object | null): void {
    if (typeof value !== 'number' || !(value >= this.#least && value <= MAX)) {
      const exact = exactNumber(value);
      if (exact === undefined || exact < this.#least) this.reject(reasonAgainst(value));
      else this.record(exact, tags);
      return;
    }
    const series = this.index.select(tags);
    if (series === this.index.overflow) this.table.countOverflowed();
    else if (series === REFUSED_SCALAR) this.reject('memory');
    series.doubles[series.cell] += value;
  }

  protected boundTo(series: ScalarSeries): BoundRecorder {
    return new BoundSum(series, this.#least, this.reject);
  }
}

class BoundSum implements BoundRecorder {
  readonly #doubles: Float64Array;
  readonly #cell: number;
  readonly #least: number;
  readonly #reject: Reject;

  constructor(series: ScalarSeries, least: number, reject: Reject) {
    this.#doubles = series.doubles;
    this.#cell = series.cell;
    this.#least = least;
    this.#reject = reject;
  }

  record(value: number): void {
    if (typeof value === 'number' && value >= this.#least && value <= MAX) this.#doubles[this.#cell] += value;
    else {
      const exact = exactNumber(value);
      if (exact === undefined || exact < this.#least) this.#reject(reasonAgainst(value));
      else this.#doubles[this.#cell] += exact;
    }
  }
}

export class GaugeRecorder extends ScalarRecorder {
  record(value: number, tags?: object | null): void {
    if (typeof value !== 'number' || !(value >= -MAX && value <= MAX)) {
      const exact = exactNumber(value);
      if (exact === undefined) this.reject('not_finite');
      else this.record(exact, tags);
      return;
    }
    const series = this.index.select(tags);
    if (series === this.index.overflow) this.table.countOverflowed();
    else if (series === REFUSED_SCALAR) this.reject('memory');
    series.set(value);
  }

  protected boundTo(series: ScalarSeries): BoundRecorder {
    return new BoundGauge(series, this.reject);
  }
}

class BoundGauge implements BoundRecorder {
  readonly #series: ScalarSeries;
  readonly #reject: Reject;

  constructor(series: ScalarSeries, reject: Reject) {
    this.#series = series;
    this.#reject = reject;
  }

  record(value: number): void {
    if (typeof value === 'number' && value >= -MAX && value <= MAX) this.#series.set(value);
    else {
      const exact = exactNumber(value);
      if (exact === undefined) this.#reject('not_finite');
      else this.#series.set(exact);
    }
  }
}

export class HistogramRecorder extends SeriesRecorder<HistogramSink> {
  readonly #contextNow: ReadExemplarContext;

  constructor(
    table: SeriesTable,
    instrument: Instrument,
    settings: IndexSettings,
    reject: Reject,
    contextNow: ReadExemplarContext,
  ) {
    super(table, settings, reject, (tags) => table.defineHistogram(instrument, tags), REFUSED_HISTOGRAM);
    this.#contextNow = contextNow;
  }

  record(value: number, tags?: object | null): void {
    if (typeof value !== 'number' || !(value >= -MAX && value <= MAX)) {
      const exact = exactNumber(value);
      if (exact === undefined) this.reject('not_finite');
      else this.record(exact, tags);
      return;
    }
    const series = this.index.select(tags);
    if (series === this.index.overflow) this.table.countOverflowed();
    if (!series.record(value)) this.reject('memory');
    const context = this.#contextNow();
    if (context !== undefined) series.exemplify(value, context);
  }

  protected boundTo(series: HistogramSink): BoundRecorder {
    return new BoundHistogram(series, this.reject, this.#contextNow);
  }
}

class BoundHistogram implements BoundRecorder {
  readonly #series: HistogramSink;
  readonly #reject: Reject;
  readonly #contextNow: ReadExemplarContext;

  constructor(series: HistogramSink, reject: Reject, contextNow: ReadExemplarContext) {
    this.#series = series;
    this.#reject = reject;
    this.#contextNow = contextNow;
  }

  record(value: number): void {
    const number = typeof value === 'number' ? value : exactNumber(value);
    if (number === undefined || !(number >= -MAX && number <= MAX)) return this.#reject('not_finite');
    if (!this.#series.record(number)) return this.#reject('memory');
    const context = this.#contextNow();
    if (context !== undefined) this.#series.exemplify(number, context);
  }
}

/** Takes observations of callbacks: totals and values as they are, once in each round. */
export class ObservedRecorder {
  readonly #index: SeriesIndex<ScalarSeries>;
  readonly #table: SeriesTable;
  readonly #least: number;
  readonly #reject: Reject;

  constructor(table: SeriesTable, instrument: Instrument, settings: IndexSettings, reject: Reject) {
    this.#table = table;
    this.#reject = reject;
    this.#least = leastOf(instrument);
    const create = (tags: TagPairs) => table.defineScalar(instrument, tags);
    this.#index = new SeriesIndex({ ...settings, create, refused: REFUSED_SCALAR });
  }

  observe(value: number, tags: object | null | undefined, round: number): void {
    if (typeof value !== 'number' || !(value >= this.#least && value <= MAX)) {
      const exact = exactNumber(value);
      if (exact === undefined || exact < this.#least) this.#reject(reasonAgainst(value));
      else this.observe(exact, tags, round);
      return;
    }
    const series = this.#index.select(tags);
    if (series === REFUSED_SCALAR) this.#reject('memory');
    else if (series !== this.#index.overflow) series.observe(value, round);
    else {
      // Several tag sets share this series: within a round their values add up.
      this.#table.countOverflowed();
      series.observe(series.stamp === round ? series.value + value : value, round);
    }
  }
}

/** For instruments that a rule drops. */
export const DROPPED: Recorder = { record() {}, bind: () => DROPPED };

/** For names that cannot be recorded to: every measurement is counted as not recorded. */
export class RejectingRecorder implements Recorder {
  readonly #reject: Reject;
  readonly #reason: RejectReason;

  constructor(reject: Reject, reason: RejectReason) {
    this.#reject = reject;
    this.#reason = reason;
  }

  record(): void {
    this.#reject(this.#reason);
  }

  bind(): BoundRecorder {
    return this;
  }
}
