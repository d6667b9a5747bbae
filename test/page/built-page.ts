/** The page's document, built once for a test file: from sources the server reads dist/page.html. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildPage } from '../../scripts/page/build.ts';

const DIST = join(import.meta.dirname, '../../dist');

export async function buildPageForTests(): Promise<void> {
  const html = await buildPage();
  mkdirSync(DIST, { recursive: true });
  // Other test files may be reading it.
  const temporary = join(DIST, `page-${process.pid}.html`);
  writeFileSync(temporary, html);
  renameSync(temporary, join(DIST, 'page.html'));
}
