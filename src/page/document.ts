/**
 * The page: one file of HTML, with its style and its code in it. The package's build puts the text in place of this module (scripts/page/build.ts); from the sources it
 * is the file that `npm run page` writes.
 */
import { readFile } from 'node:fs/promises';

const BUILT = new URL('../../.cache/page.html', import.meta.url);

/** Rejects, with what to do, when it was not built. */
export async function readDocument(): Promise<string> {
  try {
    return await readFile(BUILT, 'utf8');
  } catch (error) {
    throw new Error(`The page is not built: run \`npm run page\` (${(error as NodeJS.ErrnoException).code}).`);
  }
}
