/**
 * Records of scalars and short texts → shaped frames, where no writer was generated for the shape (yet, or ever: where code generation is forbidden).
 */

import { NOT_FAST, type TextIds } from '../dictionary/text-ids.ts';
import { tagWord } from '../frames.ts';
import { TRACE_BIT } from '../head-word.ts';
import { extraTagUnits, HEADER_UNITS, TAG_NUMBER, TAG_REDACTED, TAG_TEXT, TAG_TEXT_ID, TRACE_UNITS } from '../layout.ts';
import { isScalar, tagOf } from '../values/scalars.ts';
import type { FrameMemory } from './frame-memory.ts';
import { MAX_INLINE_MESSAGE_UNITS } from './generated-writer.ts';
import { type InlineTextWriter, MAX_INLINE_TEXT_UNITS } from './inline-text.ts';
import { NOT_MINE, type Outcome, REFUSED, WRITTEN } from './outcome.ts';
import { MAX_FIELDS, type Shape } from './shape.ts';

export class ScalarFrames {
  readonly #frames: FrameMemory;
  readonly #texts: TextIds;
  readonly #copyText: InlineTextWriter;
  /** Ids of texts, between the two passes of `write`. */
  readonly #ids = new Int32Array(MAX_FIELDS);

  constructor(frames: FrameMemory, texts: TextIds, copyText: InlineTextWriter) {
    this.#frames = frames;
    this.#texts = texts;
    this.#copyText = copyText;
  }

  /**
   * Numbers, short texts, booleans, null and undefined: one pass over the values, one claim of the most they can take, stores. NOT_MINE when there is
   * anything else. No user code runs here, so state between its passes can be kept in this object.
   */
  write(shape: Shape, head: number, values: readonly unknown[], message: string): Outcome {
    const { fields } = shape;
    const inlineMessage = shape.message === null;
    if (inlineMessage && message.length > MAX_INLINE_MESSAGE_UNITS) return NOT_MINE;
    const firstSlot = inlineMessage ? 1 : 0;
    const slots = fields.length + firstSlot;
    const ids = this.#ids;
    let most = HEADER_UNITS + extraTagUnits(slots) + slots + TRACE_UNITS + 1;
    if (inlineMessage) most += (message.length * 3 + 7) >> 3;
    for (let i = 0; i < fields.length; i++) {
      const value = values[i];
      if (typeof value === 'string') {
        const field = fields[i];
        if (field.redacted) continue;
        const id = value === field.text ? field.id : this.#texts.resolve(field, value);
        if (id === NOT_FAST) return NOT_MINE;
        if (id < 0) most += MAX_INLINE_TEXT_UNITS;
        ids[i] = id;
      } else if (typeof value !== 'number' && !isScalar(value) && !fields[i].redacted) return NOT_MINE;
    }
    if (most > this.#frames.ring.maxUnits) return NOT_MINE;
    const { words, doubles } = this.#frames.ring;
    const p = this.#frames.claim(most, head);
    if (p < 0) return REFUSED;
    const copyText = this.#copyText;
    const slotStart = p + HEADER_UNITS + extraTagUnits(slots);
    let q = slotStart + slots;
    let tags = 0;
    if (inlineMessage) {
      q = copyText(message, q, slotStart);
      tags = TAG_TEXT;
    }
    for (let i = 0; i < fields.length; i++) {
      const slot = i + firstSlot;
      const value = values[i];
      let tag: number;
      if (fields[i].redacted) tag = TAG_REDACTED;
      else if (typeof value === 'number') {
        tag = TAG_NUMBER;
        doubles[slotStart + slot] = value;
      } else if (typeof value !== 'string') tag = tagOf(value as boolean | null | undefined);
      else if (ids[i] >= 0) {
        tag = TAG_TEXT_ID;
        words[(slotStart + slot) * 2] = ids[i];
      } else {
        tag = TAG_TEXT;
        q = copyText(value, q, slotStart + slot);
      }
      tags |= tag << (4 * (slot & 7));
      if ((slot & 7) === 7) {
        words[tagWord(p, slot)] = tags;
        tags = 0;
      }
    }
    if ((slots & 7) !== 0 || slots === 0) words[tagWord(p, slots)] = tags;
    if ((head & TRACE_BIT) !== 0) q = this.#frames.storeTrace(q);
    words[p * 2] = head | (q - p);
    words[p * 2 + 1] = shape.id;
    this.#frames.seal(p, q);
    return WRITTEN;
  }
}
