/**
 * Cases measure what users run, which is not the source but what is built from it. V8 knows the constants and functions of a file, and must look those of
 * another one up in each use: from source, an encoder takes a fifth longer. So each case becomes one file, with all that it imports of `src`, beside the
 * worker's file as it is published.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Plugin } from 'rolldown';
import { bundleFiles, bundleWorker, openedInTheWorker } from '../../scripts/bundle.ts';
import { CACHE, ROOT } from './built-package.ts';

const BENCH = join(ROOT, 'bench');
const SOURCE = join(ROOT, 'src');
const BUILT = join(CACHE, 'cases');

/** Builds case files, given by their paths in bench/. */
export async function buildCases(files: ReadonlySet<string>): Promise<void> {
  rmSync(BUILT, { recursive: true, force: true });
  await bundleWorker(SOURCE, '.ts', BUILT);
  for (const file of files) {
    const entry = join(BENCH, file);
    await bundleFiles(ROOT, { case: entry }, { file: builtCase(file), codeSplitting: false }, [
      openedInTheWorker,
      helpersStayInPlace(entry),
    ]);
  }
}

/** What helps a case is found where it was written: some of it is also started as a process of its own, some has files beside it. */
function helpersStayInPlace(entry: string): Plugin {
  return {
    name: 'helpers-stay-in-place',
    transform: {
      filter: { code: 'import.meta.url' },
      handler: (code, file) =>
        file === entry || file.startsWith(SOURCE)
          ? undefined
          : code.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(file).href)),
    },
  };
}

/** Where a case stands once it is built. One folder deep, as what starts the worker expects. */
export function builtCase(file: string): string {
  return join(BUILT, 'bench', file.replaceAll('/', '-').replace(/\.ts$/, '.js'));
}
