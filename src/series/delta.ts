/**
 * What a reader of delta temporality has been given: the difference between two collections, with the extremes of the time between them.
 *
 *   begin(collection)       a collection is about to be read; returns the start of its counts, milliseconds since the Unix epoch
 *   changeOf(definition, series)   what the series gained since the last commit; nothing if it did not change
 *   commit() the reader has the collection read last; the next one begins there
 *   baseline                counts at the last commit
 */
import { baselineOf, type Counted, countedBy, type DeltaBaseline } from './baseline.ts';
import type { SeriesCollector } from './collect.ts';
import { type CollectedSeries, type Collection, type Extremes, identityOf, type Window } from './collection.ts';
import type { Distribution } from './distribution.ts';
import type { InstrumentDefinition } from './instrument.ts';
import { isReset } from './resets.ts';

export interface Change {
  readonly series: CollectedSeries;
  readonly value: number;
  readonly distribution: Distribution | undefined;
}

export class DeltaState {
  readonly #window: Window;
  /** Counts at the last commit, by the series' identity. */
  #committed = new Map<string, Counted>();
  #read = new Map<string, Counted>();
  /** Extremes since the last commit. */
  readonly #extremes = new Map<string, Extremes>();
  #committedMillis: number | undefined;
  #readMillis = 0;
  /** Until the first commit: extremes of the time before this collector are not known. */
  #isResuming: boolean;

  /** @param resumeFrom the baseline of the collector before this one, if there was one and it had exported anything */
  constructor(collector: SeriesCollector, resumeFrom: DeltaBaseline | undefined) {
    this.#window = collector.openWindow();
    this.#isResuming = resumeFrom !== undefined && resumeFrom.timeMillis > 0;
    if (resumeFrom === undefined || !this.#isResuming) return;
    this.#committed = countedBy(resumeFrom);
    this.#committedMillis = resumeFrom.timeMillis;
  }

  get baseline(): DeltaBaseline {
    return baselineOf(this.#committed, this.#committedMillis ?? 0);
  }

  begin(collection: Collection): number {
    this.#read = new Map(this.#committed);
    this.#readMillis = collection.timeMillis;
    return this.#committedMillis ?? collection.startMillis;
  }

  changeOf(definition: InstrumentDefinition, series: CollectedSeries): readonly Change[] {
    const id = identityOf(definition, series);
    const before = this.#committed.get(id);
    this.#read.set(id, series);
    if (series.distribution === undefined) {
      const value = isReset(definition, series, before?.value) ? series.value : Math.max(0, series.value - (before?.value ?? 0));
      return value === 0 && before !== undefined ? [] : [{ series, value, distribution: undefined }];
    }
    const extremes = this.#extremesOf(id, series);
    const change = series.distribution.copy();
    // Everything in it is new: its extremes are those of the series.
    if (before?.distribution === undefined) return change.count === 0 ? [] : [{ series, value: 0, distribution: change }];
    change.subtract(before.distribution);
    if (change.count === 0) return [];
    const isKnown = !this.#isResuming && !extremes.uncertain && extremes.min <= extremes.max;
    change.min = isKnown ? extremes.min : Number.POSITIVE_INFINITY;
    change.max = isKnown ? extremes.max : Number.NEGATIVE_INFINITY;
    return [{ series, value: 0, distribution: change }];
  }

  commit(): void {
    this.#isResuming = false;
    this.#committed = this.#read;
    this.#committedMillis = this.#readMillis;
    this.#extremes.clear();
  }

  #extremesOf(id: string, series: CollectedSeries): Extremes {
    const taken = this.#window.take(series);
    const pending = this.#extremes.get(id);
    if (pending !== undefined) {
      taken.min = Math.min(taken.min, pending.min);
      taken.max = Math.max(taken.max, pending.max);
      taken.uncertain ||= pending.uncertain;
    }
    this.#extremes.set(id, taken);
    return taken;
  }
}
