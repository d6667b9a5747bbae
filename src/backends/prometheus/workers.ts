/**
 * The families of several processes as one page's: their sum, or each with its own lines, told apart by a label.
 *
 * In the sum, counters and histograms are added up, series by series. Gauges and infos are not: the sum of two prices, or of two fills of a ring, has no meaning.
 * Each stays, with the label of its process.
 */
import { Families, type FamilyType } from './families.ts';
import { escapeValue, joinLabels } from './names.ts';

/** Tells the processes apart that share a page. */
const WORKER_LABEL = 'cluster_worker';

/** What one process has. */
export interface WorkerFamilies {
  /** Its number in the cluster. Undefined: its lines have no label; at most one of several may be without. */
  readonly worker: string | undefined;
  readonly families: Families;
}

/** Called for each metric that is left out, because another process has another metric of that name. */
type OnConflict = (name: string) => void;

export function sumOfWorkers(workers: Iterable<WorkerFamilies>, onConflict?: OnConflict): Families {
  return joined(workers, isAdditive, onConflict);
}

export function byWorker(workers: Iterable<WorkerFamilies>, onConflict?: OnConflict): Families {
  return joined(workers, () => false, onConflict);
}

/** The sum of what is kept of several processes, to be added to that of others: no number in it is less than the exact sum. */
export function sumToKeep(all: readonly Families[]): Families {
  return joined(
    all.map((families) => ({ worker: undefined, families })),
    isAdditive,
    undefined,
    true,
  );
}

/** What is left of a process that has ended: gauges and infos say how something is, and nothing is any more. */
export function additiveOnly(families: Families): Families {
  const additive = new Families();
  for (const family of families) if (isAdditive(family.type)) additive.add(family);
  return additive;
}

function isAdditive(type: FamilyType): boolean {
  return type === 'counter' || type === 'histogram';
}

function joined(
  workers: Iterable<WorkerFamilies>,
  isAdded: (type: FamilyType) => boolean,
  onConflict: OnConflict | undefined,
  roundsUp = false,
): Families {
  const all = new Families(onConflict, roundsUp);
  for (const { worker, families } of workers) {
    const label = worker === undefined ? '' : `${WORKER_LABEL}="${escapeValue(worker)}"`;
    for (const family of families) {
      const samples = isAdded(family.type) ? family.samples : withLabel(family.samples, label);
      all.add({ ...family, samples });
    }
  }
  return all;
}

function* withLabel<Value>(samples: Iterable<readonly [string, Value]>, label: string): Generator<readonly [string, Value]> {
  for (const [labels, value] of samples) yield [joinLabels(labels, label), value];
}
