import { join } from 'node:path';
import { rolldown } from 'rolldown';

/** Where the package begins: its front doors, its command, and the file that the worker starts from. */
const ENTRIES = ['index', 'otel', 'testing', 'cli/main', 'worker/main'];

/** Writes the package's JavaScript into `to`, from modules in `from` with this extension. */
export async function bundle(from: string, extension: '.js' | '.ts', to: string): Promise<void> {
  const build = await rolldown({
    input: Object.fromEntries(ENTRIES.map((entry) => [entry, join(from, `${entry}${extension}`)])),
    platform: 'node',
    external: /^[^./]/,
  });
  await build.write({
    dir: to,
    format: 'esm',
    entryFileNames: '[name].js',
    // One folder deep, as the sources are: files that look for their neighbours (the worker's, package.json) find them from there.
    chunkFileNames: 'chunks/[name].js',
  });
  await build.close();
}
