/**
 * Strips the types of the project's files once, before the tests, for every process and thread that they start.
 *
 * Node strips types by a WebAssembly module, in each thread anew, and the tests start thousands of threads of TypeScript files. Two of some hundred runs of the
 * tests ended by SIGSEGV in a process that did nothing but start and end such threads. Others have found V8 freeing WebAssembly code that another thread looks
 * up at that moment. The package's own threads are JavaScript. It also takes 100 ms off the start of each thread and process.
 */
import { chmodSync, copyFileSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const FILES = '{src,test,bench,scripts,examples,collector-config}/**/*.ts';
const PROJECT = join(import.meta.dirname, '../../..');

/** Vitest calls it once before all tests; what it returns, once after them. */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'hft-stripped-'));
  // Some programs of the tests run as another user.
  chmodSync(folder, 0o755);
  const inherited = process.env.NODE_OPTIONS;
  // Node says once that the function may change: nothing for those who read what the tests print.
  const { emitWarning } = process;
  process.emitWarning = () => {};
  // Tools that are installed by themselves have folders of their own (scripts/reference).
  for (const file of globSync(FILES, { cwd: PROJECT, exclude: ['**/node_modules/**'] })) {
    const target = join(folder, file);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, stripTypeScriptTypes(readFileSync(join(PROJECT, file), 'utf8')));
  }
  process.emitWarning = emitWarning;
  writeFileSync(join(folder, 'project.json'), JSON.stringify(PROJECT));
  copyFileSync(join(import.meta.dirname, 'hook.cjs'), join(folder, 'hook.cjs'));
  process.env.NODE_OPTIONS = `${inherited ?? ''} --require "${join(folder, 'hook.cjs')}"`.trim();
  return () => {
    if (inherited === undefined) delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = inherited;
    rmSync(folder, { recursive: true, force: true });
  };
}
