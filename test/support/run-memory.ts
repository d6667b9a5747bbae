/**
 * The memory of a run, for a test that has no instance.
 */
import { allocatorOf, SHARED_MEMORY } from '../../src/memory/allocator.ts';
import type { Block } from '../../src/memory/block.ts';
import { allocateRun } from '../../src/memory/run.ts';

export function runMemory(): Block {
  return allocateRun(allocatorOf(SHARED_MEMORY), 'run-of-the-test');
}
