/**
 * Recordings of histograms within a sliding window: the difference between the counts now and those at the window's start.
 */
import { type CollectedInstrument, type CollectedSeries, type Collection, identityOf } from './collection.ts';
import type { Distribution } from './distribution.ts';

/** Steps in which a window slides. More would cost memory, a copy of all histograms each. */
const STEPS = 6;

export class SlidingWindow {
  /** Pause between two calls of {@link cut}. */
  readonly stepMillis: number;
  /** Counts at the window's start and at each step since, oldest first. */
  #cuts: Map<string, Distribution>[] = [];

  constructor(windowMillis: number) {
    this.stepMillis = windowMillis / STEPS;
  }

  /** Keeps a copy of the counts; call it once every {@link stepMillis}. */
  cut(collection: Collection): void {
    const cut = new Map<string, Distribution>();
    for (const { definition, series } of collection.instruments)
      for (const one of series) if (one.distribution !== undefined) cut.set(identityOf(definition, one), one.distribution);
    this.#cuts.push(cut);
    if (this.#cuts.length > STEPS + 1) this.#cuts.shift();
  }

  /**
   * A series' recordings of the last window: of at least its length and at most a sixth more. Until there has been a whole window, of all the time since the
   * start. Extremes are the series' own where the window holds everything, and else not known.
   */
  recent({ definition }: CollectedInstrument, series: CollectedSeries): Distribution {
    const recent = series.distribution!.copy();
    const before = this.#cuts.length > STEPS ? this.#cuts[0]!.get(identityOf(definition, series)) : undefined;
    if (before !== undefined && before.count > 0) recent.subtract(before);
    return recent;
  }
}
