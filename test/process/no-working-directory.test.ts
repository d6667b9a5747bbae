/** Deployments delete old releases under services that run: a worker of a cluster then starts in a folder that is no more. Node itself starts no threads there. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { jsonLinesIn, temporaryFolder } from '../support/child.ts';

test.skipIf(process.platform !== 'linux')('a service whose working directory was deleted starts and logs', () => {
  using folder = temporaryFolder();
  const release = join(folder.path, 'release');
  const logs = join(folder.path, 'logs');
  mkdirSync(release);
  const program = join(import.meta.dirname, 'programs/no-working-directory.ts');
  const { status, stdout, stderr } = spawnSync(
    '/bin/sh',
    ['-c', 'rmdir "$PWD" && exec "$@"', 'sh', process.execPath, program, join(logs, 'app.jsonl')],
    { cwd: release, encoding: 'utf8', timeout: 60_000 },
  );
  expect(status, stderr).toBe(0);
  expect(JSON.parse(stdout)).toEqual({ complete: true });
  expect(jsonLinesIn(logs, 'app').map(({ i }) => i)).toEqual([1]);
});
