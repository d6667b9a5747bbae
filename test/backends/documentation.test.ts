import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ModuleBackend } from '../../src/backends/module/module.ts';
import { makeRecords } from '../support/records.ts';

test('the backend that docs/backends.md shows works as it stands there', async () => {
  const page = await readFile(new URL('../../docs/backends.md', import.meta.url), 'utf8');
  const example = /```js\n(\/\/ my-backend\.js\n.*?)```/s.exec(page)![1];
  const directory = await mkdtemp(join(tmpdir(), 'hft-otel-docs-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const module = join(directory, 'my-backend.mjs');
  const path = join(directory, 'mine.log');
  await writeFile(module, example);
  const backend = new ModuleBackend({ module, options: { path }, context: { name: 'mine', resource: {} } });
  expect(await backend.write(makeRecords(2))).toBeUndefined();
  expect(await readFile(path, 'utf8')).toBe('info order placed\ninfo order placed\n');
});
