import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type OutputOptions, type Plugin, rolldown } from 'rolldown';

/** Where the package begins: its front doors and its command, which share what they have in common; and the file that the worker starts from. */
const FRONT_DOORS = ['index', 'otel', 'testing', 'cli/main'];
const WORKER = ['worker/main'];

/**
 * Writes the package's JavaScript into `to`, from modules in `from` with this extension. The worker's file shares nothing with the others: it is another
 * thread, which would have to find and read each shared file anew, a millisecond a piece.
 */
export async function bundle(from: string, extension: '.js' | '.ts', to: string): Promise<void> {
  await write(from, extension, to, FRONT_DOORS, { chunkFileNames: 'chunks/[name].js' });
  await write(from, extension, to, WORKER, { chunkFileNames: 'worker/[name].js' });
}

/**
 * Writes every module of `from` that can be imported, by its own name, and the worker's file. Their code stands in one file, so what is hot runs as in the
 * package: constants and functions of other modules are known to the compiler, which they are not across files (a fifth of an encoder's time).
 */
export async function bundleModules(from: string, to: string): Promise<void> {
  const modules = readdirSync(from, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -'.ts'.length).replaceAll('\\', '/'))
    .filter((module) => !WORKER.includes(module) && module !== 'cli/main');
  await write(from, '.ts', to, modules, {
    chunkFileNames: 'chunks/[name].js',
    codeSplitting: { groups: [{ name: 'all', test: /./ }] },
  });
  await write(from, '.ts', to, WORKER, { chunkFileNames: 'worker/[name].js' });
}

async function write(
  from: string,
  extension: '.js' | '.ts',
  to: string,
  modules: readonly string[],
  options: OutputOptions,
): Promise<void> {
  const build = await rolldown({
    // Names of sources in the output are told from here: wherever it is built, the package is the same.
    cwd: from,
    input: Object.fromEntries(modules.map((module) => [module, join(from, `${module}${extension}`)])),
    platform: 'node',
    // Where everything stands in one file, there is nothing to be loaded later.
    checks: { ineffectiveDynamicImport: false },
    external: (name) => /^[^./\0]/.test(name) && !name.startsWith('node:'),
    plugins: [builtinsAsTheyAre],
  });
  // Entries and chunks are one folder deep, as the sources are: the file that starts the worker looks for it from there.
  await build.write({ dir: to, format: 'esm', entryFileNames: '[name].js', ...options });
  await build.close();
}

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
