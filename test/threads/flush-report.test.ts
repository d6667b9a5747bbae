import { expect, test } from 'vitest';
import { runProgram } from '../support/child.ts';

test('the report of a thread’s flush that did not come to its end says how many records wait', async () => {
  const { stdout, stderr } = await runProgram('../../threads/programs/flush-report.ts', []);
  expect(JSON.parse(stdout), stderr).toMatchObject({ complete: false, pending: 3 });
});
