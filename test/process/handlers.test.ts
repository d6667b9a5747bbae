/** Node warns of a leak when an event has more than ten handlers. Ours are not the application's: it may have ten. */
import { expect, test } from 'vitest';
import { jsonLinesIn, runProgram, temporaryFolder } from '../support/child.ts';

test.each(['before', 'after'])('ten handlers of an event, added %s ours, make no warning of a leak', async (order) => {
  using folder = temporaryFolder();
  const { code, stderr } = await runProgram('ten-handlers.ts', [folder.path, order], { timeoutMillis: 60_000 });
  expect({ code, stderr }).toEqual({ code: 3, stderr: '' });
  expect(jsonLinesIn(folder.path, 'app')).toHaveLength(1);
});
