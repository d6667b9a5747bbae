/**
 * Timers that a test runner has replaced before the package is loaded: seen with node:test, a flush never settled.
 */
import { expect, test } from 'vitest';
import { runProgram, temporaryFolder } from '../support/child.ts';

const program = (name: string) => `${import.meta.dirname}/programs/${name}`;

test.each(['node-test.ts', 'by-hand.ts'])('%s before the import: flush and shutdown settle, and times are real', async (name) => {
  using folder = temporaryFolder();
  const { stdout, stderr, code } = await runProgram(program(name), [folder.path]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { flushed, shutDown, late, time, nowMillis } = JSON.parse(stdout);
  expect(flushed).toMatchObject({ complete: true, pending: 0 });
  expect(shutDown).toMatchObject({ complete: true });
  expect(late).toMatchObject({ complete: false });
  expect(Math.abs(Date.parse(time) - nowMillis)).toBeLessThan(600_000);
});
