/**
 * The package as users get it, in JavaScript. Made once per run of the suite, in a directory that git ignores; `dist/` is left alone.
 */
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle, bundleModules } from '../../scripts/bundle.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CACHE = join(ROOT, 'node_modules', '.cache', 'hft-otel-bench');
const PACKAGE = join(CACHE, 'package');

/** Where every module of `src` stands by its own name, once {@link buildModules} has run. */
export const MODULES = join(CACHE, 'modules');

/** Builds `src` and returns the path of its front door. */
export async function buildPackage(): Promise<string> {
  const output = join(PACKAGE, 'dist');
  rmSync(PACKAGE, { recursive: true, force: true });
  mkdirSync(PACKAGE, { recursive: true });
  copyFileSync(join(ROOT, 'package.json'), join(PACKAGE, 'package.json'));
  await bundle(join(ROOT, 'src'), '.ts', output);
  return join(output, 'index.js');
}

/** Builds `src` for those who import what is inside. */
export async function buildModules(): Promise<void> {
  rmSync(MODULES, { recursive: true, force: true });
  await bundleModules(join(ROOT, 'src'), MODULES);
}
