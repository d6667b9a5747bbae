/**
 * Takes the pages of a memory from the system before a caller needs them: a page that is written for the first time costs its writer some microseconds,
 * and until a ring has wrapped once that would be every seventieth call (p99 of a call 4.7 µs without, 0.6 µs with it).
 */
import { openBlock } from '../memory/block.ts';
import type { ProducerMemory } from '../memory/producer-memory.ts';

const PAGE_BYTES = 4096;

/** Bytes of a dictionary that are written soon: a program's messages and contexts. The other pages are taken one by one, each after a hundred definitions. */
const DICTIONARY_HEAD_BYTES = 131_072;

/** Takes the memory of a thread's rings and dictionaries. */
export function prefaultRings({ logs, audit }: ProducerMemory): void {
  for (const { ring, dictionary } of [logs, audit]) {
    prefault(openBlock(ring).memory);
    if (dictionary !== undefined) prefault(openBlock(dictionary).memory, DICTIONARY_HEAD_BYTES);
  }
}

/**
 * Takes the first `bytes` of a memory. Adding nothing, atomically, writes a page without changing it: its producer may be writing into it at the same time.
 */
function prefault(memory: ArrayBufferLike, bytes = memory.byteLength): void {
  const words = new Int32Array(memory, 0, Math.min(bytes, memory.byteLength) >> 2);
  for (let word = 0; word < words.length; word += PAGE_BYTES / 4) Atomics.add(words, word, 0);
}
