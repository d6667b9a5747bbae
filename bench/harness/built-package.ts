/**
 * The package as users get it, in JavaScript: what starting it costs must not include stripping types. Compiled once per run of the suite into a
 * directory that git ignores; `dist/` is left alone.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PACKAGE = join(ROOT, 'node_modules', '.cache', 'hft-otel-bench');

/** Compiles `src` and returns the path of its front door. */
export function buildPackage(): string {
  const output = join(PACKAGE, 'dist');
  rmSync(PACKAGE, { recursive: true, force: true });
  mkdirSync(PACKAGE, { recursive: true });
  copyFileSync(join(ROOT, 'package.json'), join(PACKAGE, 'package.json'));
  const compiler = join(createRequire(import.meta.url).resolve('typescript/package.json'), '..', 'bin', 'tsc');
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [compiler, '-p', join(ROOT, 'bench', 'tsconfig.package.json'), '--outDir', output],
    {
      encoding: 'utf8',
    },
  );
  const entry = join(output, 'index.js');
  // Whether types hold is the type check's business.
  if (!existsSync(entry)) throw new Error(`The package was not compiled: ${stdout}${stderr}`);
  return entry;
}
