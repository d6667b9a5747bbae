/**
 * A thread may live shorter than it takes the worker to boot: what it logged is delivered all the same.
 */
import { expect, test } from 'vitest';
import { jsonLinesIn, runProgram, temporaryFolder } from '../support/child.ts';

const auditNumbersIn = (folder: string) =>
  jsonLinesIn(folder, 'audit')
    .map(({ audit_seq }) => audit_seq as number)
    .sort((left, right) => left - right);

test.each([
  'before the worker has booted',
  'and the process exits at once',
  'and a flush follows',
  'that have logged before the configuration',
  'in a clean-up of signal-exit',
])('threads that log once and end: %s', async (way) => {
  using folder = temporaryFolder();
  const { code, stdout } = await runProgram('../../threads/programs/short-lived.ts', [folder.path, way]);
  expect(code).toBe(0);
  const numbersIn = (prefix: string) =>
    jsonLinesIn(folder.path, prefix)
      .map(({ i }) => i as number)
      .filter((i) => i !== undefined)
      .sort((left, right) => left - right);
  const everyThread = [0, 1, 2, 3];
  expect(numbersIn('app')).toEqual(everyThread);
  expect(numbersIn('audit')).toEqual(everyThread);
  expect(auditNumbersIn(folder.path)).toEqual([1, 2, 3, 4]);
  if (way === 'and a flush follows') expect(JSON.parse(stdout)).toEqual({ complete: true, accepted: 4, pending: 0 });
});

test('audit events from before the configuration, of all threads, and those after it have numbers of one count, each once and without gaps', async () => {
  using folder = temporaryFolder();
  const { code, stdout } = await runProgram('../../threads/programs/numbered-early.ts', [folder.path]);
  expect(code).toBe(0);
  expect(auditNumbersIn(folder.path)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(new Set(jsonLinesIn(folder.path, 'audit').map(({ run }) => run)).size).toBe(1);
  expect(JSON.parse(stdout)).toEqual({ lastSequence: 8 });
});
