/**
 * Two sides, number by number: events missing at the far end, events only there, different ones, copies.
 */

import { Ranges } from './ranges.ts';
import { type Entry, type Names, type Partition, Spill } from './spill.ts';

export interface Finding {
  readonly kind: 'missing' | 'foreign' | 'different' | 'conflicting';
  readonly run: string;
  readonly number: number;
  /** Where it stands on the host, and at the far end, as far as it stands there. */
  readonly here?: string;
  readonly there?: string;
}

export interface RunReport {
  readonly run: string;
  /** Numbers on this host, and of those at the far end; a number counts once however often it stands there. */
  readonly here: number;
  readonly there: number;
  /** On this host and not at the far end, with the ranges of their numbers (at most 1,000 ranges). */
  readonly missing: number;
  readonly missingRanges: readonly (readonly [number, number])[];
  /** At the far end and not on this host: the host's file was cut, or the far end was written to. */
  readonly foreign: number;
  readonly foreignRanges: readonly (readonly [number, number])[];
  /** At both, and not the same. */
  readonly different: number;
  /** The host's own file has two different events of one number. */
  readonly conflicting: number;
  /** Copies beyond the first that are equal to it: delivery is at least once, so these are expected after a failure. */
  readonly copiesThere: number;
  readonly copiesHere: number;
}

export interface Comparison {
  readonly runs: readonly RunReport[];
  /** As many as were asked for, by run and number. */
  readonly findings: readonly Finding[];
}

type Counts = { -readonly [Key in keyof RunReport]: RunReport[Key] };

/** `here` and `there` share their names. Findings beyond `mostFindings` are counted and not listed. */
export function compare(here: Spill, there: Spill, runs: Names, places: Names, mostFindings: number): Comparison {
  const reports = new Map<number, { counts: Counts; missing: Ranges; foreign: Ranges }>();
  const findings: Finding[] = [];
  const of = (run: number) => {
    let report = reports.get(run);
    if (report === undefined) {
      report = { counts: emptyCounts(runs.at(run)), missing: new Ranges(), foreign: new Ranges() };
      reports.set(run, report);
    }
    return report;
  };
  const placeOf = ({ place, line }: Entry) => (line === 0 ? places.at(place) : `${places.at(place)}:${line}`);
  const find = (kind: Finding['kind'], entry: Entry, here?: Entry, there?: Entry) => {
    of(entry.run).counts[kind]++;
    if (findings.length >= mostFindings) return;
    findings.push({
      kind,
      run: runs.at(entry.run),
      number: entry.number,
      ...(here !== undefined && { here: placeOf(here) }),
      ...(there !== undefined && { there: placeOf(there) }),
    });
  };

  for (let index = 0; index < Spill.PARTITIONS; index++) {
    const sides = [here.partition(index), there.partition(index)] as const;
    for (const [own, far] of groups(sides)) {
      const { counts, missing, foreign } = of((own[0] ?? far[0])!.run);
      const [mine, theirs] = [own[0], far[0]];
      if (mine !== undefined) {
        counts.here++;
        for (const other of own.slice(1)) {
          if (isSame(sides[0], mine, sides[0], other)) counts.copiesHere++;
          else find('conflicting', other, mine, other);
        }
      }
      if (theirs === undefined) {
        find('missing', mine!, mine);
        missing.add(mine!.number);
      } else if (mine === undefined) {
        find('foreign', theirs, undefined, theirs);
        foreign.add(theirs.number);
      } else {
        counts.there++;
        const equal = far.filter((copy) => isSame(sides[0], mine, sides[1], copy));
        const unequal = far.filter((copy) => !equal.includes(copy));
        counts.copiesThere += Math.max(0, equal.length - 1);
        for (const copy of unequal) find('different', copy, mine, copy);
      }
    }
  }
  return {
    runs: [...reports.values()]
      .map(({ counts, missing, foreign }) => ({
        ...counts,
        missingRanges: missing.list(),
        foreignRanges: foreign.list(),
      }))
      .sort((a, b) => (a.run < b.run ? -1 : 1)),
    findings: findings.sort((a, b) => (a.run === b.run ? a.number - b.number : a.run < b.run ? -1 : 1)),
  };
}

function isSame(aPartition: Partition, a: Entry, bPartition: Partition, b: Entry): boolean {
  return aPartition.bytes.compare(bPartition.bytes, b.digestAt, b.digestAt + 16, a.digestAt, a.digestAt + 16) === 0;
}

/** The entries of each (run, number), of both sides. */
function* groups(sides: readonly [Partition, Partition]): Generator<[Entry[], Entry[]]> {
  const [here, there] = [sides[0].sorted(), sides[1].sorted()];
  let [i, j] = [0, 0];
  while (i < here.length || j < there.length) {
    const [a, b] = [here[i], there[j]];
    const first = a === undefined || (b !== undefined && order(b, a) < 0) ? b! : a;
    const group: [Entry[], Entry[]] = [[], []];
    while (i < here.length && order(here[i]!, first) === 0) group[0].push(here[i++]!);
    while (j < there.length && order(there[j]!, first) === 0) group[1].push(there[j++]!);
    yield group;
  }
}

function order(a: Entry, b: Entry): number {
  return a.run - b.run || a.number - b.number;
}

function emptyCounts(run: string): Counts {
  return {
    run,
    here: 0,
    there: 0,
    missing: 0,
    missingRanges: [],
    foreign: 0,
    foreignRanges: [],
    different: 0,
    conflicting: 0,
    copiesThere: 0,
    copiesHere: 0,
  };
}
