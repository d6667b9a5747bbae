/**
 * The producer's end of a dictionary: parts that records have in common are written here once and then referred to by id.
 *
 * Two halves of given memory, used in turn. When the one in use is full and the reader has left the other behind, the writer may turn to the other, which
 * starts empty: ids get new meanings, and a TURN frame in the ring marks the place. So memory is bounded for any program, and a later reader of the memory (a
 * new worker, another process) finds the definitions of everything in the ring.
 */
import { MAX_SCOPE_ID } from '../head-word.ts';
import { DICTIONARY_CONTROL_BYTES, ENTRY_HEADER_BYTES, ENTRY_SCOPE, ENTRY_SHAPE, ENTRY_TEXT } from '../layout.ts';

/** More texts or shapes than this are not looked for again: a half of a dictionary is full before. An id has 24 bits beside its kind. */
const MAX_IDS = 0xffff;

/** Largest id by entry kind. */
const MAX_ID_OF: readonly number[] = Object.assign([], {
  [ENTRY_SCOPE]: MAX_SCOPE_ID,
  [ENTRY_SHAPE]: MAX_IDS,
  [ENTRY_TEXT]: MAX_IDS,
});

export class DictionaryWriter {
  readonly #lengths: Int32Array;
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #halfBytes: number;
  /** Next id by entry kind. Scope ids start at 1: 0 means "no scope". */
  readonly #next = new Int32Array([0, 1, 0, 0]);
  half: 0 | 1 = 0;

  constructor(memory: ArrayBufferLike) {
    this.#lengths = new Int32Array(memory, 0, 2);
    this.#words = new Int32Array(memory);
    this.#bytes = new Uint8Array(memory);
    this.#halfBytes = ((memory.byteLength - DICTIONARY_CONTROL_BYTES) >> 1) & ~7;
  }

  /** Defines `content` and returns its id, or -1 if there is no room; then records must do without. */
  define(kind: number, content: Uint8Array): number {
    const length = this.#lengths[this.half];
    const end = length + ENTRY_HEADER_BYTES + ((content.byteLength + 7) & ~7);
    const id = this.#next[kind];
    if (end > this.#halfBytes || id > MAX_ID_OF[kind]) return -1;
    this.#next[kind] = id + 1;
    const at = DICTIONARY_CONTROL_BYTES + this.half * this.#halfBytes + length;
    this.#words[at >> 2] = kind | (id << 8);
    this.#words[(at >> 2) + 1] = content.byteLength;
    this.#bytes.set(content, at + ENTRY_HEADER_BYTES);
    // Publishes the entry; partner of the load in DictionaryReader.#catchUp. The frame that refers to it is committed later still.
    Atomics.store(this.#lengths, this.half, end);
    return id;
  }

  /** Goes over to the other half. Only when the reader has left it behind, and only with a TURN frame committed before any id is used. */
  turn(): void {
    this.half = this.half === 0 ? 1 : 0;
    this.#next.set([0, 1, 0, 0]);
    Atomics.store(this.#lengths, this.half, 0);
  }
}
