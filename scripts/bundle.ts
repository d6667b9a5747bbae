import { join } from 'node:path';
import {
  type ChunkingContext,
  type CodeSplittingGroup,
  type CodeSplittingOptions,
  type OutputOptions,
  type Plugin,
  rolldown,
} from 'rolldown';
import { buildPage } from './page/build.ts';

/** Where the package begins: its front doors and its command, which share what they have in common; and the file that the worker starts from. */
const FRONT_DOORS = [
  'index',
  'otel',
  'testing',
  'cli/main',
  'adapters/pino/pino',
  'adapters/fastify/fastify',
  'adapters/express/express',
  'adapters/console/console',
  'adapters/winston/winston',
  'adapters/nestjs/nestjs',
  'adapters/register/register',
  'adapters/ccxt/ccxt',
];
const WORKER = 'worker/main';

/** What the worker loads late and together: a file each, or it would find and read twenty of them at a service's start (1 ms each). */
const LATE_IN_THE_WORKER: Readonly<Record<string, readonly string[]>> = {
  files: ['backends/file/open', 'backends/audit/open', 'audit/file-sink'],
  pages: ['backends/prometheus/open', 'backends/percentiles/open'],
};

/**
 * Writes the package's JavaScript into `to`, from modules in `from` with this extension. The worker's file shares nothing with the others: it is another
 * thread, which would have to find and read each shared file anew, a millisecond a piece.
 */
export async function bundle(from: string, extension: '.js' | '.ts', to: string): Promise<void> {
  const path = (name: string) => join(from, `${name}${extension}`);
  const output: OutputOptions = {
    dir: to,
    chunkFileNames: 'chunks/[name].js',
    codeSplitting: fewFiles(path('index'), [path('cli/main')]),
  };
  await bundleFiles(from, Object.fromEntries(FRONT_DOORS.map((name) => [name, path(name)])), output, [openedInTheWorker]);
  await bundleWorker(from, extension, to);
}

export async function bundleWorker(from: string, extension: '.js' | '.ts', to: string): Promise<void> {
  const entry = join(from, `${WORKER}${extension}`);
  const late = Object.entries(LATE_IN_THE_WORKER).map(
    ([name, modules]) => [name, modules.map((module) => join(from, `${module}${extension}`))] as const,
  );
  const output = { dir: to, chunkFileNames: 'worker/[name].js', codeSplitting: fewFiles(entry, [], late) };
  await bundleFiles(from, { [WORKER]: entry }, output, [openedByTheCaller]);
}

/**
 * One file for what a service always loads, beside its entry. Left to itself, the bundler makes a file of each set of entries and late imports that share a module:
 * thirty for a service's start, each to be found and read (0.5 ms). What the `others` load at their start as well has a file of its own: the command does not read a
 * service's code to print its help. `late`: by name, modules that are imported late, which have a file with all that they import. Entries stay apart, for what they
 * run when they are loaded: no other file may start a worker, or wait for one, by importing from it.
 */
function fewFiles(
  entry: string,
  others: readonly string[] = [],
  late: readonly (readonly [name: string, modules: readonly string[]])[] = [],
): CodeSplittingOptions {
  const core = loadedBy(entry);
  const elsewhere = others.map(loadedBy);
  const isEntry = (id: string) => id === entry || others.includes(id);
  return {
    groups: [
      group('common', 2, (id, context) => core(id, context) && elsewhere.some((each) => each(id, context))),
      group('core', 1, (id, context) => !isEntry(id) && core(id, context)),
      ...late.map(([name, modules]) => {
        const loads = modules.map(loadedBy);
        return group(name, 0, (id, context) => !core(id, context) && loads.some((each) => each(id, context)));
      }),
    ],
  };
}

/** A group of the bundler's: it takes what it holds, and what that imports, unless a group of a higher priority has it. */
function group(name: string, priority: number, holds: (id: string, context: ChunkingContext) => boolean): CodeSplittingGroup {
  return { name: (id, context) => (holds(id, context) ? name : null), debugName: name, priority };
}

/** Whether an entry loads a module at its start. */
function loadedBy(entry: string): (id: string, context: ChunkingContext) => boolean {
  const known = new Map([[entry, true]]);
  return function isLoaded(id, context): boolean {
    const before = known.get(id);
    if (before !== undefined) return before;
    // Ends the walk where modules import each other.
    known.set(id, false);
    const found = context.getModuleInfo(id)?.importers.some((importer) => isLoaded(importer, context)) ?? false;
    known.set(id, found);
    return found;
  };
}

/** Bundles files, given by their names in the output, with everything of theirs but dependencies. */
export async function bundleFiles(
  root: string,
  files: Readonly<Record<string, string>>,
  output: OutputOptions,
  plugins: readonly Plugin[] = [],
): Promise<void> {
  const build = await rolldown({
    // Names of sources in the output are told from here: wherever it is built, the package is the same.
    cwd: root,
    input: files,
    platform: 'node',
    external: (name) => /^[^./\0]/.test(name) && !name.startsWith('node:'),
    // Where all is to stand in one file, nothing can be loaded later.
    checks: { ineffectiveDynamicImport: false },
    plugins: [...plugins, pageInside, builtinsAsTheyAre, asciiOnly],
  });
  // Entries and chunks are one folder deep, as the sources are: the file that starts the worker looks for it from there.
  await build.write({ format: 'esm', entryFileNames: '[name].js', ...output });
  await build.close();
}

/** Backends are opened in the worker: the other files know their descriptors, and never load the code behind them. */
export const openedInTheWorker: Plugin = {
  name: 'opened-in-the-worker',
  resolveId: {
    filter: { id: /(?:^|\/)open\.[jt]s$/ },
    handler: (name, importer) =>
      importer !== undefined && /[\\/]backends[\\/]/.test(importer) ? { id: `\0${name}`, external: false } : undefined,
  },
  load: {
    filter: { id: /^\0.*open\.[jt]s$/ },
    handler: () => 'export {};',
  },
};

/** What the caller's thread opens at an exit without a worker is no code of the worker. */
const openedByTheCaller: Plugin = {
  name: 'opened-by-the-caller',
  resolveId: {
    filter: { id: /\/at-exit\.[jt]s$/ },
    handler: (name) => ({ id: `\0${name}`, external: false }),
  },
  load: {
    filter: { id: /^\0.*at-exit\.[jt]s$/ },
    handler: () => 'export const atExit = undefined;',
  },
};

/** The live page stands in the package's code, in a file of its own, so that it is there wherever the worker's code is, in a bundle of a user's too. */
const pageInside: Plugin = {
  name: 'page-inside',
  load: {
    filter: { id: /[\\/]page[\\/]document\.[jt]s$/ },
    handler: async () => `const html = ${JSON.stringify(await buildPage())};\nexport const readDocument = async () => html;`,
  },
};

/**
 * Node's own modules as `require` gives them. To an `import`, Node evaluates all that a module exports, also what it would otherwise load when it is first
 * used: of `node:http` that is all of `fetch` (Node 24.21: 15 ms and 3 MiB), of `node:fs` streams, promises and a line editor (3 ms).
 */
const builtinsAsTheyAre: Plugin = {
  name: 'builtins-as-they-are',
  resolveId: {
    filter: { id: /^node:/ },
    handler: (name) => ({ id: `\0${name}`, external: false }),
  },
  load: {
    filter: { id: /^\0node:/ },
    handler(id) {
      const name = id.slice(1);
      if (LOADED_WHEN_CALLED.has(name)) return whenCalled(name);
      const names = Object.keys(process.getBuiltinModule(name) as object).filter((each) => /^[A-Za-z_$][\w$]*$/.test(each));
      return [
        `const builtin = /* @__PURE__ */ process.getBuiltinModule('${name}');`,
        'export default builtin;',
        ...names.map(
          (each) => `const own_${each} = /* @__PURE__ */ (() => builtin.${each})(); export { own_${each} as ${each} };`,
        ),
      ].join('\n');
    },
  },
};

/**
 * Modules of Node that take milliseconds to load, and of which many programs call nothing (Node 24.21: crypto 4 ms, fs/promises 2, tty 2, net 1, zlib 1,
 * child_process 1, v8 1). To `import()` one of them keeps all of its exports, and so loads it at the start: import it by names.
 */
const LOADED_WHEN_CALLED: ReadonlySet<string> = new Set([
  'node:child_process',
  'node:crypto',
  'node:fs/promises',
  'node:inspector',
  'node:net',
  'node:tty',
  'node:v8',
  'node:vm',
  'node:zlib',
]);

/** Functions that load their module when they are called first. Classes and constants load it at once, where they are used at all. */
function whenCalled(name: string): string {
  const module = process.getBuiltinModule(name) as Record<string, unknown>;
  return [
    'let loaded;',
    `const builtin = () => (loaded ??= process.getBuiltinModule('${name}'));`,
    ...Object.keys(module)
      .filter((each) => /^[A-Za-z_$][\w$]*$/.test(each))
      .map((each) =>
        typeof module[each] === 'function' && /^[a-z]/.test(each)
          ? `const own_${each} = (...args) => builtin().${each}(...args); export { own_${each} as ${each} };`
          : `const own_${each} = /* @__PURE__ */ (() => builtin().${each})(); export { own_${each} as ${each} };`,
      ),
    'const whole = /* @__PURE__ */ (() => builtin())(); export default whole;',
  ].join('\n');
}

/**
 * Characters beyond ASCII as escapes. The engine keeps a source with a single one of them, in a comment even, at two bytes a character: 0.7 MB more in each thread
 * that loads it. The sources use them in texts, regular expressions and comments only.
 */
const asciiOnly: Plugin = {
  name: 'ascii-only',
  generateBundle(_options, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type !== 'chunk') continue;
      file.code = file.code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
    }
  },
};
