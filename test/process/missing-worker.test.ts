/** Programs whose bundler has left the worker's file behind: nobody waits for a worker, and nothing is lost that a file can take. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { jsonLinesIn, runProgram, temporaryFolder } from '../support/child.ts';

const built = temporaryFolder();
const bundle = join(built.path, 'one-file.mjs');
// Beside the bundle: from inside the checkout the worker of a package built there would be found.
const program = join(built.path, 'missing-worker.mts');

beforeAll(async () => {
  copyFileSync(join(import.meta.dirname, 'programs/missing-worker.ts'), program);
  const build = await rolldown({
    cwd: join(import.meta.dirname, '../..'),
    input: 'src/index.ts',
    platform: 'node',
    logLevel: 'silent',
  });
  await build.write({ file: bundle, format: 'esm', codeSplitting: false });
  await build.close();
});
afterAll(() => built[Symbol.dispose]());

test.each([
  ['nothing', 'nothing', 0],
  ['ready', expect.stringContaining('The file of the worker is not there'), 0],
  ['flush', false, 0],
  ['receipt', '3 disk', 1],
  ['many receipts', [3, 4, 5, 6, 7], 5],
  ['a receipt of the collector', expect.stringContaining('has no receipt "collector": no worker starts'), 1],
  ['snapshot', expect.stringContaining('No worker starts'), 0],
] as const)('asked for: %s; everything is in the files when the shutdown is over', async (how, answer, further) => {
  using folder = temporaryFolder();
  const { code, stdout, stderr } = await runProgram(program, [bundle, folder.path, how]);
  expect(code, stderr).toBe(0);
  const told = JSON.parse(stdout);
  expect(told).toMatchObject({ answer, complete: true, pending: 0 });
  expect(jsonLinesIn(folder.path, 'app').map(({ i }) => i)).toEqual([1, 2, 3]);
  const events = Array.from({ length: 2 + further }, (_, i) => i + 1);
  expect(jsonLinesIn(folder.path, 'audit').map(({ audit_seq, i }) => [audit_seq, i])).toEqual(events.map((i) => [i, i]));
  for (const { taken, delivered } of Object.values<Record<string, number>>(told.backends)) expect(delivered).toBe(taken);
});
