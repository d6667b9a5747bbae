/**
 * Totals that begin again. A callback of an observable counter gives what it reads somewhere else, and that begins at zero when the thing it reads is restarted.
 * OpenTelemetry (data model, "Resets and Gaps") has a total that fell be a new one: its start time moves, and the whole of it is new.
 */
import { type CollectedSeries, type Collection, identityOf } from './collection.ts';
import type { InstrumentDefinition } from './instrument.ts';

/** Whether a counter's total has begun again since it was `before`. */
export function isReset(definition: InstrumentDefinition, { value }: CollectedSeries, before: number | undefined): boolean {
  return definition.kind === 'counter' && before !== undefined && value < before;
}

interface Total {
  readonly value: number;
  /** Milliseconds since the Unix epoch; undefined: it has not begun again since everything else began. */
  readonly startMillis: number | undefined;
}

/** Remembers from when on the totals that callbacks observe count, for a reader of cumulative temporality. */
export class ResetWatch {
  readonly #totals = new Map<string, Total>();
  #lastMillis = 0;

  /** To be called when all of a collection has been looked at. */
  endCollection(collection: Collection): void {
    this.#lastMillis = collection.timeMillis;
  }

  /** From when on this series counts. Looks at each series of observed counters once in a collection. */
  startMillisOf(definition: InstrumentDefinition, series: CollectedSeries, collection: Collection): number {
    if (!definition.observed || definition.kind !== 'counter') return collection.startMillis;
    const id = identityOf(definition, series);
    const before = this.#totals.get(id);
    const startMillis = isReset(definition, series, before?.value) ? this.#lastMillis : before?.startMillis;
    this.#totals.set(id, { value: series.value, startMillis });
    return startMillis ?? collection.startMillis;
  }
}
