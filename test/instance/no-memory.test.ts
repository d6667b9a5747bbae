import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { runProgram } from '../support/child.ts';

test('an instance whose memory is refused leaves no thread behind that keeps the process', async () => {
  const { code, stdout } = await runProgram(resolve(import.meta.dirname, 'programs/no-memory.ts'), [], {
    timeoutMillis: 60_000,
  });
  const refused = 'RangeError: Array buffer allocation failed\n';
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${refused.repeat(3)}it logs\n` });
});
