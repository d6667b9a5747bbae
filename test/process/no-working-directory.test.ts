/** Deployments delete old releases under services that run: a worker of a cluster then starts in a folder that is no more. Node itself starts no threads there. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { jsonLinesIn, temporaryFolder } from '../support/child.ts';

function runWithoutDirectory(folder: string, ...args: readonly string[]) {
  const release = join(folder, 'release');
  mkdirSync(release);
  const program = join(import.meta.dirname, 'programs/no-working-directory.ts');
  const command = ['-c', 'rmdir "$PWD" && exec "$@"', 'sh', process.execPath, program, ...args];
  return spawnSync('/bin/sh', command, { cwd: release, encoding: 'utf8', timeout: 60_000 });
}

test.skipIf(process.platform !== 'linux')('a service whose working directory was deleted starts and logs', () => {
  using folder = temporaryFolder();
  const logs = join(folder.path, 'logs');
  const { status, stdout, stderr } = runWithoutDirectory(folder.path, join(logs, 'app.jsonl'));
  expect(status, stderr).toBe(0);
  expect(JSON.parse(stdout)).toEqual({ complete: true });
  expect(jsonLinesIn(logs, 'app').map(({ i }) => i)).toEqual([1]);
});

test.skipIf(process.platform !== 'linux')(
  'a module that such a service names by a relative path is refused with the setting',
  () => {
    using folder = temporaryFolder();
    const { stderr } = runWithoutDirectory(folder.path, join(folder.path, 'app.jsonl'), './mine.js');
    expect(stderr).toMatch(/backends\.mine\.module: .*expected a URL/);
  },
);
