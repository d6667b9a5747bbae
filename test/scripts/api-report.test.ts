import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { apiReports, REPORTS } from '../../scripts/api/reports.ts';

test('the public types are those of docs/api: a change is accepted by `npm run api -- --accept`, never unseen', {
  timeout: 120_000,
}, () => {
  const accepted = readdirSync(REPORTS)
    .filter((file) => file.endsWith('.api.md'))
    .map((file) => [file.slice(0, -'.api.md'.length), readFileSync(join(REPORTS, file), 'utf8')]);
  expect(Object.fromEntries(apiReports()), 'Is the change meant? npm run api -- --accept, and a line in CHANGELOG.md').toEqual(
    Object.fromEntries(accepted),
  );
});
