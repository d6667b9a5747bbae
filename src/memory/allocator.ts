/**
 * Where blocks come from. An instance chooses once; its threads and its worker allocate as it does, by the settings that they are given.
 */
import { threadId } from 'node:worker_threads';
import { type Block, type BlockSpec, openBlock } from './block.ts';

export interface Allocator {
  /** A new block, all zeros. */
  allocate(spec: BlockSpec): Block;
}

/** Which allocator, as other threads are told. `shared`: memory of the process, gone with it. */
export interface AllocatorSettings {
  readonly in: 'shared';
}

export const SHARED_MEMORY: AllocatorSettings = { in: 'shared' };

export function allocatorOf(settings: AllocatorSettings): Allocator {
  switch (settings.in) {
    case 'shared':
      return sharedAllocator;
  }
}

/** Two copies of the package in one thread count apart. */
const copy = Math.random().toString(36).slice(2, 8);
let allocated = 0;

/** SharedArrayBuffers. V8 takes their pages from the system only as they are written. */
const sharedAllocator: Allocator = {
  allocate: (spec) => {
    const place = { in: 'shared', buffer: new SharedArrayBuffer(spec.bytes) } as const;
    return openBlock({ ...spec, id: `${spec.kind}-${threadId}-${copy}-${++allocated}`, place });
  },
};
