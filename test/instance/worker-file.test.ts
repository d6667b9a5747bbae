/** Where the worker's file is looked for, and hosts that are refused. Real bundles are built in test/hosts. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { refuseUnfitHost } from '../../src/instance/unfit-host.ts';
import { findWorkerFile } from '../../src/instance/worker-file.ts';
import { VERSION } from '../../src/version.ts';
import { temporaryFolder } from '../support/child.ts';

function put(path: string, text = ''): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

/** A package of this name in `folder/node_modules`. */
function install(folder: string, version: string): string {
  const there = join(folder, 'node_modules/hft-otel');
  const exports = { './worker': './dist/worker/main.js', './package.json': './package.json' };
  put(join(there, 'package.json'), JSON.stringify({ name: 'hft-otel', version, exports }));
  return put(join(there, 'dist/worker/main.js'));
}

test('in the source and in the package: one folder away, with the same extension', () => {
  using folder = temporaryFolder();
  const source = put(join(folder.path, 'src/worker/main.ts'));
  expect(findWorkerFile(join(folder.path, 'src/common/worker-file.ts'), undefined)).toBe(source);
  const built = put(join(folder.path, 'dist/worker/main.js'));
  expect(findWorkerFile(join(folder.path, 'dist/chunks/logging.js'), undefined)).toBe(built);
});

test("an application's own worker/main.js is not taken for ours", () => {
  using folder = temporaryFolder();
  put(join(folder.path, 'dist/worker/main.js'));
  expect(findWorkerFile(join(folder.path, 'dist/server/app.js'), undefined)).toBeUndefined();
});

test.each(['mjs', 'js', 'cjs'])('a bundle finds hft-otel-worker.%s beside itself, or beside the program', (extension) => {
  using folder = temporaryFolder();
  const file = put(join(folder.path, `hft-otel-worker.${extension}`));
  expect(findWorkerFile(join(folder.path, 'app.js'), undefined)).toBe(file);
  expect(findWorkerFile(undefined, join(folder.path, 'app.js'))).toBe(file);
});

test('a bundle finds the installed package of its own version, and of no other', () => {
  using folder = temporaryFolder();
  const bundle = join(folder.path, 'dist/app.js');
  mkdirSync(dirname(bundle));
  install(folder.path, `${VERSION}-other`);
  expect(findWorkerFile(bundle, undefined)).toBeUndefined();
  using again = temporaryFolder();
  const file = install(again.path, VERSION);
  expect(findWorkerFile(join(again.path, 'dist/app.js'), undefined)).toBe(file);
});

test('a link to the program does not hide what stands beside it', () => {
  using folder = temporaryFolder();
  const file = put(join(folder.path, 'bin/hft-otel-worker.mjs'));
  symlinkSync(join(folder.path, 'bin'), join(folder.path, 'current'));
  expect(findWorkerFile(join(folder.path, 'bin/app.mjs'), join(folder.path, 'current/app.mjs'))).toBe(file);
});

test('Node that is older than package.json asks for is refused with its version', () => {
  const [major, minor] = packageJson.engines.node.replace('>=', '').split('.').map(Number) as [number, number];
  for (const node of ['18.20.0', '20.20.2', `${major}.${minor - 1}.9`])
    expect(() => refuseUnfitHost({ node })).toThrow(new RegExp(`Node ${node}: it needs ${major}\\.${minor} or newer`));
  for (const node of [`${major}.${minor}.0`, `${major + 1}.0.0`]) expect(() => refuseUnfitHost({ node })).not.toThrow();
});

test('Deno is refused with its version, Node and Bun are not', () => {
  expect(() => refuseUnfitHost({ node: '26.0.0', deno: '2.9.6' })).toThrow(/Deno \(2\.9\.6\).*docs\/hosts\.md/);
  expect(() => refuseUnfitHost({ node: '24.0.0', bun: '1.4.5' })).not.toThrow();
});
