import { execFile } from 'node:child_process';
import { chownSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { accountOf, killOnly } from '../recovery/kill.ts';
import { AS_NOBODY, canBeNobody, canReadAsNobody, NOBODY } from '../support/another-user.ts';
import { temporaryFolder } from '../support/child.ts';

const MAIN = resolve(import.meta.dirname, '../../src/cli/main.ts');
const run = (args: readonly string[], execArgv: readonly string[] = []) =>
  promisify(execFile)(process.execPath, [...execArgv, MAIN, 'recover', ...args]);

test('hft-otel recover delivers what a service that does not come back has left, by the configuration that it is given', async () => {
  using folder = temporaryFolder();
  const directory = join(folder.path, 'runs');
  await killOnly({
    folder: folder.path,
    directory,
    threads: 2,
    perSecond: 50_000,
    auditEvery: 5,
    afterMillis: 80,
    isSmall: true,
  });
  const config = join(folder.path, 'config.json');
  const backends = {
    file: { path: join(folder.path, 'app.jsonl'), format: 'json', level: 'trace', rotation: 'none' },
    audit: { path: join(folder.path, 'audit.jsonl'), rotation: 'none' },
  };
  writeFileSync(config, JSON.stringify({ service: { name: 'operator' }, backends }));
  const other = await run([directory, '--config', config, '--service', 'another', '--json']);
  expect(JSON.parse(other.stdout)).toMatchObject({ runs: 0 });
  const { stdout } = await run([directory, '--config', config, '--service', 'killed']);
  expect(stdout).toMatch(
    /^1 run recovered: [\d,]+ log records and [\d,]+ audit events from rings, [\d,]+ records that were encoded\.\n$/,
  );
  const { missing, gaps } = accountOf(folder.path, directory, 2, {});
  expect({ missing, gaps, left: readdirSync(directory) }).toEqual({ missing: { logs: 0, audits: 0 }, gaps: 0, left: [] });
  expect((await run([directory, '--config', config])).stdout).toBe(`Nothing to recover in ${directory}.\n`);
});

test('without koffi it says what to install', async () => {
  using folder = temporaryFolder();
  await expect(run([folder.path], ['--no-addons'])).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--allow-addons'),
  });
});

test.skipIf(process.getuid?.() !== 0)(
  'root is told to become the user of the service, before a file is made that the service could not write to',
  async () => {
    using folder = temporaryFolder();
    const directory = join(folder.path, 'runs');
    mkdirSync(directory, { mode: 0o700 });
    chownSync(directory, NOBODY, NOBODY);
    const config = join(folder.path, 'config.json');
    const backends = { audit: { path: join(folder.path, 'logs/audit.jsonl'), rotation: 'none' } };
    writeFileSync(config, JSON.stringify({ service: { name: 'operator' }, backends }));
    await expect(run([directory, '--config', config])).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`sudo -u '#${NOBODY}'`),
    });
    expect(readdirSync(folder.path).sort()).toEqual(['config.json', 'runs']);
  },
);

test.skipIf(!canBeNobody() || !canReadAsNobody(MAIN))(
  'another user, who cannot look into the directory, is told the same',
  async () => {
    using folder = temporaryFolder();
    const closed = join(folder.path, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    const [command, ...rest] = AS_NOBODY;
    const args = [...rest, process.execPath, MAIN, 'recover', join(closed, 'runs')];
    await expect(promisify(execFile)(command, args)).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/EACCES.*as the user of the service/),
    });
  },
);
