/**
 * A block: one area of memory that threads share, and later processes. A thread that has its descriptor can open it.
 *
 * ```ts
 * const block = allocator.allocate({ kind: 'ring', format: 1, bytes: 65_536 });   // all zeros
 * port.postMessage(block.descriptor);                                             // to another thread, which does:
 * const same = openBlock(descriptor);
 * ```
 *
 * Descriptors travel between threads, views do not: memory that is mapped from a file is an ordinary ArrayBuffer in each thread, and posting one would copy it.
 * For the same reason a block is known by its descriptor's `id`. The same memory is another object in each thread.
 */

/**
 * What lies in a block: `signals`: what threads of an instance wait on or compare at each call; `run`: what is true of a run of a service; `ring`,
 * `dictionary`: of one lane of one thread; `series`: metrics of one thread; `outbox`: of one backend; `counters`: of all backends.
 */
export type BlockKind = 'signals' | 'run' | 'ring' | 'dictionary' | 'series' | 'outbox' | 'counters';

export interface BlockSpec {
  readonly kind: BlockKind;
  /** Version of the layout in it. */
  readonly format: number;
  readonly bytes: number;
}

/** Plain: it can be posted, and stand in `workerData` and environment data. */
export interface BlockDescriptor extends BlockSpec {
  /** Unique in the process. */
  readonly id: string;
  readonly place: Place;
}

/** Where the bytes are. Shared memory travels by itself: posting a SharedArrayBuffer copies nothing. */
export interface Place {
  readonly in: 'shared';
  readonly buffer: SharedArrayBuffer;
}

/** Views of a block's memory in this thread. They cover all of it; bytes that fill no word are in `bytes` alone. */
export class Block {
  readonly descriptor: BlockDescriptor;
  readonly memory: ArrayBufferLike;
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly nanos: BigInt64Array;
  readonly bytes: Uint8Array;

  constructor(descriptor: BlockDescriptor, memory: ArrayBufferLike) {
    this.descriptor = descriptor;
    this.memory = memory;
    const { byteLength } = memory;
    this.words = new Int32Array(memory, 0, byteLength >> 2);
    this.doubles = new Float64Array(memory, 0, byteLength >> 3);
    this.nanos = new BigInt64Array(memory, 0, byteLength >> 3);
    this.bytes = new Uint8Array(memory);
  }
}

/** One object for each descriptor: mapping a file takes a system call. */
const opened = new WeakMap<BlockDescriptor, Block>();

/** The block of a descriptor, whichever thread has allocated it. */
export function openBlock(descriptor: BlockDescriptor): Block {
  const known = opened.get(descriptor);
  if (known !== undefined) return known;
  const block = new Block(descriptor, descriptor.place.buffer);
  opened.set(descriptor, block);
  return block;
}
