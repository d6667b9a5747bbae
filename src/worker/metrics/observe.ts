import type { OwnInstrument } from '../../health/instruments.ts';
import type { Observation } from '../../series/collect.ts';
import { unixMillis } from '../../time/clock.ts';

/** Registers an instrument, whose values are read at each collection. */
export type Observe = (instrument: OwnInstrument, read: () => Iterable<Observation>) => void;

export function sumOf<T>(items: readonly T[], read: (item: T) => number): number {
  return items.reduce((total, item) => total + read(item), 0);
}

/** Since a moment. 0 where the clock was set back behind it. */
export function ageSeconds(atUnixMillis: number): number {
  return Math.max(0, unixMillis() - atUnixMillis) / 1_000;
}
