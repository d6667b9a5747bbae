/** Package managers that do not put packages where Node looks for them: pnpm links each to its own dependencies alone, Yarn keeps them in archives. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { APPS, installHosts, packPackage, run, runApp, tool, WORKS } from './hosts.ts';

const PACKAGES = ['koffi@3.3.4', '@opentelemetry/api@1.10.0'];

let hosts: string;
let packed: ReturnType<typeof packPackage>;
const projects: string[] = [];
beforeAll(() => {
  hosts = installHosts();
  packed = packPackage();
});
afterAll(() => {
  packed[Symbol.dispose]();
  for (const each of projects) rmSync(each, { recursive: true, force: true });
});

function makeProject(): string {
  const project = mkdtempSync(join(tmpdir(), 'hft-otel-project-'));
  projects.push(project);
  cpSync(join(APPS, 'app.mjs'), join(project, 'app.mjs'));
  cpSync(join(APPS, 'memory.mjs'), join(project, 'memory.mjs'));
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }');
  return project;
}

/** What a program that has koffi says of its memory: both threads have found the package. */
const MAPPED = { kind: 'mapped', complete: true };

test('pnpm', () => {
  const project = makeProject();
  const pnpm = tool(hosts, 'pnpm/bin/pnpm.mjs');
  // koffi comes with its binaries; that its build script was not run is an error to pnpm.
  const scripts = ['--ignore-scripts', '--store-dir', join(project, 'store')];
  run(process.execPath, [pnpm, 'add', ...scripts, packed.tarball, ...PACKAGES], project);
  expect(runApp(process.execPath, [join(project, 'app.mjs')])).toEqual(WORKS);
  expect(runApp(process.execPath, [join(project, 'memory.mjs')]).told).toEqual(MAPPED);
});

test("Yarn, Plug'n'Play", () => {
  const project = makeProject();
  const yarn = tool(hosts, '@yarnpkg/cli-dist/bin/yarn.js');
  writeFileSync(join(project, 'yarn.lock'), '');
  const registry = run('npm', ['config', 'get', 'registry'], project).trim();
  const settings = {
    enableTelemetry: false,
    enableScripts: false,
    globalFolder: join(project, 'global'),
    npmRegistryServer: registry,
  };
  writeFileSync(join(project, '.yarnrc.yml'), JSON.stringify(settings));
  run(process.execPath, [yarn, 'add', `hft-otel@file:${packed.tarball}`, ...PACKAGES], project);
  const program = (name: string) => [yarn, 'node', join(project, name)];
  expect(runApp(process.execPath, program('app.mjs'), project)).toEqual(WORKS);
  expect(runApp(process.execPath, program('memory.mjs'), project).told).toEqual(MAPPED);
});
