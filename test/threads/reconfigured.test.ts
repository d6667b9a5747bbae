/**
 * A second configuration takes over threads that log already: no record twice, none missing, and they follow its levels.
 */
import { expect, test } from 'vitest';
import { jsonLinesIn, runProgram, temporaryFolder } from '../support/child.ts';

test('a thread that logs while the main thread configures again', async () => {
  using folder = temporaryFolder();
  const { code, stdout } = await runProgram('../../threads/programs/reconfigured.ts', [folder.path]);
  expect(code).toBe(0);
  const { written, complete } = JSON.parse(stdout);
  expect(complete).toBe(true);
  const numbers = (prefix: string) =>
    jsonLinesIn(folder.path, prefix)
      .filter(({ msg, event }) => msg === 'counted' || event === 'counted')
      .map(({ i }) => i as number);
  const all = [...numbers('first'), ...numbers('second')];
  expect(all.toSorted((left, right) => left - right)).toEqual(Array.from({ length: written }, (_, i) => i));
  expect(numbers('first').length).toBeGreaterThan(0);
  const audits = [...numbers('audit-first'), ...numbers('audit-second')];
  expect(new Set(audits).size).toBe(audits.length);
  expect(audits.length).toBe(written / 20);
  expect(jsonLinesIn(folder.path, 'first').some(({ msg }) => String(msg).startsWith('seen once'))).toBe(false);
  expect(jsonLinesIn(folder.path, 'second').some(({ msg }) => String(msg).startsWith('seen once'))).toBe(true);
});
