import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { readSources, SRC } from '../../scripts/architecture/house.ts';
import { allocatorOf, SHARED_MEMORY } from '../../src/memory/allocator.ts';
import { type BlockDescriptor, openBlock } from '../../src/memory/block.ts';
import { GrowingBlocks } from '../../src/memory/growing-blocks.ts';
import { allocateRun, instanceIdOf } from '../../src/memory/run.ts';

const allocator = allocatorOf(SHARED_MEMORY);
const spec = { kind: 'series', format: 1, bytes: 64 } as const;

function posted<T>(value: T): T {
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(value);
  const { message } = receiveMessageOnPort(port2)!;
  port1.close();
  return message;
}

describe('blocks of memory', () => {
  test('a descriptor that was posted opens the same memory, under the same id', () => {
    const block = allocator.allocate(spec);
    const other = openBlock(posted(block.descriptor));
    other.words[3] = 7;
    expect(block.words[3]).toBe(7);
    expect(other.descriptor).toMatchObject({ id: block.descriptor.id, kind: 'series', format: 1, bytes: 64 });
    expect(other).not.toBe(block);
  });

  test('no two blocks have one id, and a descriptor is opened once', () => {
    const blocks = Array.from({ length: 100 }, () => allocator.allocate(spec));
    expect(new Set(blocks.map(({ descriptor }) => descriptor.id)).size).toBe(100);
    for (const block of blocks) expect(openBlock(block.descriptor)).toBe(block);
  });

  test('a growing table’s blocks are announced in order, and memory beyond its limit is refused', () => {
    const heard: BlockDescriptor[] = [];
    const blocks = new GrowingBlocks({ allocator, first: spec, mostBytes: 256, onBlock: (block) => heard.push(block) });
    expect(blocks.descriptors).toHaveLength(1);
    expect(blocks.grow(128)!.byteLength).toBe(128);
    blocks.announce();
    expect(blocks.grow(128)).toBeUndefined();
    expect(blocks.grow(64)!.byteLength).toBe(64);
    blocks.announce();
    expect(heard.map(({ bytes }) => bytes)).toEqual([128, 64]);
    expect(blocks.descriptors.slice(1)).toEqual(heard);
  });

  test.each(['', 'gateway-1', 'é'.repeat(448)])('a run keeps the instance id %j', (id) => {
    expect(instanceIdOf(openBlock(posted(allocateRun(allocator, id).descriptor)))).toBe(id);
  });

  test('all shared memory comes from the allocator, but for words that one thread sleeps on by itself', () => {
    const makers = readSources()
      .map(({ path }) => path)
      .filter((path) => readFileSync(join(SRC, path), 'utf8').includes('new SharedArrayBuffer('));
    expect(makers).toEqual(['instance/worker-thread.ts', 'memory/allocator.ts', 'time/real-timers.ts', 'time/sleep.ts']);
  });
});
