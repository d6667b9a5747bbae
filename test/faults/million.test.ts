import { expect, test } from 'vitest';
import { jsonLinesIn, runProgram, temporaryFolder } from '../support/child.ts';
import { program } from './support/programs.ts';

/** HFT_TEST_MILLION=1000000 for the whole of it. */
const TOTAL = Number(process.env.HFT_TEST_MILLION ?? 40_000);

/** What a half of the run may keep beyond what the first half needed: a hundred bytes kept for each call would be more. */
const SPARE_HEAP_MIB = TOTAL >= 1_000_000 ? 16 : 3;

test.each<[string, { logs?: number; audits?: number }]>([
  ['distinct messages', { logs: 1 }],
  ['distinct keys', { logs: 1 }],
  ['distinct messages and keys', { logs: 1 }],
  ['distinct texts', { logs: 1 }],
  ['short-lived children', { logs: 1 }],
  ['short-lived children of children', { audits: 1 }],
  ['short-lived children that live on', { logs: 1 }],
  ['short-lived loggers', { logs: 1 }],
  ['loggers of the API', { logs: 1 }],
  ['distinct tags', {}],
  ['distinct names of metrics', {}],
])(
  `${TOTAL} %s: memory stays flat, and the account closes`,
  async (what, { logs = 0, audits = 0 }) => {
    using folder = temporaryFolder();
    const result = await runProgram(program('million.ts'), [folder.path, what, `${TOTAL}`], {
      timeoutMillis: 290_000,
      execArgv: ['--expose-gc'],
    });
    expect(result.code, result.stderr).toBe(0);
    const { memory, report, calls, health } = JSON.parse(result.stdout);
    expect(report).toMatchObject({ complete: true, pending: 0 });
    const { lanes, backends } = health;
    expect(lanes.logs.accepted + lanes.logs.droppedTotal).toBe(logs * calls);
    expect(lanes.audit.accepted).toBe(audits * calls);
    expect(backends.file.taken).toBeGreaterThanOrEqual(lanes.logs.accepted);
    expect(backends.file.taken).toBe(backends.file.delivered + backends.file.droppedTotal);
    expect(backends.audit.delivered).toBe(audits * calls);
    expect(jsonLinesIn(folder.path, 'audit').length).toBe(audits * calls);

    const tenths = (part: 'heapMiB' | 'residentMiB', from: number, to: number): number[] =>
      memory.slice(from, to).map((each: Record<string, number>) => each[part]);
    const most = (...of: Parameters<typeof tenths>) => Math.max(...tenths(...of));
    // What a dictionary holds is given up when it turns, and a busy machine decides in which tenth that is.
    const least = (...of: Parameters<typeof tenths>) => Math.min(...tenths(...of));
    expect(least('heapMiB', 5, 10), JSON.stringify(memory)).toBeLessThanOrEqual(most('heapMiB', 0, 5) + SPARE_HEAP_MIB);
    expect(most('residentMiB', 0, 10), JSON.stringify(memory)).toBeLessThan(768);
    if (TOTAL >= 1_000_000)
      expect(most('residentMiB', 8, 10), JSON.stringify(memory)).toBeLessThanOrEqual(most('residentMiB', 0, 8) + 32);
  },
  300_000,
);
