/**
 * The constant bytes of an attribute of one key: everything up to a number, and the whole attribute for texts that travel as ids. Made at the first use; later
 * each write is a copy.
 */

import { Segment } from '../segment.ts';
import { writeHead, writeTextAttributeHead } from './fields.ts';
import { VALUE_DOUBLE, VALUE_INT } from './tags.ts';

/** Texts kept for a key, each at a place by its id. A text whose place is taken is encoded each time: a field has few texts, or too many to keep. */
const TEXTS = 16;
const NO_TEXT = -1;

/** Bytes of an attribute beside its key and its text, at most: see {@link ATTRIBUTE_BYTES}. */
const MOST_HEAD_BYTES = 32;

export class OtlpField {
  /** The bytes between the attribute's length and that of its value: the key, and the tag of the value. */
  readonly key: Segment;
  /** By the bytes that an integer takes; the first one is that of doubles. */
  readonly #numberHeads: Segment[] = [];
  readonly #textIds = new Int32Array(TEXTS).fill(NO_TEXT);
  readonly #texts: Segment[] = [];

  constructor(key: Segment) {
    this.key = key;
  }

  /** Everything up to a number that takes so many bytes as an integer; 0: up to a double. */
  numberHead(integerBytes: number): Segment {
    return this.#numberHeads[integerBytes] ?? this.#makeNumberHead(integerBytes);
  }

  /** The whole attribute with the text of this id, if it is kept. */
  text(id: number): Segment | undefined {
    return this.#textIds[id % TEXTS] === id ? this.#texts[id % TEXTS] : undefined;
  }

  /** Keeps the attribute with the text of this id, if there is a place for it. */
  keep(id: number, text: Segment): void {
    if (this.#textIds[id % TEXTS] !== NO_TEXT) return;
    const scratch = new Uint8Array(this.key.length + MOST_HEAD_BYTES + text.length);
    const at = writeTextAttributeHead(new DataView(scratch.buffer), 0, this.key, text.length);
    scratch.set(text.bytes, at);
    this.#texts[id % TEXTS] = new Segment(scratch.subarray(0, at + text.length));
    this.#textIds[id % TEXTS] = id;
  }

  #makeNumberHead(integerBytes: number): Segment {
    const scratch = new Uint8Array(this.key.length + MOST_HEAD_BYTES);
    const isDouble = integerBytes === 0;
    const valueBytes = 1 + (isDouble ? 8 : integerBytes);
    const end = writeHead(new DataView(scratch.buffer), 0, this.key, valueBytes, isDouble ? VALUE_DOUBLE : VALUE_INT);
    const head = new Segment(scratch.subarray(0, end));
    this.#numberHeads[integerBytes] = head;
    return head;
  }
}
