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
import type { Lane } from '../record.ts';
import { isMissing, libc } from './mapped/libc.ts';
import { weigh } from './weight.ts';

/**
 * Contents of a block: `signals`: words that threads of an instance wait on or compare at each call; `run`: facts about a run of a service; `ring`,
 * `dictionary`: of one lane of one thread; `black-box`: of one thread; `series`: metrics of one thread; `outbox`: of one backend; `counters`: of all backends.
 */
export type BlockKind = 'signals' | 'run' | 'ring' | 'dictionary' | 'series' | 'outbox' | 'counters' | 'black-box';

export interface BlockSpec {
  readonly kind: BlockKind;
  /** Version of the layout in it. */
  readonly format: number;
  readonly bytes: number;
  /** Its owner, for a process that finds it later: a producer's id, a backend's name. */
  readonly owner?: string;
  readonly lane?: Lane;
}

/** Plain: it can be posted, and stand in `workerData` and environment data. */
export interface BlockDescriptor extends Omit<BlockSpec, 'owner' | 'lane'> {
  /** Unique in the process. */
  readonly id: string;
  readonly place: Place;
}

/**
 * Where the bytes are. Shared memory travels by itself: posting a SharedArrayBuffer copies nothing. Mapped memory is known by its address, which is the same
 * in all threads of the process, and by its slot in the table of its run (mapped/run-table.ts).
 */
export type Place =
  | { readonly in: 'shared'; readonly buffer: SharedArrayBuffer }
  | { readonly in: 'mapped'; readonly address: bigint; readonly folder: string; readonly slot: number };

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
  const block = new Block(descriptor, memoryOf(descriptor));
  opened.set(descriptor, block);
  return block;
}

function memoryOf({ place, bytes }: BlockDescriptor): ArrayBufferLike {
  if (place.in === 'shared') {
    weigh(place.buffer);
    return place.buffer;
  }
  const calls = libc();
  // Another thread of this process has mapped it.
  if (isMissing(calls)) throw new Error(`Mapped memory cannot be opened: ${calls.missing}.`);
  return calls.view(place.address, bytes);
}
