/** Several processes that find one dead run. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/child.ts';
import { accountOf, killOnly, outputOf, start } from './kill.ts';

const RACES = Number(process.env.HFT_RACES ?? 1);

test.each(Array.from({ length: RACES }, (_, i) => i))('of four starts at once, one takes the run (race %i)', async () => {
  using folder = temporaryFolder();
  const killing = { folder: folder.path, directory: join(folder.path, 'runs'), threads: 1, perSecond: 50_000, auditEvery: 5 };
  await killOnly({ ...killing, afterMillis: 60 });
  const starters = Array.from({ length: 4 }, () => start('recovering.ts', killing));
  const said = (await Promise.all(starters.map(outputOf))).map((text) => JSON.parse(text.trim().split('\n').at(-1)!));
  // A run in which nothing was left is cleared away and not reported: the worker may have written everything just before the kill.
  const takers = said.filter(({ runs }) => runs > 0);
  expect(takers.length).toBeLessThanOrEqual(1);
  expect(said.reduce((sum, { logs, audit, encoded }) => sum + logs + audit + encoded, 0) > 0).toBe(takers.length === 1);
  const { missing, gaps, twice, left } = accountOf(killing.folder, killing.directory, 1, {});
  expect({ missing, gaps, left }).toEqual({ missing: { logs: 0, audits: 0 }, gaps: 0, left: [] });
  // Of a batch that was on its way at the kill.
  const lines = readFileSync(join(folder.path, 'app.jsonl'), 'utf8').trim().split('\n').length;
  expect(twice).toBeLessThan(lines);
});
