/**
 * What a collection is: every series of every thread, merged, at one moment. The types that readers of the collector share.
 */
import type { Distribution } from './distribution.ts';
import type { Exemplar } from './exemplars.ts';
import type { InstrumentDefinition, TagPairs } from './instrument.ts';

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
  /** Of histograms: the last measurement in a span of each explicit bucket that has one, in the order of the buckets. */
  readonly exemplars: readonly Exemplar[];
  /** Least and greatest since each window's last {@link Window.take}, by window. */
  readonly extremes: Extremes[];
}

/** Identity of a series, the same in all collections. */
export function identityOf({ scope, name }: InstrumentDefinition, series: CollectedSeries): string {
  return `${scope.name}\0${scope.version}\0${scope.schemaUrl}\0${name}\0${series.id}`;
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
  /** Tables that could not be read, and errors of observables. */
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

export function noExtremes(): Extremes {
  return { min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY, uncertain: false };
}
