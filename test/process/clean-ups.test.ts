/**
 * Packages that clean up at the end of a process do so through signal-exit, which replaces `process.emit` and ends the process at a signal only if no handlers but
 * its own are there; or they handle signals, also SIGHUP, and send them again. The program ends as it would without us, and what is logged in a clean-up arrives.
 */
import { expect, test } from 'vitest';
import { jsonLinesIn, temporaryFolder } from '../support/child.ts';
import { WAYS } from './programs/ways.ts';
import { runWay } from './run-way.ts';

const RECORDS = 20;
const ways = Object.keys(WAYS).filter((way) => /signal-exit|^SIGHUP|process\.kill|handlers removed/.test(way));

/** How clean-ups leave the list has nothing to do with the worker. */
const statesOf = (way: string) => (/leave|remove/.test(way) ? ['not begun'] : ['not begun', 'idle']);

test.each(ways.flatMap((way) => statesOf(way).map((state) => ({ way, state }))))(
  '$way, worker $state',
  async ({ way, state }) => {
    using folder = temporaryFolder();
    const { ends, late = 0 } = WAYS[way];
    const result = await runWay(folder.path, way, state, RECORDS);
    expect(result.code ?? result.signal, result.stderr).toBe(ends);
    const upTo = Array.from({ length: RECORDS + late }, (_, i) => i + 1);
    expect(jsonLinesIn(folder.path, 'app').map(({ i }) => i)).toEqual(upTo);
    expect(jsonLinesIn(folder.path, 'audit').flatMap(({ i }) => i ?? [])).toEqual(upTo);
  },
);
