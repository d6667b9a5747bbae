/** A thread that is ended from outside runs no handler: what it logged is delivered, and its memory given back, all the same. */
import { expect, test } from 'vitest';
import { jsonLinesIn, runProgram, temporaryFolder } from '../support/child.ts';

test.each(['the main thread', 'another thread'])(
  'threads terminated by %s while they log: all that they logged is delivered, and their rings do not stay',
  async (starter) => {
    using folder = temporaryFolder();
    const threads = 30;
    const result = await runProgram('../../threads/programs/terminated.ts', [folder.path, `${threads}`, starter], {
      timeoutMillis: 200_000,
      execArgv: ['--expose-gc'],
    });
    expect(result.code, result.stderr).toBe(0);
    const { report, least } = JSON.parse(result.stdout);
    expect(report).toMatchObject({ complete: true, pending: 0 });
    const expected = Array.from({ length: threads }, (_, thread) =>
      Array.from({ length: 10 }, (_, i) => `${thread}.${i}`),
    ).flat();
    const told = (prefix: string) =>
      jsonLinesIn(folder.path, prefix)
        .filter(({ thread }) => thread !== undefined)
        .map(({ thread, i }) => `${thread}.${i}`);
    expect(told('app').sort()).toEqual(expected.sort());
    expect(told('audit').sort()).toEqual(expected.sort());
    // Their rings and dictionaries alone had some 24 MB each.
    expect(least).toBeLessThanOrEqual(threads * 12);
  },
  220_000,
);
