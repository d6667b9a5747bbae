/**
 * What another user of the machine can do with the control socket and the live page: nothing.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { ask } from '../../src/control/client.ts';
import { LEVELS_PATH, PAGE_PATH, type PageAnswer } from '../../src/control/protocol.ts';
import { socketsIn } from '../../src/control/sockets.ts';
import { createLogging, type Logging } from '../../src/index.ts';
import { AS_NOBODY, canBeNobody, NOBODY, readableByAll } from '../support/another-user.ts';

const PROGRAM = join(import.meta.dirname, 'programs/intruder.ts');

const parent = mkdtempSync(join(tmpdir(), 'hft-control-'));
chmodSync(parent, 0o755);
afterAll(() => rmSync(parent, { recursive: true, force: true }));

const start = (directory: string): Logging =>
  createLogging({
    service: { name: 'gateway' },
    diagnosticLevel: 'none',
    control: { enabled: true, directory },
    backends: { memory: { enabled: true } },
  });

describe.runIf(canBeNobody())('another user', () => {
  test.each([
    ['that is made for it', 0],
    ['that was open to everybody before', 0o777],
  ])('reads, connects to, removes and replaces nothing in a directory %s, and has no token of the page', async (_, mode) => {
    using intruder = await readableByAll(PROGRAM);
    const directory = join(parent, `control-${mode}`);
    if (mode !== 0) mkdirSync(directory);
    if (mode !== 0) chmodSync(directory, mode);
    await using _logging = start(directory);
    // The socket is opened behind the first records.
    while (socketsIn(directory).length === 0) await sleep(5);
    const [{ path }] = socketsIn(directory);
    const page = await ask<PageAnswer>(path, 'POST', PAGE_PATH);
    const [program, ...words] = [...AS_NOBODY, intruder.node, intruder.file, path, new URL(page.url!).origin];
    // This thread is blocked meanwhile: the worker alone answers.
    // `npm run coverage` counts in a folder of ours.
    const { NODE_V8_COVERAGE: _folder, ...env } = process.env;
    const { stdout, stderr } = spawnSync(program, words, { encoding: 'utf8', cwd: '/', env, timeout: 60_000 });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      'list the directory': 'EACCES',
      'read the socket': 'EACCES',
      'remove the socket': 'EACCES',
      'put a socket of theirs beside it': 'EACCES',
      'put a directory of theirs in its place': 'EACCES',
      'connect to the socket': 'EACCES',
      'ask the page for records, status, a stream and levels': [401, 401, 401, 401],
    });
    expect(await ask(path, 'GET', LEVELS_PATH)).toMatchObject({ overrides: [] });
  });

  test('who has made the directory first gets no socket: a warning, and logging goes on', async () => {
    const directory = join(parent, 'theirs');
    mkdirSync(directory, { mode: 0o777 });
    chownSync(directory, NOBODY, NOBODY);
    await using logging = start(directory);
    while (logging.health().warnings.length === 0) await sleep(10);
    expect(logging.health().warnings.join()).toMatch(/HFT_CONTROL: .* belongs to another user\..*Set control\.directory/);
    expect(socketsIn(directory)).toEqual([]);
    logging.getLogger('a').info('x');
    expect((await logging.flush()).complete).toBe(true);
  });
});
