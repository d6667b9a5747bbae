/** docs/hosts.md, row by row: each bundler and host really builds or runs a program that logs. */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { APPS, ENV, installHosts, movedAway, run, runApp, tool, WORKS } from './hosts.ts';

const REQUIRE = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

let hosts: string;
let project: string;
beforeAll(() => {
  hosts = installHosts();
  project = mkdtempSync(join(hosts, 'project-'));
  cpSync(APPS, project, { recursive: true });
  writeFileSync(join(project, 'package.json'), '{ "private": true }');
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

const write = (name: string, text: string) => writeFileSync(join(project, name), text);
const node = (...args: string[]) => run(process.execPath, args, project);

describe('the worker as a second entry, built and then moved to where nothing is installed', () => {
  const ENTRIES = "{ app: './app.mjs', 'hft-otel-worker': 'hft-otel/worker' }";

  test('esbuild, ESM', () => {
    write(
      'esbuild.mjs',
      `import { build } from 'esbuild';
await build({ entryPoints: ${ENTRIES}, bundle: true, platform: 'node', format: 'esm', outdir: 'esbuild', outExtension: { '.js': '.mjs' }, banner: { js: ${JSON.stringify(REQUIRE)} } });`,
    );
    node('esbuild.mjs');
    expect(runApp(process.execPath, [join(movedAway(join(project, 'esbuild')), 'app.mjs')])).toEqual(WORKS);
  });

  test('esbuild, CommonJS', () => {
    write(
      'esbuild-cjs.mjs',
      `import { build } from 'esbuild';
const both = { bundle: true, platform: 'node', logLevel: 'error' };
await build({ ...both, entryPoints: ['app.mjs'], format: 'cjs', outfile: 'esbuild-cjs/app.cjs' });
await build({ ...both, entryPoints: ['hft-otel/worker'], format: 'esm', outfile: 'esbuild-cjs/hft-otel-worker.mjs', banner: { js: ${JSON.stringify(REQUIRE)} } });`,
    );
    node('esbuild-cjs.mjs');
    expect(runApp(process.execPath, [join(movedAway(join(project, 'esbuild-cjs')), 'app.cjs')])).toEqual(WORKS);
  });

  test('rollup', () => {
    write(
      'rollup.config.mjs',
      `import commonjs from '@rollup/plugin-commonjs'; import json from '@rollup/plugin-json'; import resolve from '@rollup/plugin-node-resolve';
export default { input: ${ENTRIES}, output: { dir: 'rollup', format: 'esm', entryFileNames: '[name].mjs' }, plugins: [resolve({ exportConditions: ['node'] }), commonjs(), json()] };`,
    );
    node(tool(hosts, 'rollup/dist/bin/rollup'), '-c', 'rollup.config.mjs', '--silent');
    expect(runApp(process.execPath, [join(movedAway(join(project, 'rollup')), 'app.mjs')])).toEqual(WORKS);
  });

  test('vite, a server build with everything inside (ssr.noExternal)', () => {
    write(
      'vite.config.mjs',
      `export default { build: { ssr: true, outDir: 'vite', rolldownOptions: { input: ${ENTRIES}, output: { entryFileNames: '[name].mjs' } } }, ssr: { noExternal: true } };`,
    );
    node(tool(hosts, 'vite/bin/vite.js'), 'build', '--logLevel', 'error');
    expect(runApp(process.execPath, [join(movedAway(join(project, 'vite')), 'app.mjs')])).toEqual(WORKS);
  });
});

test.each([
  [
    'ESM',
    "output: { path: OUT, filename: 'app.mjs', module: true, chunkFormat: 'module' }, experiments: { outputModule: true }",
    'app.mjs',
  ],
  ['CommonJS', "output: { path: OUT, filename: 'app.cjs' }", 'app.cjs'],
])('webpack needs no recipe, and no path of the machine that builds is in the bundle (%s)', (_name, output, file) => {
  const folder = `webpack-${file}`;
  const config = output.replace('OUT', JSON.stringify(join(project, folder)));
  write('webpack.config.mjs', `export default { mode: 'none', target: 'node', entry: './app.mjs', ${config} };`);
  node(tool(hosts, 'webpack-cli/bin/cli.js'), '-c', 'webpack.config.mjs');
  const built = movedAway(join(project, folder));
  expect(runApp(process.execPath, [join(built, file)])).toEqual(WORKS);
  for (const name of readdirSync(built)) expect(readFileSync(join(built, name), 'utf8'), name).not.toContain(hosts);
});

test('a bundle without the second entry says which file is missing, writes audit events itself, and does not go on trying', () => {
  write(
    'alone.mjs',
    `import { build } from 'esbuild';
await build({ entryPoints: ['app.mjs'], bundle: true, platform: 'node', format: 'esm', outfile: 'alone/app.mjs', banner: { js: ${JSON.stringify(REQUIRE)} } });`,
  );
  node('alone.mjs');
  const { told, audits } = runApp(process.execPath, [join(movedAway(join(project, 'alone')), 'app.mjs')]);
  expect(told).toMatchObject({ code: 'HFT_WORKER_FILE', complete: false });
  // The first start, and the one that the flush asked for.
  expect(told.restarts).toBeLessThanOrEqual(2);
  expect(audits).toEqual(['order_placed']);
});

test('a bundle whose package is installed beside it finds the worker there', () => {
  write(
    'beside.mjs',
    `import { build } from 'esbuild';
await build({ entryPoints: ['app.mjs'], bundle: true, platform: 'node', format: 'esm', outfile: 'beside/app.mjs', banner: { js: ${JSON.stringify(REQUIRE)} } });`,
  );
  node('beside.mjs');
  expect(runApp(process.execPath, [join(project, 'beside/app.mjs')])).toEqual(WORKS);
});

describe('Next', () => {
  async function ask(external: boolean): Promise<{ answer: unknown; lines: number }> {
    const app = join(project, `next-${external}`);
    mkdirSync(join(app, 'app/log'), { recursive: true });
    writeFileSync(join(app, 'package.json'), '{ "private": true }');
    writeFileSync(join(app, 'app/layout.js'), 'export default ({ children }) => <html><body>{children}</body></html>;');
    cpSync(join(APPS, 'next-route.js'), join(app, 'app/log/route.js'));
    const packages = external ? "serverExternalPackages: ['hft-otel'], " : '';
    writeFileSync(
      join(app, 'next.config.mjs'),
      `export default { output: 'standalone', ${packages}outputFileTracingRoot: ${JSON.stringify(hosts)}, turbopack: { root: ${JSON.stringify(hosts)} } };`,
    );
    run(process.execPath, [tool(hosts, 'next/dist/bin/next'), 'build'], app);
    const away = movedAway(join(app, '.next/standalone'));
    const server = readdirSync(away, { recursive: true, encoding: 'utf8' }).find(
      (path) => path.endsWith('server.js') && !path.includes('node_modules') && !path.includes('.next'),
    )!;
    const port = await freePort();
    const child = spawn(process.execPath, [join(away, server)], {
      env: { ...ENV, NODE_ENV: 'production', OUT: away, HOSTNAME: '127.0.0.1', PORT: String(port) },
      stdio: 'ignore',
    });
    try {
      for (let attempt = 0; ; attempt++) {
        const answered = await fetch(`http://127.0.0.1:${port}/log`).then(
          (response) => response.json(),
          () => undefined,
        );
        if (answered === undefined && attempt < 100) await setTimeout(200);
        else {
          const file = join(away, 'app.jsonl');
          return { answer: answered, lines: existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').length : 0 };
        }
      }
    } finally {
      child.kill();
    }
  }

  test("standalone with serverExternalPackages: the tracer takes the worker's files along", async () => {
    expect(await ask(true)).toEqual({ answer: { complete: true }, lines: 1 });
  });

  test('without configuration: the message says what to put where', async () => {
    const { answer } = await ask(false);
    expect(answer).toMatchObject({ complete: false, code: 'HFT_WORKER_FILE', message: expect.stringContaining('docs/hosts.md') });
  });
});

test('jest, CommonJS and ESM, with --experimental-vm-modules', () => {
  write(
    'jest.config.json',
    JSON.stringify({ testMatch: ['**/jest*.test.*js'], moduleFileExtensions: ['js', 'mjs', 'json'], transform: {} }),
  );
  node('--experimental-vm-modules', tool(hosts, 'jest/bin/jest.js'), '-c', 'jest.config.json');
});

test('Bun', () => {
  expect(runApp(tool(hosts, '.bin/bun'), [join(project, 'app.mjs')])).toEqual(WORKS);
});

test.each([
  // In a worker of a cluster pm2's `process.stdout.write` ends in a stream of its own, which an exit cuts off: what is printed last may be missing (docs/hosts.md).
  { mode: 'fork', instances: 1, keepsTheLast: true },
  { mode: 'cluster', instances: 2, keepsTheLast: false },
])(
  'pm2, $mode mode: lines of the console are in the app’s log, and no audit event is missing in the files when pm2 stops it',
  (how) => {
    const { mode, instances, keepsTheLast } = how;
    const out = mkdtempSync(join(project, 'pm2-'));
    const home = { PM2_HOME: join(out, 'home') };
    const pm2 = (...args: string[]) => run(process.execPath, [tool(hosts, 'pm2/bin/pm2'), ...args], project, home);
    const [log, errors] = [join(out, 'out.log'), join(out, 'err.log')];
    const app = {
      name: 'hosted',
      script: join(project, 'pm2.mjs'),
      exec_mode: mode,
      instances,
      out_file: log,
      error_file: errors,
      merge_logs: true,
      wait_ready: true,
      kill_timeout: 10_000,
      env: { OUT: out },
    };
    writeFileSync(join(out, 'ecosystem.config.cjs'), `module.exports = ${JSON.stringify({ apps: [app] })};`);
    try {
      pm2('start', join(out, 'ecosystem.config.cjs'));
      pm2('stop', 'hosted');
    } finally {
      pm2('kill');
    }
    const numbers = Array.from({ length: instances }, (_, i) => i);
    const linesIn = (path: string) => readFileSync(path, 'utf8').trim().split('\n');
    const said = linesIn(log).map((line) => (line.startsWith('{') ? (JSON.parse(line).msg as string) : line));
    const early = ['printed by', 'started'].flatMap((what) => numbers.map((i) => `${what} ${i}`));
    const late = numbers.map((i) => `stopped ${i}`);
    expect(said.filter((line) => !late.includes(line)).sort()).toEqual(early);
    if (keepsTheLast) expect(said).toEqual([...early, ...late]);
    expect(readFileSync(errors, 'utf8')).toBe('');
    for (const i of numbers)
      expect(linesIn(join(out, `audit-${i}.jsonl`)).map((line) => JSON.parse(line).event)).toEqual([
        'order_placed',
        'order_cancelled',
      ]);
  },
);

test('Deno is refused at configuration', () => {
  const { told } = runApp(tool(hosts, '.bin/deno'), ['run', '-A', join(project, 'app.mjs')]);
  expect(told).toEqual({ code: 'HFT_HOST', message: expect.stringContaining('docs/hosts.md') });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
