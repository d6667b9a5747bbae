// The flag that everybody types first, and a flag that does not exist, of the scripts that people start by hand.

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { REPOSITORY } from '../../scripts/servers/versions.ts';
import { runProgram } from '../support/child.ts';

test.each([
  ['stack', 'scripts/stack/main.ts'],
  ['scale', 'scripts/scale/main.ts'],
  ['chaos', 'test/chaos/main.ts'],
  ['bench', 'bench/run.ts'],
  ['api', 'scripts/api/main.ts'],
  ['architecture', 'scripts/architecture/main.ts'],
])('npm run %s says what it takes, and names an option that it does not have', async (name, file) => {
  const script = join(REPOSITORY, file);
  const help = await runProgram(script, ['--help']);
  expect(help).toMatchObject({ code: 0, stderr: '' });
  expect(help.stdout).toMatch(new RegExp(`^npm run ${name} `));
  const unknown = await runProgram(script, ['--nonesuch']);
  expect(unknown).toMatchObject({ code: 2, stdout: '' });
  expect(unknown.stderr).toContain("'--nonesuch'");
  expect(unknown.stderr).toContain(help.stdout);
});
