/** The first process of a container: the kernel ignores what would end another one. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { jsonLinesIn, temporaryFolder } from '../support/child.ts';

const isRoot = process.getuid?.() === 0;
/** In a process namespace of its own. Not every system lets every user make one. */
const inContainer = (program: string, ...args: readonly string[]) =>
  spawnSync('unshare', [...(isRoot ? [] : ['-Ur']), '-pf', '--mount-proc', program, ...args], {
    encoding: 'utf8',
    timeout: 60_000,
  });
const canMakeOne = inContainer('true').status === 0;

test.skipIf(!canMakeOne).each(['SIGTERM', 'SIGINT'])('a %s that nothing handles does not end it, nor its logging', (signal) => {
  using folder = temporaryFolder();
  const result = inContainer(process.execPath, join(import.meta.dirname, 'programs/init.ts'), folder.path, signal);
  expect(result.status, result.stderr).toBe(5);
  expect(jsonLinesIn(folder.path, 'app').map(({ i, pid }) => [i, pid])).toEqual(Array.from({ length: 10 }, (_, i) => [i + 1, 1]));
});
