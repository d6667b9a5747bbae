/**
 * Where blocks come from. An instance chooses once; its threads and its worker allocate as it does, by the settings that they are given.
 */
import { threadId } from 'node:worker_threads';
import { type Block, type BlockDescriptor, type BlockSpec, openBlock } from './block.ts';
import { MappedBlocks, type MappedRun } from './mapped/mapped-blocks.ts';

export interface Allocator {
  /** A new block, all zeros. */
  allocate(spec: BlockSpec): Block;
  /** Nothing reads or writes the block any more: its memory may become another one. The garbage collector frees shared memory. */
  free(descriptor: BlockDescriptor): void;
}

/** The allocator's settings, for other threads. `shared`: memory of the process, which ends with it. `mapped`: files that outlive it. */
export type AllocatorSettings = { readonly in: 'shared' } | ({ readonly in: 'mapped' } & MappedRun);

export const SHARED_MEMORY: AllocatorSettings = { in: 'shared' };

export function allocatorOf(settings: AllocatorSettings): Allocator {
  return settings.in === 'shared' ? sharedAllocator : new MappedAllocator(settings);
}

/** Two copies of the package in one thread count apart. */
const copy = Math.random().toString(36).slice(2, 8);
let allocated = 0;

/** SharedArrayBuffers. V8 takes their pages from the system only as they are written. */
const sharedAllocator: Allocator = {
  allocate: (spec) => {
    const place = { in: 'shared', buffer: new SharedArrayBuffer(spec.bytes) } as const;
    return openBlock(describe(spec, place));
  },
  free: () => {},
};

/** Files of a run's folder. A block that finds no room there is shared memory: logging goes on, and the table counts it. */
class MappedAllocator implements Allocator {
  readonly #blocks: MappedBlocks;

  constructor(run: MappedRun) {
    this.#blocks = new MappedBlocks(run);
  }

  allocate(spec: BlockSpec): Block {
    const place = this.#blocks.allocate(spec);
    return place === undefined ? sharedAllocator.allocate(spec) : openBlock(describe(spec, place));
  }

  free({ place }: BlockDescriptor): void {
    if (place.in === 'mapped') this.#blocks.free(place);
  }
}

function describe({ kind, format, bytes }: BlockSpec, place: BlockDescriptor['place']): BlockDescriptor {
  return { kind, format, bytes, id: `${kind}-${threadId}-${copy}-${++allocated}`, place };
}
