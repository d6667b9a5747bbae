/**
 * A daemon that has configured its logging as root can delete nothing of its run once it is another user. It says so, its memory is free, and what it has left is
 * deleted by the next start.
 */
import { chmodSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createLogging } from '../../src/index.ts';
import { canBeNobody, canReadAsNobody, NOBODY } from '../support/another-user.ts';
import { jsonLinesIn, runProgram, temporaryFolder } from '../support/child.ts';
import { closeAfterTest } from '../support/closing.ts';

/** The worker loads some of its code when it is needed: as the other user. */
const code = join(import.meta.dirname, '../../src/index.ts');

test.skipIf(!canBeNobody() || !canReadAsNobody(code))(
  'a daemon that gives up its rights logs on, and fills no memory with its runs',
  async () => {
    using folder = temporaryFolder();
    chmodSync(folder.path, 0o755);
    const runs = join(folder.path, 'runs');
    mkdirSync(runs, { mode: 0o700 });
    const collector = createServer((request, response) => request.resume().on('end', () => response.end()));
    closeAfterTest({ close: () => collector.close() });
    await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
    const args = [folder.path, `${NOBODY}`, `http://127.0.0.1:${(collector.address() as AddressInfo).port}`];
    const { code, stdout, stderr } = await runProgram('gives-up-rights.ts', args, { timeoutMillis: 60_000 });
    expect(code, stderr).toBe(0);
    // What was exported cannot be noted any more, and is no fault of the collector.
    expect(JSON.parse(stdout)).toEqual({ state: 'ok' });
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
