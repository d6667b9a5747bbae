/** What nobody uses: files that no other imports, and exported values that nothing but their own definition names. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SourceFile } from './house.ts';

const VALUE = /^export (?:async )?(?:abstract )?(?:const|let|class|function\*?) ([\w$]+)/gm;
const COMMENTS = /\/\*[\s\S]*?\*\/|\/\/.*/g;

export interface UnusedExport {
  /** Relative to the sources. */
  readonly path: string;
  readonly name: string;
}

export function unimportedFiles(files: readonly SourceFile[]): string[] {
  const imported = new Set(files.flatMap(({ imports }) => imports));
  return files.map(({ path }) => path).filter((path) => !imported.has(path));
}

export function unusedExports(files: readonly SourceFile[], src: string): UnusedExport[] {
  const texts = files.map(({ path }) => ({ path, text: readFileSync(join(src, path), 'utf8').replace(COMMENTS, '') }));
  const counts = new Map<string, number>();
  for (const { text } of texts) for (const [word] of text.matchAll(/[\w$]+/g)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return texts.flatMap(({ path, text }) =>
    [...text.matchAll(VALUE)].map(([, name]) => ({ path, name: name! })).filter(({ name }) => counts.get(name) === 1),
  );
}
