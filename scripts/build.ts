#!/usr/bin/env node
// src → dist: JavaScript and types, file for file, so that the worker's file stays where its starter looks for it.
import { spawnSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
rmSync(join(root, 'dist'), { recursive: true, force: true });
const { status } = spawnSync(
  process.execPath,
  [join(root, 'node_modules/typescript/bin/tsc'), '--project', join(root, 'tsconfig.build.json')],
  {
    stdio: 'inherit',
  },
);
if (status === 0) chmodSync(join(root, 'dist/cli/main.js'), 0o755);
process.exitCode = status ?? 1;
