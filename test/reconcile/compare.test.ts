// Two sides of any shape, against a naive comparison; and many more sightings than a partition keeps in memory.

import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { expect, onTestFinished, test, vi } from 'vitest';
import { reconcile } from '../../src/reconcile/reconcile.ts';
import type { Sighting } from '../../src/reconcile/sighting.ts';
import { temporaryFolder } from '../support/child.ts';

const digest = (content: number) => content.toString(16).padStart(32, '0');

async function* source(sightings: readonly Sighting[]): AsyncGenerator<readonly Sighting[]> {
  for (let at = 0; at < sightings.length; at += 7) yield sightings.slice(at, at + 7);
}

interface Naive {
  here: number;
  there: number;
  missing: number[];
  foreign: number[];
  different: number;
  conflicting: number;
  copiesHere: number;
  copiesThere: number;
}

/** By the definition, without a thought for memory. */
function naive(here: readonly Sighting[], there: readonly Sighting[]): Map<string, Naive> {
  const reports = new Map<string, Naive>();
  for (const run of new Set(here.map((sighting) => sighting.run))) {
    const report: Naive = {
      here: 0,
      there: 0,
      missing: [],
      foreign: [],
      different: 0,
      conflicting: 0,
      copiesHere: 0,
      copiesThere: 0,
    };
    const own = here.filter((sighting) => sighting.run === run);
    const far = there.filter((sighting) => sighting.run === run);
    for (const number of new Set([...own, ...far].map((sighting) => sighting.number))) {
      const [mine, ...others] = own.filter((sighting) => sighting.number === number);
      const theirs = far.filter((sighting) => sighting.number === number);
      for (const other of others) {
        if (other.digest === mine!.digest) report.copiesHere++;
        else report.conflicting++;
      }
      if (mine !== undefined) report.here++;
      if (mine === undefined) report.foreign.push(number);
      else if (theirs.length === 0) report.missing.push(number);
      else {
        report.there++;
        const equal = theirs.filter((copy) => copy.digest === mine.digest).length;
        report.different += theirs.length - equal;
        report.copiesThere += Math.max(0, equal - 1);
      }
    }
    reports.set(run, report);
  }
  return reports;
}

const numbersIn = (ranges: readonly (readonly [number, number])[]) =>
  ranges.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, index) => from + index));

test('says what a naive comparison says, for any two sides', async () => {
  const sightings = fc.array(
    fc.record({
      run: fc.constantFrom('a', 'b', 'c'),
      // Around the end of a group of numbers that stays together, and of the last one a double holds.
      number: fc.oneof(
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 4_090, max: 4_100 }),
        fc.constant(Number.MAX_SAFE_INTEGER),
      ),
      digest: fc.integer({ min: 0, max: 1 }).map(digest),
      place: fc.constantFrom('x', 'y'),
      line: fc.integer({ min: 0, max: 9 }),
    }),
    { maxLength: 60 },
  );
  await fc.assert(
    fc.asyncProperty(sightings, sightings, async (here, there) => {
      const { runs, ...totals } = await reconcile(source(here), source(there), 0);
      const expected = naive(here, there);
      expect(runs.map(({ run }) => run)).toEqual([...expected.keys()].sort());
      for (const { run, missingRanges, foreignRanges, ...counts } of runs) {
        const { missing, foreign, ...others } = expected.get(run)!;
        expect(counts).toEqual({ missing: missing.length, foreign: foreign.length, ...others });
        expect(numbersIn(missingRanges)).toEqual([...missing].sort((a, b) => a - b));
        expect(numbersIn(foreignRanges)).toEqual([...foreign].sort((a, b) => a - b));
      }
      expect(totals.otherEvents).toBe(there.filter(({ run }) => !expected.has(run)).length);
      expect(totals.hereEvents).toBe(here.length);
    }),
    { numRuns: 300 },
  );
});

test('hundreds of thousands of events in any order: what outgrows memory waits in files, and they are gone afterwards', async () => {
  const COUNT = 300_000;
  const one = (number: number): Sighting => ({ run: 'r', number, digest: digest(number), place: 'p', line: number });
  // 7,919 is prime to the count: every number once, neighbours far apart.
  const here = Array.from({ length: COUNT }, (_, index) => one(((index * 7_919) % COUNT) + 1));
  const there = here.filter(({ number }) => number % 50_000 !== 17).reverse();
  // Other tests reconcile too, in the folder that the machine has for temporary files.
  using folder = temporaryFolder();
  vi.stubEnv('TMPDIR', folder.path);
  onTestFinished(() => void vi.unstubAllEnvs());
  let foldersMeanwhile = 0;
  async function* watched(): AsyncGenerator<readonly Sighting[]> {
    yield* source(there);
    foldersMeanwhile = readdirSync(folder.path).length;
  }
  const { runs, findings } = await reconcile(source(here), watched(), 3);
  expect(runs).toMatchObject([{ here: COUNT, there: COUNT - 6, missing: 6, foreign: 0, different: 0 }]);
  expect(numbersIn(runs[0]!.missingRanges)).toEqual([17, 50_017, 100_017, 150_017, 200_017, 250_017]);
  expect(findings).toHaveLength(3);
  expect(findings[0]).toEqual({ kind: 'missing', run: 'r', number: 17, here: 'p:17' });
  expect(foldersMeanwhile).toBeGreaterThan(0);
  expect(readdirSync(folder.path)).toEqual([]);
});
