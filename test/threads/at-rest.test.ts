/** V8 does not count shared memory, and a service at rest makes no other garbage for which it would collect. */
import { expect, test } from 'vitest';
import { jsonLinesIn, runProgram, temporaryFolder } from '../support/child.ts';

test('in a service at rest, the rings of threads that have ended do not stay', async () => {
  using folder = temporaryFolder();
  const threads = 60;
  const result = await runProgram('../../threads/programs/at-rest.ts', [folder.path, `${threads}`], { timeoutMillis: 200_000 });
  expect(result.code, result.stderr).toBe(0);
  expect(jsonLinesIn(folder.path, 'app')).toHaveLength(threads);
  // Their rings and dictionaries alone had some 24 MB each.
  expect(Number(result.stdout)).toBeLessThanOrEqual(threads * 12);
}, 220_000);
