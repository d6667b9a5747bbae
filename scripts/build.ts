#!/usr/bin/env node
// src → dist: types file for file, as far as an export leads to them; code in a few files, because finding and reading two hundred of them took more than half of a
// service's start.
// Dependencies stay dependencies. Names and lines stay as they are written: who debugs into the package reads what he reads here.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from './bundle.ts';
import { declaredEntries, keepReachableDeclarations } from './declarations.ts';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const folder = mkdtempSync(join(tmpdir(), 'hft-otel-build-'));
// Its name is in the output: an index without a name of its own is called after its folder.
const compiled = join(folder, 'src');
try {
  // The compiler writes what the oldest Node of `engines` understands; the bundler only puts it together.
  const { status } = spawnSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '--project', join(root, 'tsconfig.build.json'), '--outDir', compiled],
    { stdio: 'inherit' },
  );
  if (status === 0) {
    rmSync(dist, { recursive: true, force: true });
    cpSync(compiled, dist, { recursive: true, filter: (path) => !path.endsWith('.js') });
    keepReachableDeclarations(dist, declaredEntries(root));
    await bundle(compiled, '.js', dist);
    chmodSync(join(dist, 'cli/main.js'), 0o755);
  }
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
