/**
 * Memory in files: who may read them, what the table of a run says, and that blocks which are given back are used again.
 */
import { once } from 'node:events';
import { chmodSync, lstatSync, mkdirSync, readdirSync, readlinkSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { thisProcess } from '../../src/common/process/process-identity.ts';
import { createLogging } from '../../src/index.ts';
import { type Allocator, allocatorOf } from '../../src/memory/allocator.ts';
import { type Block, type BlockDescriptor, openBlock } from '../../src/memory/block.ts';
import { isMissing, type Libc, libc } from '../../src/memory/mapped/libc.ts';
import { lockTable, makeRunFolder, type RunFolder, tablePath } from '../../src/memory/mapped/run-folder.ts';
import { runProgram, temporaryFolder } from '../support/child.ts';

const found = libc();
if (isMissing(found)) throw new Error(found.missing);
const calls: Libc = found;

const RESOURCE = { 'service.name': 'gateway', 'service.instance.id': 'gw-1', shard: 3 };

function runIn(directory: string): RunFolder & { readonly allocator: Allocator } {
  const identity = { process: thisProcess(), madeMillis: 1_000, service: '/gateway', resource: RESOURCE };
  const run = makeRunFolder(calls, directory, identity, 'gate way/1');
  return { ...run, allocator: allocatorOf({ in: 'mapped', folder: run.folder, address: run.address }) };
}

const modeOf = (path: string) => (lstatSync(path).mode & 0o777).toString(8);

describe('memory in files', () => {
  test('folders are 0700 and files 0600, whatever the process’s mask', () => {
    using folder = temporaryFolder();
    const before = process.umask(0);
    try {
      const { folder: run, allocator } = runIn(join(folder.path, 'runs'));
      allocator.allocate({ kind: 'ring', format: 2, bytes: 8_192 });
      expect([modeOf(join(folder.path, 'runs')), modeOf(run)]).toEqual(['700', '700']);
      expect(readdirSync(run).map((name) => [name, modeOf(join(run, name))])).toEqual([
        ['block-0', '600'],
        ['run', '600'],
      ]);
    } finally {
      process.umask(before);
    }
  });

  test('the table says who the run is, and lists each block with what it is and whose', () => {
    using folder = temporaryFolder();
    const { table, allocator } = runIn(folder.path);
    expect(table.identity()).toEqual({
      process: thisProcess(),
      madeMillis: 1_000,
      service: '/gateway',
      resource: RESOURCE,
    });
    allocator.allocate({ kind: 'ring', format: 2, bytes: 8_192, owner: '0-1-é', lane: 'audit' });
    allocator.allocate({ kind: 'outbox', format: 1, bytes: 4_096, owner: 'file' });
    const gone = allocator.allocate({ kind: 'series', format: 1, bytes: 4_096 });
    allocator.free(gone.descriptor);
    expect([...table.blocks()]).toEqual([
      { slot: 0, kind: 'ring', format: 2, bytes: 8_192, owner: '0-1-é', lane: 'audit' },
      { slot: 1, kind: 'outbox', format: 1, bytes: 4_096, owner: 'file', lane: undefined },
    ]);
  });

  test('a resource too long for the table leaves the run its instance id', () => {
    using folder = temporaryFolder();
    const identity = {
      process: thisProcess(),
      madeMillis: 1,
      service: 's',
      resource: { ...RESOURCE, note: 'x'.repeat(20_000) },
    };
    const { table } = makeRunFolder(calls, folder.path, identity, 's');
    expect(table.identity().resource).toEqual({ 'service.instance.id': 'gw-1' });
  });

  test('another thread opens a block by its descriptor and sees the same bytes', async () => {
    using folder = temporaryFolder();
    const { allocator } = runIn(folder.path);
    const block = allocator.allocate({ kind: 'ring', format: 2, bytes: 8_192 });
    const source = `
      import { workerData } from 'node:worker_threads';
      import { openBlock } from ${JSON.stringify(new URL('../../src/memory/block.ts', import.meta.url).href)};
      Atomics.add(openBlock(workerData).words, 7, 5);`;
    const url = new URL(`data:text/javascript,${encodeURIComponent(source)}`);
    await once(new Worker(url, { workerData: block.descriptor }), 'exit');
    expect(Atomics.load(block.words, 7)).toBe(5);
  });

  test('blocks never overlap, are zero when new, and take no more files than are in use at once', () => {
    const step = fc.oneof(
      fc.constantFrom(4_096, 8_192),
      fc.nat(20).map((index) => -index - 1),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        using folder = temporaryFolder();
        const { allocator, folder: run } = runIn(folder.path);
        const live: { block: Block; mark: number }[] = [];
        const most = new Map<number, number>();
        steps.forEach((each, mark) => {
          if (each > 0) {
            const block = allocator.allocate({ kind: 'ring', format: 2, bytes: each });
            expect(block.bytes.every((byte) => byte === 0)).toBe(true);
            block.words.fill(mark + 1);
            live.push({ block, mark: mark + 1 });
            const same = live.filter(({ block: { descriptor } }) => descriptor.bytes === each).length;
            most.set(each, Math.max(most.get(each) ?? 0, same));
          } else if (live.length > 0) {
            const [{ block }] = live.splice(-each % live.length, 1) as [(typeof live)[0]];
            allocator.free(block.descriptor);
          }
          for (const { block, mark: own } of live) expect(block.words.every((word) => word === own)).toBe(true);
        });
        expect(readdirSync(run).length - 1).toBe([...most.values()].reduce((sum, count) => sum + count, 0));
      }),
      { numRuns: 25 },
    );
  });

  test('a block that finds no room is shared memory, and counted', () => {
    using folder = temporaryFolder();
    const { allocator, table } = runIn(folder.path);
    const block = allocator.allocate({ kind: 'outbox', format: 1, bytes: 8 });
    expect(block.descriptor.place.in).toBe('mapped');
    expect(table.refused).toBe(0);
    mkdirSync(join((block.descriptor.place as { folder: string }).folder, 'block-1'));
    expect(allocator.allocate({ kind: 'outbox', format: 1, bytes: 8 }).descriptor.place.in).toBe('shared');
    expect(table.refused).toBe(1);
  });

  test('a table is locked as long as its run lives, by the process that made it too', () => {
    using folder = temporaryFolder();
    const { folder: run } = runIn(folder.path);
    expect(lockTable(calls, tablePath(run))).toBeUndefined();
  });
});

describe('health().memory', () => {
  const quiet = { handleExits: false, diagnosticLevel: 'none', backends: { memory: { enabled: true } } } as const;

  test('says where the files are, and a shutdown removes them', async () => {
    using folder = temporaryFolder();
    const logging = createLogging({ ...quiet, persistence: { enabled: true, directory: folder.path } });
    const { memory } = logging.health();
    expect(memory).toMatchObject({ kind: 'mapped', folder: expect.stringContaining(folder.path), sharedBlocks: 0 });
    expect(readdirSync(folder.path)).toHaveLength(1);
    logging.getLogger('a').info('x');
    expect(await logging.shutdown()).toMatchObject({ complete: true, pending: 0 });
    expect(readdirSync(folder.path)).toEqual([]);
    expect(logging.health().lanes.logs.accepted).toBe(1);
  });

  test.skipIf(process.platform !== 'linux')('instances one after the other leave no files open', async () => {
    using folder = temporaryFolder();
    for (let i = 0; i < 3; i++) {
      await using logging = createLogging({ ...quiet, persistence: { enabled: true, directory: folder.path } });
      await logging.ready;
    }
    const targets = readdirSync('/proc/self/fd').map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        return ''; // that of the folder which is read
      }
    });
    expect(targets.filter((target) => target.includes(folder.path))).toEqual([]);
  });

  test.each([
    ['is open to other users (chmod 700)', (path: string) => chmodSync(path, 0o755)],
    ['is not a directory', (path: string) => symlinkSync('/tmp', join(path, 'link'))],
  ])('says why they are not there: the directory %s', async (reason, prepare) => {
    using folder = temporaryFolder();
    prepare(folder.path);
    const directory = reason.startsWith('is not') ? join(folder.path, 'link') : folder.path;
    const logging = createLogging({ ...quiet, persistence: { enabled: true, directory } });
    const { memory, warnings } = logging.health();
    expect(memory).toMatchObject({ kind: 'shared', reason: expect.stringContaining(reason) });
    expect(warnings).toEqual([expect.stringMatching(/^HFT_PERSISTENCE: .*docs\/persistence\.md/)]);
    await logging.shutdown();
  });

  test('says how much is missing and what to change where there is no room', async () => {
    using folder = temporaryFolder();
    const logging = createLogging({
      ...quiet,
      persistence: { enabled: true, directory: folder.path },
      ringBufferSize: 4_194_304,
      backends: { file: { path: join(folder.path, 'a.log'), bufferBytes: 2 ** 30 } },
    });
    const { memory } = logging.health();
    // A machine may have it.
    if (memory.kind === 'shared')
      expect(memory.reason).toMatch(/MiB free and \d+ MiB are needed.*--shm-size=\d+m.*persistence\.directory/);
    await logging.shutdown();
  });

  test('without native addons, logging goes on in shared memory', async () => {
    using folder = temporaryFolder();
    const { stdout } = await runProgram('persistent.ts', [folder.path, 'shutdown'], { execArgv: ['--no-addons'] });
    expect(JSON.parse(stdout.split('\n', 1)[0]!)).toMatchObject({
      kind: 'shared',
      reason: expect.stringContaining('--allow-addons'),
    });
    expect(readdirSync(folder.path).filter((name) => name.endsWith('.jsonl'))).toHaveLength(1);
  });

  test.each(['shutdown', 'exit', 'end', 'throw'])('the files of a process that ends well are gone: %s', async (ending) => {
    using folder = temporaryFolder();
    const { stdout } = await runProgram('persistent.ts', [folder.path, ending]);
    expect(JSON.parse(stdout.split('\n', 1)[0]!)).toMatchObject({ kind: 'mapped' });
    expect(readdirSync(join(folder.path, 'runs'))).toEqual([]);
  });

  test('threads that come and go use the same files again', async () => {
    using folder = temporaryFolder();
    const { stdout } = await runProgram('persistent-threads.ts', [folder.path, '12'], { timeoutMillis: 60_000 });
    const counts = JSON.parse(stdout) as { files: number[]; lines: number };
    expect(counts.lines).toBe(12);
    // Each brings a table of metrics, until those of ended threads are folded into one; rings and dictionaries are used again.
    expect(counts.files.at(-1)! - counts.files[3]!).toBeLessThanOrEqual(8 + 2);
  });
});

test('a descriptor of mapped memory names no process’s memory but its own', () => {
  using folder = temporaryFolder();
  const { allocator } = runIn(folder.path);
  const { descriptor } = allocator.allocate({ kind: 'ring', format: 2, bytes: 8_192 });
  const copy = structuredClone(descriptor) as BlockDescriptor;
  expect(openBlock(copy).memory).toBe(openBlock(descriptor).memory);
  expect(statSync(join((copy.place as { folder: string }).folder, 'block-0')).size).toBe(8_192);
});
