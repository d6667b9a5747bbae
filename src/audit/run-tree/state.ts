/**
 * The state of the tree over a run's audit lines, in the memory of the run. It outlives the worker; where that memory is a file, also the process, so that a
 * recovery of the run can go on with its tree.
 *
 * ```
 *   i32 RUN_TREE_LOCK      who is storing
 *   i32 RUN_TREE_VERSION   its lowest bit says which area is valid
 *   two areas of 2 KiB     i64 key of the file (audit/current-file.ts) · f64 size, position, inode, from, number, checkpointed, at, ended, distrusted from · the frontier's nodes
 * ```
 *
 * Several threads may advance a tree: the workers of two instances of which one replaces the other, and the thread that ends an instance. Each computes the
 * next state from the one that it has loaded, and stores it only if no other thread has stored one meanwhile.
 */
import type { Block } from '../../memory/block.ts';
import { RUN_TREE_BYTES, RUN_TREE_LOCK, RUN_TREE_OFFSET_BYTES, RUN_TREE_VERSION } from '../../memory/run.ts';
import { sleepNow } from '../../time/sleep.ts';
import { FRONTIER_BYTES, Frontier } from '../tree/frontier.ts';

export interface TreeState {
  /** Key of the file that the tree stands in; 0n: it has not begun. */
  readonly key: bigint;
  /** Leaves of the run. */
  readonly size: number;
  /** Everything in the file up to this byte is in the tree. */
  readonly position: number;
  /** Inode of the file; 0: it was not there yet. */
  readonly ino: number;
  /** Leaves in the files before. */
  readonly from: number;
  /** Number of the last checkpoint; 0: there was none. */
  readonly number: number;
  /** Its size. */
  readonly checkpointed: number;
  /** When it was made, Unix milliseconds. */
  readonly atMillis: number;
  /** 1: it was the last one of a run that ended in order. */
  readonly ended: number;
  /** One more than the byte from which on nothing is taken from the file, because a sync of it has failed: those lines stand in the next one. 0: no sync has. */
  readonly distrustedFrom: number;
}

export interface Loaded {
  readonly version: number;
  readonly state: TreeState;
  readonly frontier: Frontier;
}

/** Doubles of an area, behind the key. */
const FIELDS = ['size', 'position', 'ino', 'from', 'number', 'checkpointed', 'atMillis', 'ended', 'distrustedFrom'] as const;
const NODES_OFFSET_BYTES = 8 * (1 + FIELDS.length);

/** The lock is held for microseconds. One that is held for so many looks was left by a thread that was terminated. */
const MOST_LOOKS = 200;
const LOOK_MILLIS = 1;

export class TreeStore {
  readonly #words: Int32Array;
  readonly #memory: ArrayBufferLike;

  constructor({ words, memory }: Block) {
    this.#words = words;
    this.#memory = memory;
  }

  get version(): number {
    return Atomics.load(this.#words, RUN_TREE_VERSION);
  }

  load(): Loaded {
    for (;;) {
      const { version } = this;
      const area = this.#area(version);
      const doubles = new Float64Array(area.buffer, area.byteOffset, 1 + FIELDS.length);
      const key = new BigInt64Array(area.buffer, area.byteOffset, 1)[0]!;
      const state = { key, ...Object.fromEntries(FIELDS.map((name, i) => [name, doubles[1 + i]!])) } as unknown as TreeState;
      const nodes = Buffer.from(area.subarray(NODES_OFFSET_BYTES, NODES_OFFSET_BYTES + FRONTIER_BYTES));
      if (this.version === version) return { version, state, frontier: Frontier.restore(state.size, nodes) };
    }
  }

  /** False: another thread has stored a state since `version` was loaded. */
  store(version: number, state: TreeState, frontier: Frontier): boolean {
    this.#lock();
    try {
      if (this.version !== version) return false;
      const area = this.#area(version + 1);
      const doubles = new Float64Array(area.buffer, area.byteOffset, 1 + FIELDS.length);
      new BigInt64Array(area.buffer, area.byteOffset, 1)[0] = state.key;
      for (const [i, name] of FIELDS.entries()) doubles[1 + i] = state[name];
      frontier.save(area.subarray(NODES_OFFSET_BYTES, NODES_OFFSET_BYTES + FRONTIER_BYTES));
      Atomics.store(this.#words, RUN_TREE_VERSION, (version + 1) | 0);
      return true;
    } finally {
      Atomics.store(this.#words, RUN_TREE_LOCK, 0);
    }
  }

  #lock(): void {
    for (let looks = 0; Atomics.compareExchange(this.#words, RUN_TREE_LOCK, 0, 1) !== 0; looks++) {
      if (looks === MOST_LOOKS) return;
      sleepNow(LOOK_MILLIS);
    }
  }

  #area(version: number): Uint8Array {
    return new Uint8Array(this.#memory, RUN_TREE_OFFSET_BYTES + (version & 1) * RUN_TREE_BYTES, RUN_TREE_BYTES);
  }
}
