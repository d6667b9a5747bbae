import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ModuleBackend } from '../../src/backends/module/module.ts';
import { ObjectQueue } from '../../src/delivery/object-queue.ts';
import type { BackendState } from '../../src/health/counters.ts';
import { backendContract } from '../../src/testing/backend-contract.ts';
import { TellingCounters } from '../support/counters.ts';
import { makeRecords } from '../support/records.ts';

const context = { name: 'mine', resource: { 'service.name': 'gateway' } };

/** A module from its source text. */
const source = (text: string) => `data:text/javascript,${encodeURIComponent(text)}`;

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'hft-otel-module-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

backendContract('a module', test, async () => {
  const path = join(await mkdtemp(join(tmpdir(), 'hft-otel-module-')), 'numbers');
  await writeFile(path, '');
  const module = new URL('./modules/file-of-numbers.ts', import.meta.url).href;
  return {
    backend: new ModuleBackend({ module, options: { path }, context }),
    delivered: async () => (await readFile(path, 'utf8')).split('\n').slice(0, -1).map(Number),
    cleanUp: () => rm(join(path, '..'), { recursive: true }),
  };
});

test('the factory gets its options, its name and the resource, once', async () => {
  const seen: unknown[] = [];
  (globalThis as Record<string, unknown>).seenByModule = seen;
  onTestFinished(() => {
    delete (globalThis as Record<string, unknown>).seenByModule;
  });
  const module = source('export default async (...parts) => (globalThis.seenByModule.push(parts), { write() {} });');
  const backend = new ModuleBackend({ module, options: { a: [1n] }, context });
  await backend.write(makeRecords(1));
  await backend.write(makeRecords(1));
  expect(seen).toEqual([[{ a: [1n] }, context]]);
  expect(await backend.problem).toBeUndefined();
});

const BROKEN = {
  'is missing': ['/no/such/module.js', 'could not be loaded'],
  'is a package that is not installed': ['no-such-package-of-anybody', 'could not be loaded'],
  'has a syntax error': [source('export default {'), 'could not be loaded'],
  'throws while it is loaded': [source('throw new Error("on load")'), 'on load'],
  'throws something that is no error': [source('throw null'), 'could not be loaded'],
  'has no default export': [source('export const factory = 1'), 'exports no function as default'],
  'exports an object': [source('export default { write() {} }'), 'exports no function as default'],
  'throws in its factory': [source('export default () => { throw new Error("no key"); }'), 'no key'],
  'rejects in its factory': [source('export default async () => { throw new Error("no key"); }'), 'no key'],
  'gives back nothing': [source('export default () => {}'), 'no object with a write method'],
  'gives back null': [source('export default () => null'), 'no object with a write method'],
  'gives back no backend': [source('export default () => ({ write: 7 })'), 'no object with a write method'],
  'hangs in its factory': [source('export default () => new Promise(() => {})'), 'was not ready within 200 ms'],
} as const;

test.each(Object.entries(BROKEN))(
  'a module that %s: failed with its code and a remedy, its records counted',
  async (_name, [module, said]) => {
    const states: [BackendState, string | undefined][] = [];
    const account = { delivered: 0, dropped: 0 };
    const backend = new ModuleBackend({ module, context, loadTimeoutMillis: 200 });
    const queue = new ObjectQueue({
      backend,
      counters: new TellingCounters({
        onDelivered: (records) => {
          account.delivered += records;
        },
        onDropped: (_reason, records) => {
          account.dropped += records;
        },
        onRetry: () => {},
        onState: (state, error) => states.push([state, error]),
      }),
    });
    for (const record of makeRecords(10)) queue.offer(record);
    expect(await queue.close(2_000)).toBe(true);
    expect(account).toEqual({ delivered: 0, dropped: 10 });
    expect(states.at(-1)?.[0]).toBe('failed');
    const text = await backend.problem;
    expect(states.at(-1)?.[1]).toBe(text);
    expect(text).toMatch(/^HFT_BACKEND_MODULE: Backend "mine": /);
    expect(text).toContain(said);
    expect(text).toContain('must exist and export a factory function as default');
  },
);

test('a module that throws in write is offered its batch again, with the code in the reason', async () => {
  const module = source('let calls = 0; export default () => ({ write() { if (calls++ === 0) throw new Error("busy"); } });');
  const backend = new ModuleBackend({ module, context });
  expect(await backend.write(makeRecords(1))).toMatchObject({
    status: 'retryable',
    message: expect.stringMatching(/^HFT_BACKEND_MODULE: Backend "mine": write threw: busy\./),
  });
  expect(await backend.write(makeRecords(1))).toBeUndefined();
});

test('a backend that is ready too late is closed again', async () => {
  let closed = false;
  (globalThis as Record<string, unknown>).closedByModule = () => {
    closed = true;
  };
  onTestFinished(() => {
    delete (globalThis as Record<string, unknown>).closedByModule;
  });
  const module = source(
    'export default async () => { await new Promise((resolve) => setTimeout(resolve, 150)); return { write() {}, close: globalThis.closedByModule }; }',
  );
  const backend = new ModuleBackend({ module, context, loadTimeoutMillis: 50 });
  expect(await backend.problem).toContain('was not ready');
  await expect.poll(() => closed).toBe(true);
});

test('flush and close reach the module', async () => {
  const module = source(
    'const calls = []; export default () => ({ write() {}, flush() { calls.push("flush"); throw new Error(calls.join()); }, close() { throw new Error("closing"); } });',
  );
  const backend = new ModuleBackend({ module, context });
  await expect(backend.flush()).rejects.toThrow('flush');
  await expect(backend.close()).rejects.toThrow('closing');
});

test('a specifier is looked up as the application would: by package name, by relative path, by URL, by absolute path', async () => {
  const application = await directory();
  const backend = 'export default () => ({ write() { console.log("written by", import.meta.url.split("/").pop()); } });';
  for (const [path, text] of [
    ['package.json', '{ "type": "module" }'],
    ['local.js', backend],
    ['node_modules/plain/package.json', '{ "name": "plain", "type": "module", "main": "plain.js" }'],
    ['node_modules/plain/plain.js', backend],
  ]) {
    await mkdir(join(application, path, '..'), { recursive: true });
    await writeFile(join(application, path), text);
  }
  const ours = JSON.stringify(new URL('../../src/backends/module/module.ts', import.meta.url).href);
  const script = `
    import { ModuleBackend } from ${ours};
    for (const module of process.argv.slice(1)) {
      const backend = new ModuleBackend({ module, context: { name: 'mine', resource: {} } });
      console.log((await backend.write([]))?.message ?? 'ok');
    }`;
  const modules = ['plain', './local.js', `file://${application}/local.js`, `${application}/local.js`, './missing.js'];
  const out = execFileSync(
    process.execPath,
    ['--experimental-strip-types', '--input-type=module', '-e', script, '--', ...modules],
    {
      cwd: application,
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  const lines = String(out).trim().split('\n');
  expect(lines.slice(0, 8)).toEqual(['written by plain.js', 'ok', ...Array(3).fill(['written by local.js', 'ok']).flat()]);
  expect(lines[8]).toContain('HFT_BACKEND_MODULE');
});
