/**
 * The producer's memory: entries appended to blocks that are given. An arena belongs to one thread, and only that thread writes there.
 */
import {
  CONTROL_BYTES,
  HEADER_BYTES,
  SERIES_FORMAT,
  UNIT_BYTES,
  WORD_BLOCK_INDEX,
  WORD_BLOCKS,
  WORD_FORMAT,
  WORD_PUBLISHED,
} from './layout.ts';

/** Smallest first block: control words and room for a few hundred series. */
const MIN_FIRST_BLOCK_BYTES = 4 * 1024;
/** Further blocks that are asked for: small at first, then each as large as all before it, up to a mebibyte (positions in a block need 18 bits). */
const MIN_BLOCK_BYTES = 64 * 1024;
const MAX_BLOCK_BYTES = 1024 * 1024;

/** Gives memory for a further block of at least `bytes`, or `undefined` when the table may not grow any more. */
export type Grow = (bytes: number) => ArrayBufferLike | undefined;
/** Announces a further block to the collector; it must arrive before the collector's last read. */
export type AnnounceBlock = (block: ArrayBufferLike, index: number) => void;

export interface Block {
  readonly memory: ArrayBufferLike;
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly bytes: Buffer;
}

/** Where an entry stands. */
export interface Place {
  readonly block: Block;
  readonly blockIndex: number;
  /** First unit of the entry, from the start of the block. */
  readonly unit: number;
}

export class Arena {
  readonly blocks: Block[] = [];
  /** The blocks' i32 views, for the hot path. */
  readonly words: Int32Array[] = [];
  readonly #grow: Grow;
  readonly #announce: AnnounceBlock;
  /** Units used of the newest block, published or not. */
  #used = 0;

  constructor(first: ArrayBufferLike, grow: Grow, announce: AnnounceBlock) {
    if (first.byteLength < MIN_FIRST_BLOCK_BYTES || first.byteLength > MAX_BLOCK_BYTES || first.byteLength % UNIT_BYTES !== 0)
      throw new RangeError(
        `The first block of a series table has ${first.byteLength} bytes; give it 4 KiB to 1 MiB, in whole units of 8 bytes.`,
      );
    this.#grow = grow;
    this.#announce = announce;
    this.#attach(first, CONTROL_BYTES);
  }

  /** Bytes of all blocks. */
  get byteLength(): number {
    return this.blocks.reduce((sum, block) => sum + block.memory.byteLength, 0);
  }

  /** Room for an entry of `units`, still invisible to the collector; `undefined` when memory was refused. The memory is zero. */
  allocate(units: number): Place | undefined {
    let block = this.blocks[this.blocks.length - 1]!;
    if (this.#used + units > block.memory.byteLength / UNIT_BYTES) {
      const needed = units * UNIT_BYTES + HEADER_BYTES;
      const wanted = Math.max(needed, Math.min(MAX_BLOCK_BYTES, Math.max(MIN_BLOCK_BYTES, this.byteLength)));
      if (needed > MAX_BLOCK_BYTES) return undefined;
      const memory = this.#grow(wanted);
      if (memory === undefined || memory.byteLength < needed || memory.byteLength > MAX_BLOCK_BYTES) return undefined;
      block = this.#attach(memory, HEADER_BYTES);
      this.#announce(memory, this.blocks.length - 1);
    }
    const unit = this.#used;
    this.#used += units;
    return { block, blockIndex: this.blocks.length - 1, unit };
  }

  /** Makes everything allocated so far visible. Pairs with the `Atomics.load` of the same word in `reader.ts`: the entries' bytes come before it. */
  publish(): void {
    Atomics.store(this.blocks[this.blocks.length - 1]!.words, WORD_PUBLISHED, this.#used);
  }

  #attach(memory: ArrayBufferLike, headerBytes: number): Block {
    const block: Block = {
      memory,
      words: new Int32Array(memory),
      doubles: new Float64Array(memory),
      bytes: Buffer.from(memory),
    };
    this.#used = headerBytes / UNIT_BYTES;
    block.words[WORD_BLOCK_INDEX] = this.blocks.length;
    Atomics.store(block.words, WORD_PUBLISHED, this.#used);
    this.blocks.push(block);
    this.words.push(block.words);
    Atomics.store(this.blocks[0]!.words, WORD_BLOCKS, this.blocks.length);
    // Last: a collector that was given the memory before its producer leaves it alone until then.
    Atomics.store(block.words, WORD_FORMAT, SERIES_FORMAT);
    return block;
  }
}
