/**
 * Deleting a large file takes the kernel tens of milliseconds: lines do not wait for it.
 */
import fs, { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { scratch } from './file-support.ts';
import { batchOf } from './sink-contract.ts';

// Functions of fs are taken at import: a deletion that waits until the test lets it go is put there before.
const { unlink } = fs;
const deletions: (() => void)[] = [];
let isHeld = true;
fs.unlink = ((...args: Parameters<typeof unlink>) => {
  if (isHeld) deletions.push(() => unlink(...args));
  else unlink(...args);
}) as typeof unlink;
const { FileSink } = await import('../../src/backends/file/file-sink.ts');
fs.unlink = unlink;

const directory = scratch();
afterAll(() => directory.remove());

const eventually = async (what: () => boolean) => {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 1));
};

test('a write that rotates does not wait until an old file is deleted; flush, close and the next rotation do', async () => {
  const sink = new FileSink({ path: join(directory.path, 'app.log'), rotation: { bytes: 2 }, keep: 1 });
  const write = (line: string) => sink.write(batchOf(line));
  for (const line of ['1\n', '2\n', '3\n']) expect(await write(line)).toEqual({ status: 'success' });
  await eventually(() => deletions.length === 1);

  const settled: string[] = [];
  const rotated = write('4\n').then(() => settled.push('rotation'));
  const flushed = sink.flush().then(() => settled.push('flush'));
  const closed = sink.close().then(() => settled.push('close'));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(settled).toEqual([]);
  expect(readdirSync(directory.path)).toContain('app.log');

  deletions.shift()!();
  await rotated;
  await eventually(() => deletions.length === 1);
  expect(settled).toEqual(['rotation']);

  isHeld = false;
  deletions.shift()!();
  await Promise.all([flushed, closed]);
  expect(settled).toEqual(['rotation', 'flush', 'close']);
  expect(readdirSync(directory.path)).toHaveLength(2);
});
