/** Containers often run as a number for which there is no user (OpenShift, `docker run --user 12345`): nothing may ask for its name. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bundle } from '../../scripts/bundle.ts';
import { asUser, canBeNobody, readableByAll } from '../support/another-user.ts';
import { jsonLinesIn, temporaryFolder } from '../support/child.ts';

const NAMELESS = 1_234_567;

test.skipIf(!canBeNobody())('a service whose user has no name logs, counts, audits and can be controlled', async () => {
  using folder = temporaryFolder();
  chmodSync(folder.path, 0o755);
  await bundle(join(import.meta.dirname, '../../src'), '.ts', join(folder.path, 'dist'));
  using program = await readableByAll(join(import.meta.dirname, 'programs/nameless.ts'));
  const own = join(folder.path, 'own');
  mkdirSync(own);
  chmodSync(own, 0o777);
  const [command, ...args] = [...asUser(NAMELESS), program.node, program.file, join(folder.path, 'dist/index.js'), own];
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: own,
    env: { PATH: process.env.PATH, TMPDIR: own },
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect(status, stderr).toBe(0);
  expect(JSON.parse(stdout)).toEqual({ hasName: false, complete: true, worker: 'running', prometheus: 'ok', warnings: [] });
  expect(jsonLinesIn(own, 'app').map(({ i }) => i)).toEqual([1]);
  expect(jsonLinesIn(own, 'audit').map(({ i }) => i)).toContain(1);
});
