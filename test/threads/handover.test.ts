/**
 * A thread that has no turn while a second configuration takes the place of the first: nothing is lost, nothing comes twice, and audit numbers are whole for each
 * `run`, whichever instance writes them.
 */
import { expect, test } from 'vitest';
import { jsonLinesIn, runProgram, temporaryFolder } from '../support/child.ts';

test.each([
  ['goes on', { thread: 3 }, 5],
  ['comes while the first one closes', { thread: 2 }, 2],
  ['loads the package after the second one', { thread: 1 }, 1],
  ['ends without having heard of either', { thread: 2, other: 1 }, 3],
] as const)(
  'it %s',
  async (way, steps, audits) => {
    using folder = temporaryFolder();
    const { code, stdout, stderr } = await runProgram('../../threads/programs/handover.ts', [folder.path, way], {
      timeoutMillis: 60_000,
    });
    expect(code, stderr).toBe(0);
    const { report, records } = JSON.parse(stdout);
    expect(report).toMatchObject({ complete: true, pending: 0 });
    const idsOf = (lines: readonly Record<string, unknown>[]) => lines.map(({ id }) => id as string).sort();
    const expected = Object.entries(steps).flatMap(([name, count]) =>
      Array.from({ length: count * records }, (_, i) => `${name}.${i}`),
    );
    expect(idsOf(jsonLinesIn(folder.path, 'logs-'))).toEqual(expected.sort());
    const trail = jsonLinesIn(folder.path, 'audit-');
    expect(new Set(idsOf(trail)).size).toBe(audits * records);
    const numbersByRun = new Map<unknown, number[]>();
    for (const { run, audit_seq } of trail) numbersByRun.set(run, [...(numbersByRun.get(run) ?? []), audit_seq as number]);
    for (const numbers of numbersByRun.values())
      expect(numbers.toSorted((left, right) => left - right)).toEqual(Array.from(numbers, (_, i) => i + 1));
    expect(trail).toHaveLength(audits * records);
  },
  70_000,
);
