/**
 * Directories that cannot be made, and in which Node's own `mkdir` with `recursive` never returns: it held the worker, or the caller's thread.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readSources, SRC } from '../../scripts/architecture/house.ts';
import { WitnessState } from '../../src/audit/witness/state.ts';
import { freePort } from '../../src/demo/ports.ts';
import type { LoggingConfig } from '../../src/index.ts';
import { jsonLinesIn, runProgram, temporaryFolder } from '../support/child.ts';
import { closeAfterTest } from '../support/closing.ts';
import { startOtlpServer } from '../support/otlp-server.ts';
import { program } from './support/programs.ts';

/** A directory that is there, in one in which none can be made. */
const IMPOSSIBLE = '/proc/no/such';

async function warningsWith(
  config: LoggingConfig,
  { awaited, env }: { readonly awaited?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  using folder = temporaryFolder();
  const args = [JSON.stringify(config), join(folder.path, 'app.jsonl'), ...(awaited === undefined ? [] : [awaited])];
  const { code, stdout, stderr } = await runProgram(program('no-directory.ts'), args, { timeoutMillis: 120_000, env });
  expect([code, stderr]).toEqual([0, '']);
  expect(jsonLinesIn(folder.path, 'app').map(({ n }) => n)).toEqual([1]);
  return (JSON.parse(stdout) as string[]).join('\n');
}

test('a service whose persistence.directory cannot be made logs, and is told', async () => {
  const warnings = await warningsWith({ persistence: { enabled: true, directory: `${IMPOSSIBLE}/runs` } });
  expect(warnings).toMatch(/HFT_PERSISTENCE: .*\/proc\/no\/such\/runs cannot be used: ENOENT.*Set persistence\.directory/);
}, 150_000);

test('a service whose control.directory cannot be made logs, and is told', async () => {
  const config = { control: { enabled: true, directory: `${IMPOSSIBLE}/control` } };
  expect(await warningsWith(config, { awaited: 'HFT_CONTROL' })).toMatch(/HFT_CONTROL: .*ENOENT.*Set control\.directory/);
}, 150_000);

test('a service whose deadLetters cannot be written logs, and is told', async () => {
  const server = closeAfterTest(await startOtlpServer());
  server.answerAlways({ kind: 'status', status: 400 });
  const warnings = await warningsWith({
    backends: { otlp: { logsEndpoint: server.logsUrl, deadLetters: `${IMPOSSIBLE}/dead.jsonl` } },
  });
  expect(warnings).toMatch(/could not be kept: \/proc\/no\/such\/dead\.jsonl: ENOENT.*could not be made/);
}, 150_000);

test('a service with a port of metrics whose temporary directory cannot be made logs', async () => {
  await warningsWith({ backends: { prometheus: { port: await freePort(0) } } }, { env: { TMPDIR: IMPOSSIBLE } });
}, 150_000);

test('a witness whose folder cannot be made does not start', () => {
  expect(() => new WitnessState(`${IMPOSSIBLE}/witness`)).toThrow(/ENOENT/);
});

test('no source lets Node make the directories above one', () => {
  const recursive = /\bmkdir(?:Sync)?\b(?:(?!;\n)[\s\S])*?\brecursive\b/;
  const found = readSources()
    .map(({ path }) => path)
    .filter((path) => recursive.test(readFileSync(join(SRC, path), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '')));
  expect(found).toEqual([]);
});
