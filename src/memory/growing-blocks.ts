/**
 * Blocks of a table that grows: the first, and those it has asked for since.
 */
import type { Allocator } from './allocator.ts';
import type { Block, BlockDescriptor, BlockSpec } from './block.ts';

export interface GrowingBlocksOptions {
  readonly allocator: Allocator;
  /** `bytes`: of the first block. */
  readonly first: BlockSpec;
  /** Most bytes of all blocks together; beyond them memory is refused. Default: no limit. */
  readonly mostBytes?: number;
  /** Called when a further block is part of the table, before anything in it is visible. */
  readonly onBlock?: (block: BlockDescriptor) => void;
}

export class GrowingBlocks {
  /** In order. */
  readonly descriptors: BlockDescriptor[] = [];
  readonly #options: GrowingBlocksOptions;
  #bytes = 0;
  #next: Block;

  constructor(options: GrowingBlocksOptions) {
    this.#options = options;
    this.#next = this.#allocate(options.first.bytes);
    this.first = this.#next.memory;
    this.descriptors.push(this.#next.descriptor);
  }

  readonly first: ArrayBufferLike;

  /** Memory of at least `bytes`; undefined: there may be no more. It becomes part of the table when it is announced. */
  readonly grow = (bytes: number): ArrayBufferLike | undefined => {
    if (this.#bytes + bytes > (this.#options.mostBytes ?? Number.POSITIVE_INFINITY)) return undefined;
    this.#next = this.#allocate(bytes);
    return this.#next.memory;
  };

  /** The last block of {@link grow} is part of the table now. */
  readonly announce = (): void => {
    this.descriptors.push(this.#next.descriptor);
    this.#options.onBlock?.(this.#next.descriptor);
  };

  #allocate(bytes: number): Block {
    this.#bytes += bytes;
    return this.#options.allocator.allocate({ ...this.#options.first, bytes });
  }
}
