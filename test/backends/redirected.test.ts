import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runProgram } from '../support/child.ts';

const PROGRAM = join(import.meta.dirname, 'redirected.child.mjs');
const ENV = { NODE_ENV: '', NODE_OPTIONS: '', OTEL_SDK_DISABLED: '' };

interface Said {
  readonly code: number;
  readonly printed: readonly string[];
}

describe('where the host has replaced `process.stdout.write`', () => {
  test.each(['shutdown', 'exit'])('lines of the console go through its function: %s', async (way) => {
    const { stdout, stderr } = await runProgram(PROGRAM, [way], { env: ENV });
    expect(JSON.parse(stderr) as Said).toEqual({ code: 0, printed: ['first', 'second'] });
    expect(stdout).toBe('');
  });
});
