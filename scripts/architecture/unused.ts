/** What nobody uses: files that no other imports, and exported values that nothing but their own definition, or their own file, names. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { SourceFile } from './house.ts';

const VALUE = /^export (?:async )?(?:abstract )?(?:const|let|class|function\*?) ([\w$]+)/gm;
const WORD = /[\w$]+/g;
const COMMENTS = /\/\*[\s\S]*?\*\/|\/\/.*/g;

/** Code beside the sources that may use their exports. */
const BESIDE = ['test', 'bench', 'scripts', 'page', 'examples'].map((folder) => resolve(import.meta.dirname, '../..', folder));

export interface UnusedExport {
  /** Relative to the sources. */
  readonly path: string;
  readonly name: string;
}

export function unimportedFiles(files: readonly SourceFile[]): string[] {
  const imported = new Set(files.flatMap(({ imports }) => imports));
  return files.map(({ path }) => path).filter((path) => !imported.has(path));
}

/** Values that the sources use nowhere, and those that only their own file uses: they need no `export`. */
export function unusedExports(files: readonly SourceFile[], src: string): UnusedExport[] {
  const texts = files.map(({ path }) => ({ path, text: textOf(join(src, path)) }));
  const uses = new Map<string, number>();
  const users = new Map<string, number>();
  for (const { text } of texts) for (const [word] of text.matchAll(WORD)) uses.set(word, (uses.get(word) ?? 0) + 1);
  for (const text of [...texts.map(({ text }) => text), ...BESIDE.flatMap(textsIn)])
    for (const word of new Set(text.match(WORD))) users.set(word, (users.get(word) ?? 0) + 1);
  return texts.flatMap(({ path, text }) =>
    [...text.matchAll(VALUE)]
      .map(([, name]) => ({ path, name: name! }))
      .filter(({ name }) => uses.get(name) === 1 || users.get(name) === 1),
  );
}

function textsIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => textOf(join(entry.parentPath, entry.name)));
}

/** Without comments. */
function textOf(path: string): string {
  return readFileSync(path, 'utf8').replace(COMMENTS, '');
}
