/**
 * Compares a host's audit files with the copies at the far end.
 */

import { type Comparison, compare } from './compare.ts';
import type { Sighting, Source } from './sighting.ts';
import { Names, Spill } from './spill.ts';

export interface Reconciliation extends Comparison {
  /** Events read on the host and at the far end, copies included. */
  readonly hereEvents: number;
  readonly thereEvents: number;
  /** Events at the far end of runs that the host's files do not have: other hosts', or another day's. They are not compared. */
  readonly otherEvents: number;
}

/** Runs of the far end that the host does not have are passed over: a gateway serves many hosts. */
export async function reconcile(here: Source, there: Source, mostFindings: number): Promise<Reconciliation> {
  const [runs, places] = [new Names(), new Names()];
  const [own, far] = [new Spill(runs, places), new Spill(runs, places)];
  try {
    const hereEvents = await fill(own, here);
    let otherEvents = 0;
    const thereEvents = await fill(far, there, ({ run }) => {
      if (runs.has(run)) return true;
      otherEvents++;
      return false;
    });
    return { ...compare(own, far, runs, places, mostFindings), hereEvents, thereEvents, otherEvents };
  } finally {
    own.close();
    far.close();
  }
}

async function fill(spill: Spill, source: Source, isOurs: (sighting: Sighting) => boolean = () => true): Promise<number> {
  let count = 0;
  for await (const sightings of source)
    for (const sighting of sightings) {
      if (!isOurs(sighting)) continue;
      spill.add(sighting);
      count++;
    }
  return count;
}

/** Nothing is missing, foreign, different or in conflict. Copies are no fault: delivery is at least once. */
export function isWhole({ runs }: Comparison): boolean {
  return runs.every(({ missing, foreign, different, conflicting }) => missing + foreign + different + conflicting === 0);
}
