/** The page's document, built once for a test file: from sources the server reads .cache/page.html. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildPage } from '../../scripts/page/build.ts';

const FOLDER = join(import.meta.dirname, '../../.cache');

export async function buildPageForTests(): Promise<void> {
  const html = await buildPage();
  mkdirSync(FOLDER, { recursive: true });
  // Other test files may be reading it.
  const temporary = join(FOLDER, `page-${process.pid}.html`);
  writeFileSync(temporary, html);
  renameSync(temporary, join(FOLDER, 'page.html'));
}
