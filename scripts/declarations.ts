/** Type declarations of the package: the compiler writes one for each source file, and a user's compiler reads only those that an export leads to. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** `import … from './x.ts'`, `export … from './x.ts'` and `import('./x.ts')`, as the compiler writes them. */
const REFERENCE = /(?:\bfrom |\bimport ?\(?)['"](\.[^'"]+)\.ts['"]/g;

/** Removes the declarations below `folder` that no file of `entries` leads to. */
export function keepReachableDeclarations(folder: string, entries: readonly string[]): void {
  const reached = new Set<string>();
  const open = entries.map((entry) => resolve(entry));
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (reached.has(file)) continue;
    reached.add(file);
    for (const [, path] of readFileSync(file, 'utf8').matchAll(REFERENCE)) open.push(resolve(dirname(file), `${path}.d.ts`));
  }
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const file = resolve(folder, path);
    if (file.endsWith('.d.ts') && !reached.has(file)) rmSync(file);
  }
}

/** The `types` of each of the package's exports. */
export function declaredEntries(root: string): string[] {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Record<string, string | { readonly types: string }>;
  };
  return Object.values(exports).flatMap((target) => (typeof target === 'string' ? [] : [join(root, target.types)]));
}
