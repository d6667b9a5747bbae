/**
 * A thread may live shorter than it takes the worker to boot: what it logged is delivered all the same.
 */
import { expect, test } from 'vitest';
import { jsonLinesIn, runProgram, temporaryFolder } from '../support/child.ts';

const auditNumbersIn = (folder: string) =>
  jsonLinesIn(folder, 'audit')
    .map(({ audit_seq }) => audit_seq as number)
    .sort((left, right) => left - right);

async function runThreads(...args: readonly string[]): Promise<string> {
  using folder = temporaryFolder();
  const { code, stdout, stderr } = await runProgram('../../threads/programs/short-lived.ts', [folder.path, ...args]);
  expect(code, stderr).toBe(0);
  const numbersIn = (prefix: string) =>
    jsonLinesIn(folder.path, prefix)
      .map(({ i }) => i as number)
      .filter((i) => i !== undefined)
      .sort((left, right) => left - right);
  const everyThread = [0, 1, 2, 3];
  expect(numbersIn('app')).toEqual(everyThread);
  expect(numbersIn('audit')).toEqual(everyThread);
  expect(auditNumbersIn(folder.path)).toEqual([1, 2, 3, 4]);
  return stdout;
}

test.each(['before the worker has booted', 'and the process exits at once', 'that have logged before the configuration'])(
  'threads that log once and end: %s',
  async (when) => {
    await runThreads(when);
  },
);

test('threads that log once and end: a flush covers them', async () => {
  expect(JSON.parse(await runThreads('and a flush follows'))).toEqual({ complete: true, accepted: 4, pending: 0 });
});

test.each([
  ['that know of the instance', 'clean up'],
  ['that know of the instance', 'clean up once'],
  ['that never know of it', 'clean up once'],
  ['that never know of it', 'clean up once, by version 3'],
  ['that never know of it', 'exit in a handler of exit'],
  ['that never know of it', 'throw in a handler of exit'],
])('threads %s, and %s', async (who, how) => {
  await runThreads(who, how);
});

test('audit events from before the configuration, of all threads, and those after it have numbers of one count, each once and without gaps', async () => {
  using folder = temporaryFolder();
  const { code, stdout } = await runProgram('../../threads/programs/numbered-early.ts', [folder.path]);
  expect(code).toBe(0);
  expect(auditNumbersIn(folder.path)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(new Set(jsonLinesIn(folder.path, 'audit').map(({ run }) => run)).size).toBe(1);
  expect(JSON.parse(stdout)).toEqual({ lastSequence: 8 });
});
