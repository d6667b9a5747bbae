/**
 * The package as others get it: packed, installed into an empty project, and used from JavaScript, CommonJS, TypeScript and the command line.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const CONSUMER = join(import.meta.dirname, 'consumer');
/** Everything that makes the package; a copy of it, so that the checkout's own `dist` stays as it is. */
const PARTS = ['src', 'page', 'docs', 'scripts', 'collector-config', 'LICENSE', 'README.md', 'CHANGELOG.md', 'package.json'];
const BUILD_TIMEOUT_MILLIS = 120_000;
/** What a user downloads. The dashboards of Grafana are a quarter of it. */
const MOST_PACKED_BYTES = 1_175_000;

let folder: string;
let app: string;
let tarball: string;
let files: readonly string[];
let packedBytes: number;

/** This Node first: the machine's own may be older. */
const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}` };

function run(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: 'utf8', timeout: BUILD_TIMEOUT_MILLIS });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${stdout}\n${stderr}`);
  return stdout;
}

const node = (...args: string[]) => run(process.execPath, args, app);
const bin = (name: string) => join(ROOT, 'node_modules/.bin', name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hft-otel-package-'));
  const copy = join(folder, 'checkout');
  for (const part of PARTS) cpSync(join(ROOT, part), join(copy, part), { recursive: true });
  for (const name of readdirSync(ROOT)) if (/^tsconfig.*\.json$/.test(name)) cpSync(join(ROOT, name), join(copy, name));
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  const [packed] = JSON.parse(
    run('npm', ['pack', '--json', '--silent', '--pack-destination', folder], copy).replace(/^[^[]*/, ''),
  );
  tarball = join(folder, packed.filename);
  packedBytes = packed.size;
  files = packed.files.map(({ path }: { path: string }) => path);

  app = join(folder, 'app');
  cpSync(CONSUMER, app, { recursive: true });
  writeFileSync(join(app, 'package.json'), '{ "name": "app", "private": true, "type": "module" }');
  run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel', 'error', tarball], app);
}, BUILD_TIMEOUT_MILLIS);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('what is in it', () => {
  test('the built package with its documents, and neither sources nor tests', () => {
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'CHANGELOG.md', 'package.json', 'docs/values.md']));
    expect(files).toEqual(
      expect.arrayContaining(['dist/index.js', 'dist/index.d.ts', 'dist/worker/main.js', 'dist/cli/main.js']),
    );
    expect(files).toEqual(expect.arrayContaining(['collector-config/agent.yaml']));
    const strange = files.filter(
      (path) => !/^(?:dist|docs|collector-config)\/|^(?:LICENSE|README\.md|CHANGELOG\.md|package\.json)$/.test(path),
    );
    expect(strange).toEqual([]);
    expect(files.filter((path) => /(?<!\.d)\.ts$|\.test\.|\.map$|(?:^|\/)tests?\//.test(path))).toEqual([]);
  });

  test(`not more than ${MOST_PACKED_BYTES / 1_000} kB to download`, () => {
    expect(packedBytes).toBeLessThan(MOST_PACKED_BYTES);
    expect(statSync(tarball).size).toBe(packedBytes);
  });

  test('every file that package.json names is there, and no path of the machine that built it', () => {
    const { exports, bin: commands } = JSON.parse(readFileSync(join(app, 'node_modules/hft-otel/package.json'), 'utf8'));
    const named = [...Object.values(exports), commands].flatMap((each) =>
      typeof each === 'string' ? [each] : Object.values(each!),
    );
    expect(named.length).toBeGreaterThanOrEqual(12);
    for (const path of named) expect(files).toContain((path as string).slice(2));
    for (const path of files.filter((each) => /\.(?:js|d\.ts|json)$/.test(each))) {
      expect(readFileSync(join(app, 'node_modules/hft-otel', path), 'utf8')).not.toContain(folder);
    }
  });

  test('publint --strict and attw find nothing', () => {
    run(bin('publint'), [tarball, '--strict'], folder);
    run(bin('attw'), [tarball, '--profile', 'esm-only'], folder);
  });
});

test('one copy of each OpenTelemetry package is installed with it', () => {
  const nested = readdirSync(join(app, 'node_modules/@opentelemetry')).filter((name) =>
    readdirSync(join(app, 'node_modules/@opentelemetry', name)).includes('node_modules'),
  );
  expect(nested).toEqual([]);
  expect(readdirSync(join(app, 'node_modules/hft-otel'))).not.toContain('node_modules');
});

test('from plain JavaScript: files, audit, a backend of its own, metrics, a thread, errors', () => {
  const found = JSON.parse(node('main.js'));
  expect(found).toMatchObject({
    complete: true,
    audits: ['order_placed'],
    own: ['error order failed'],
    refused: 'ringBufferSize',
  });
  expect(found.messages.sort()).toEqual(['before there was a configuration', 'from a thread', 'order failed', 'order placed']);
  expect(found.metrics).toEqual(expect.arrayContaining(['orders_placed_total', 'order_placement_duration_us']));
});

test('from CommonJS', () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  expect(JSON.parse(node('require.cjs'))).toEqual({ complete: true, version, body: 'order placed', functions: true });
});

test('from TypeScript: nodenext, strict, the types of the package itself checked', () => {
  symlinkSync(join(ROOT, 'node_modules/@types'), join(app, 'node_modules/@types'));
  symlinkSync(join(ROOT, 'node_modules/undici-types'), join(app, 'node_modules/undici-types'));
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2023',
    lib: ['es2023', 'esnext.disposable'],
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    outDir: 'out',
  };
  writeFileSync(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['strict.ts'] }));
  run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '--project', '.'], app);
  expect(JSON.parse(node('out/strict.js'))).toEqual({
    contract: true,
    exported: 'order placed',
    complete: true,
    delivered: 2,
    orders: 1,
    body: 'order placed',
    metrics: true,
    elapsed: true,
    kinds: ['function', 'HFT_CONFIG'],
  });
});

test('types of every adapter, where none of the libraries that they are for is installed', () => {
  const { exports, peerDependencies } = JSON.parse(readFileSync(join(app, 'node_modules/hft-otel/package.json'), 'utf8'));
  const installed = readdirSync(join(app, 'node_modules'));
  for (const name of Object.keys(peerDependencies)) expect(installed).not.toContain(name);
  const entries = Object.keys(exports).filter((name) => !/package\.json|worker/.test(name));
  writeFileSync(
    join(app, 'every-entry.ts'),
    entries
      .map((name, i) =>
        // Its import does something: it configures the process.
        name === './register'
          ? `import type { RegisterConfig } from 'hft-otel/register'; const config: RegisterConfig = {}; console.log(typeof config);`
          : `import * as entry${i} from 'hft-otel${name.slice(1)}'; console.log(typeof entry${i});`,
      )
      .join('\n'),
  );
  const strict = JSON.parse(readFileSync(join(app, 'tsconfig.json'), 'utf8'));
  writeFileSync(join(app, 'tsconfig.every.json'), JSON.stringify({ ...strict, files: ['every-entry.ts'] }));
  run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '--project', 'tsconfig.every.json'], app);
  expect(node('out/every-entry.js').trim().split('\n')).toEqual(entries.map(() => 'object'));
});

test.each(['esm', 'cjs'] as const)(
  'bundled into one file against the advice (%s): an application starts, and is told what is missing',
  async (format) => {
    const build = await rolldown({ cwd: app, input: 'bundled.js', platform: 'node', logLevel: 'silent' });
    const file = join(folder, `one-file/bundle.${format === 'cjs' ? 'cjs' : 'mjs'}`);
    await build.write({ file, format, codeSplitting: false });
    await build.close();
    expect(JSON.parse(node(file))).toEqual({ code: 'HFT_WORKER_FILE', remedy: true });
  },
);

test('started with --import, in an application that does not know of it', () => {
  const code = `
    import { currentLogging } from 'hft-otel';
    console.log('from an application', { a: 1 });
    await currentLogging().flush();
    process.stdout.write(JSON.stringify(currentLogging().memory.map(({ body, loggerName }) => [loggerName, body])));`;
  const out = node('--import', 'hft-otel/register', '--input-type=module', '--eval', code);
  expect(out).toBe('from an application { a: 1 }\n[["console","from an application"]]');
});

test('what package.json does not export cannot be imported', () => {
  const attempt = (name: string) => () => node('--input-type=module', '--eval', `await import('${name}')`);
  expect(attempt('hft-otel/dist/logging.js')).toThrow('ERR_PACKAGE_PATH_NOT_EXPORTED');
  expect(attempt('hft-otel/caller/logger.js')).toThrow('ERR_PACKAGE_PATH_NOT_EXPORTED');
});

describe('the command', () => {
  const command = (...args: string[]) =>
    execFileSync('npx', ['--no-install', 'hft-otel', ...args], { cwd: app, env, encoding: 'utf8' });

  test('--version', () => {
    expect(command('--version').trim()).toBe(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version);
  });

  test('a demo of one second', () => {
    const result = JSON.parse(command('demo', '--seconds', '1', '--rate', '200', '--dir', 'demo', '--json'));
    expect(result.calls.log).toBeGreaterThan(0);
    expect(readdirSync(join(app, 'demo')).length).toBeGreaterThan(0);
  });
});
