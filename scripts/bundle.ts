import { join } from 'node:path';
import { rolldown } from 'rolldown';

const SRC = join(import.meta.dirname, '../src');

/** Where the package begins: its front doors, its command, and the file that the worker starts from. */
const ENTRIES = ['index', 'otel', 'testing', 'cli/main', 'worker/main'];

/** Writes the package's JavaScript into `folder`. */
export async function bundle(folder: string): Promise<void> {
  const build = await rolldown({
    input: Object.fromEntries(ENTRIES.map((entry) => [entry, join(SRC, `${entry}.ts`)])),
    platform: 'node',
    external: /^[^./]/,
  });
  await build.write({
    dir: folder,
    format: 'esm',
    entryFileNames: '[name].js',
    // One folder deep, as the sources are: files that look for their neighbours (the worker's, package.json) find them from there.
    chunkFileNames: 'chunks/[name].js',
  });
  await build.close();
}
