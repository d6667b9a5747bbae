import type { OwnInstrument } from '../../health/instruments.ts';
import type { Observation } from '../../series/collect.ts';

/** Registers an instrument, whose values are read at each collection. */
export type Observe = (instrument: OwnInstrument, read: () => Iterable<Observation>) => void;

export function sumOf<T>(items: readonly T[], read: (item: T) => number): number {
  return items.reduce((total, item) => total + read(item), 0);
}
