/**
 * The package as users get it, in JavaScript, in a directory that git ignores; `dist/` is left alone.
 */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from '../../scripts/bundle.ts';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const CACHE = join(ROOT, 'node_modules', '.cache', 'hft-otel-bench');

/** Builds `src` and returns the path of its front door. Each process has a folder of its own until it ends: cases of a smoke run run side by side. */
export async function buildPackage(): Promise<string> {
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, 'package-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const output = join(folder, 'dist');
  copyFileSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  await bundle(join(ROOT, 'src'), '.ts', output);
  return join(output, 'index.js');
}
