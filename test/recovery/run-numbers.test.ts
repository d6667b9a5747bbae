/** Which audit numbers of a dead run no line has. */
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CurrentFile } from '../../src/audit/current-file.ts';
import { missingNumbers } from '../../src/audit/run-numbers.ts';
import { allocatorOf, SHARED_MEMORY } from '../../src/memory/allocator.ts';
import { allocateRun } from '../../src/memory/run.ts';
import { temporaryFolder } from '../support/child.ts';

const line = (run: string, number: number) => `${JSON.stringify({ time: 't', audit_seq: number, event: 'e', run })}\n`;

test('they are those of the range that stand in no whole line of the run, wherever the others stand', async () => {
  const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(numbers, numbers, fc.nat(30), async (written, foreign, after) => {
      using folder = temporaryFolder();
      const target = { path: join(folder.path, 'audit.jsonl'), rotation: 'none', rotationClock: 'utc' } as const;
      const run = allocateRun(allocatorOf(SHARED_MEMORY), 'dead');
      const { path } = new CurrentFile(target, run, () => 0).get();
      writeFileSync(path, written.map((number) => line('dead', number)).join(''));
      appendFileSync(path, `${line('another', 3)}{"torn":\n${foreign.map((number) => line('another', number)).join('')}`);
      const expected = Array.from({ length: 50 }, (_, i) => i + 1).filter(
        (number) => number > after && !written.includes(number),
      );
      expect(await missingNumbers(target, [run, run], 'dead', { after, upTo: 50 })).toEqual(expected);
    }),
    { numRuns: 40 },
  );
});

test('a run that has written no file misses all of them', async () => {
  const target = { path: '/nowhere/audit.jsonl', rotation: 'none', rotationClock: 'utc' } as const;
  const run = allocateRun(allocatorOf(SHARED_MEMORY), 'dead');
  expect(await missingNumbers(target, [run], 'dead', { after: 2, upTo: 4 })).toEqual([3, 4]);
});
