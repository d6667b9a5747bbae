/**
 * Finds the worker's file and starts a thread of it. In the installed package the file is one folder away; a bundler puts this code somewhere else, and
 * the worker must then be found in one of the places that docs/hosts.md names.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, extname, join } from 'node:path';
import type { WorkerOptions } from 'node:worker_threads';
// biome-ignore lint/style/useNodejsImportProtocol: webpack knows a worker by this spelling only.
import { Worker } from 'worker_threads';
import { ownFile } from '../common/own-file.ts';
import { connectionFlagsOf, startWithFlags } from '../common/process/connection-flags.ts';
import { VERSION } from '../version.ts';

/** Name of a bundler's second entry, `hft-otel/worker`, in its output. */
const BUNDLED_NAMES = ['hft-otel-worker.mjs', 'hft-otel-worker.js', 'hft-otel-worker.cjs'];

/** Folders of this code in the source and in the package. */
const OWN_FOLDERS = ['common', 'chunks'];

export interface WorkerThread {
  readonly worker: Worker;
  readonly isFound: boolean;
}

/**
 * A thread of the worker's file, and whether that was found. If not, it starts only where a bundler has put the file somewhere by itself. Of the flags of this
 * process it has those for connections. Without the others: `--import` would start the application's instrumentation a second time.
 */
export function startWorkerThread(options: WorkerOptions): WorkerThread {
  return startWithFlags(connectionFlagsOf(process.execArgv), (execArgv) => startThread({ ...options, execArgv }));
}

function startThread(options: WorkerOptions): WorkerThread {
  const file = findWorkerFile(ownFile(), process.argv[1]);
  if (file !== undefined) return { worker: new Worker(file, options), isFound: true };
  // webpack knows this form, and makes a file of the worker. Next's tracer knows it too. It must stand here as it is.
  return { worker: new Worker(new URL('../worker/main.js', import.meta.url), options), isFound: false };
}

/** `here` is the file that this code is in, `program` the one that Node was started with. */
export function findWorkerFile(here: string | undefined, program: string | undefined): string | undefined {
  if (here !== undefined && OWN_FOLDERS.includes(basename(dirname(here)))) {
    const packaged = join(dirname(here), '../worker', `main${extname(here)}`);
    if (existsSync(packaged)) return packaged;
  }
  const places = [here, program].filter((file) => file !== undefined).map((file) => dirname(file));
  const bundled = places.flatMap((folder) => BUNDLED_NAMES.map((name) => join(folder, name))).find((file) => existsSync(file));
  return bundled ?? installed(places);
}

/** The worker of the installed package, if one of the same version can be found from where the bundle stands. */
function installed(folders: readonly string[]): string | undefined {
  for (const folder of folders) {
    try {
      const require = createRequire(join(folder, 'bundle.js'));
      const { version } = JSON.parse(readFileSync(require.resolve('hft-otel/package.json'), 'utf8')) as { version: string };
      // Words in shared memory differ from version to version.
      if (version === VERSION) return require.resolve('hft-otel/worker');
    } catch {
      // The package is not installed there.
    }
  }
  return undefined;
}
