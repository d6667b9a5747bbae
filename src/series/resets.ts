/**
 * Totals that start again. A callback of an observable counter returns a total that it reads from another program, and that total starts at zero when the
 * program is restarted. A total that has fallen is a new one (OpenTelemetry data model, "Resets and Gaps"): its start time moves, and all of it is new.
 */
import { type CollectedSeries, type Collection, identityOf } from './collection.ts';
import type { InstrumentDefinition } from './instrument.ts';

/** Whether the total that callbacks of a counter observe has started again since it was `before`. What the program adds to counters itself never starts again. */
export function isReset(definition: InstrumentDefinition, { value }: CollectedSeries, before: number | undefined): boolean {
  return definition.kind === 'counter' && definition.observed && before !== undefined && value < before;
}

interface Total {
  readonly value: number;
  /** Milliseconds since the Unix epoch; undefined: it has not started again since the collector's start. */
  readonly startMillis: number | undefined;
}

/** Keeps the start times of totals that callbacks observe, for a reader of cumulative temporality. */
export class ResetWatch {
  readonly #totals = new Map<string, Total>();
  #lastMillis = 0;

  /** Call it at the end of each collection. */
  endCollection(collection: Collection): void {
    this.#lastMillis = collection.timeMillis;
  }

  /** Start time of this series' total. Call it once for each series of an observed counter in a collection. */
  startMillisOf(definition: InstrumentDefinition, series: CollectedSeries, collection: Collection): number {
    if (!definition.observed || definition.kind !== 'counter') return collection.startMillis;
    const id = identityOf(definition, series);
    const before = this.#totals.get(id);
    const startMillis = isReset(definition, series, before?.value) ? this.#lastMillis : before?.startMillis;
    this.#totals.set(id, { value: series.value, startMillis });
    return startMillis ?? collection.startMillis;
  }
}
