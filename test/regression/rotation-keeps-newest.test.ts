import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createLogging } from '../../src/index.ts';
import { temporaryFolder } from '../support/child.ts';

/** Rotations within one second took names that `keep` had freed, and the newest files were deleted as the oldest. */
test('however fast a file rotates, `keep` keeps the newest', async () => {
  using folder = temporaryFolder();
  const logging = createLogging({
    backends: { file: { path: join(folder.path, 'app.jsonl'), rotation: { bytes: 100_000 }, keep: 3 } },
    handleExits: false,
  });
  const logger = logging.getLogger('rotation');
  const records = 40_000;
  for (let i = 1; i <= records; i++) {
    logger.info('tick', { i });
    if (i % 500 === 0) await logging.flush();
  }
  await logging.shutdown();
  const kept = readdirSync(folder.path)
    .flatMap((name) => readFileSync(join(folder.path, name), 'utf8').split('\n'))
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { i: number }).i)
    .sort((a, b) => a - b);
  expect(kept.at(-1)).toBe(records);
  expect(kept).toEqual(Array.from({ length: kept.length }, (_, i) => records - kept.length + 1 + i));
});
