/**
 * A daemon that has configured its logging as root can delete nothing of its run once it is another user. It says so, its memory is free, and what it has left is
 * deleted by the next start.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createLogging } from '../../src/index.ts';
import { AS_NOBODY, canBeNobody, NOBODY } from '../support/another-user.ts';
import { jsonLinesIn, runProgram, temporaryFolder } from '../support/child.ts';

/** The worker loads some of its code when it is needed: as the other user. */
const canReadCode = () =>
  spawnSync(AS_NOBODY[0], [...AS_NOBODY.slice(1), 'test', '-r', join(import.meta.dirname, '../../src/index.ts')]).status === 0;

test.skipIf(!canBeNobody() || !canReadCode())(
  'a daemon that gives up its rights logs on, and fills no memory with its runs',
  async () => {
    using folder = temporaryFolder();
    chmodSync(folder.path, 0o755);
    const runs = join(folder.path, 'runs');
    mkdirSync(runs, { mode: 0o700 });
    const { code, stderr } = await runProgram('gives-up-rights.ts', [folder.path, `${NOBODY}`], { timeoutMillis: 60_000 });
    expect(code, stderr).toBe(0);
    expect(jsonLinesIn(join(folder.path, 'logs'), 'app').map(({ i }) => i)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
    expect(stderr).toMatch(/is empty and cannot be deleted: EACCES.*setuid/);
    const [left] = readdirSync(runs);
    const taken = readdirSync(join(runs, left)).reduce((sum, name) => sum + statSync(join(runs, left, name)).blocks * 512, 0);
    // With what was in it, it has some 60 MB.
    expect(taken).toBeLessThan(8_000_000);

    await using next = createLogging({
      service: { name: 'daemon' },
      handleExits: false,
      persistence: { enabled: true, directory: runs },
      backends: { memory: { enabled: true } },
    });
    await next.recovered;
    expect(next.health().memory.recovered).toMatchObject({ runs: 0, damaged: 0 });
    expect(readdirSync(runs)).not.toContain(left);
  },
);
