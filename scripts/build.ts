#!/usr/bin/env node
// src → dist: types file for file; code in a few files, because finding and reading two hundred of them took more than half of a service's start.
// Dependencies stay dependencies. Names and lines stay as they are written: who debugs into the package reads what he reads here.
import { spawnSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from './bundle.ts';

const root = join(import.meta.dirname, '..');
rmSync(join(root, 'dist'), { recursive: true, force: true });
const { status } = spawnSync(
  process.execPath,
  [join(root, 'node_modules/typescript/bin/tsc'), '--project', join(root, 'tsconfig.build.json')],
  { stdio: 'inherit' },
);
if (status === 0) {
  await bundle(join(root, 'dist'));
  chmodSync(join(root, 'dist/cli/main.js'), 0o755);
}
process.exitCode = status ?? 1;
