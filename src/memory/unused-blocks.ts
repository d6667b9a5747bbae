/**
 * Blocks of threads that have ended, on their way back to the allocator.
 *
 * A ring that is closed and drained is not free yet: its thread may have gone over to another ring (a new configuration), and may still look at the words of the
 * old one. It is free when the thread is seen to have ended.
 */
import type { Allocator } from './allocator.ts';
import type { BlockDescriptor } from './block.ts';

/** A producer's id begins with the number of its thread. */
const threadOf = (producer: string) => Number.parseInt(producer, 10);

export class UnusedBlocks {
  readonly #allocator: Allocator;
  readonly #waiting = new Map<number, BlockDescriptor[]>();
  readonly #ended = new Set<number>();

  constructor(allocator: Allocator) {
    this.#allocator = allocator;
  }

  /** Nothing is read from these any more; `producer` may still look at them while its thread lives. */
  add(producer: string, blocks: readonly BlockDescriptor[]): void {
    const thread = threadOf(producer);
    if (this.#ended.has(thread)) return this.free(blocks);
    this.#waiting.set(thread, [...(this.#waiting.get(thread) ?? []), ...blocks]);
  }

  endThread(thread: number): void {
    this.#ended.add(thread);
    this.free(this.#waiting.get(thread) ?? []);
    this.#waiting.delete(thread);
  }

  /** These are not in use. */
  free(blocks: readonly BlockDescriptor[]): void {
    for (const block of blocks) this.#allocator.free(block);
  }
}
