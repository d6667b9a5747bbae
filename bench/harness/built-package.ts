/**
 * The package as users get it, in JavaScript, in a directory that git ignores; `dist/` is left alone.
 */
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from '../../scripts/bundle.ts';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const CACHE = join(ROOT, 'node_modules', '.cache', 'hft-otel-bench');
const PACKAGE = join(CACHE, 'package');

/** Builds `src` and returns the path of its front door. */
export async function buildPackage(): Promise<string> {
  const output = join(PACKAGE, 'dist');
  rmSync(PACKAGE, { recursive: true, force: true });
  mkdirSync(PACKAGE, { recursive: true });
  copyFileSync(join(ROOT, 'package.json'), join(PACKAGE, 'package.json'));
  await bundle(join(ROOT, 'src'), '.ts', output);
  return join(output, 'index.js');
}
