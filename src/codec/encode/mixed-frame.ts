/**
 * Records with long texts or values that are no scalars (objects, arrays, dates, bigints) → shaped frames.
 */

import type { Redaction } from '../../redaction/redaction.ts';
import type { TextIds } from '../dictionary/text-ids.ts';
import { tagWord } from '../frames.ts';
import { TRACE_BIT, UNITS_MASK } from '../head-word.ts';
import {
  extraTagUnits,
  HEADER_UNITS,
  REDACTED_TEXT,
  TAG_NUMBER,
  TAG_REDACTED,
  TAG_TEXT,
  TAG_TEXT_ID,
  TAG_VALUE,
  TRACE_UNITS,
} from '../layout.ts';
import { Encoded } from '../values/prepared.ts';
import { isScalar, tagOf } from '../values/scalars.ts';
import { fieldBudget } from '../values/value-parts.ts';
import type { ValueWriter } from '../values/value-writer.ts';
import type { FrameMemory } from './frame-memory.ts';
import type { ObjectFrames } from './object-frame.ts';
import type { Shape } from './shape.ts';

export class MixedFrames {
  readonly #frames: FrameMemory;
  readonly #texts: TextIds;
  readonly #values: ValueWriter;
  readonly #redaction: Redaction;
  readonly #objects: ObjectFrames;
  readonly #maxBytes: number;

  /** `maxBytes`: of a record. `objects` take what is longer than a frame of a shape. */
  constructor(
    frames: FrameMemory,
    texts: TextIds,
    values: ValueWriter,
    redaction: Redaction,
    objects: ObjectFrames,
    maxBytes: number,
  ) {
    this.#frames = frames;
    this.#texts = texts;
    this.#values = values;
    this.#redaction = redaction;
    this.#objects = objects;
    this.#maxBytes = maxBytes;
  }

  /** Sizes first, then one claim, then stores. A record that is too long for a frame of its shape becomes one that says everything itself. */
  write(shape: Shape, head: number, values: unknown[], message: string): void {
    const { fields } = shape;
    const firstSlot = shape.message === null ? 1 : 0;
    const slots = fields.length + firstSlot;
    const tags = new Uint8Array(slots);
    const texts = new Array<string | undefined>(slots);
    const lengths = new Int32Array(slots);
    const start = this.#values.begin(this.#maxBytes);
    const placeText = (slot: number, text: string) => {
      texts[slot] = text;
      tags[slot] = TAG_TEXT;
      // What is too long for any frame is not counted to the end.
      lengths[slot] = text.length > this.#maxBytes ? text.length : Buffer.byteLength(text);
    };
    if (firstSlot === 1) placeText(0, message);
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i];
      const slot = i + firstSlot;
      const value = values[i];
      if (field.redacted) tags[slot] = TAG_REDACTED;
      else if (typeof value === 'string') {
        const id = value === field.text ? field.id : this.#texts.resolve(field, value);
        if (id < 0) placeText(slot, this.#redaction.maskText(value));
        else {
          tags[slot] = TAG_TEXT_ID;
          lengths[slot] = id;
        }
      } else if (typeof value === 'number') tags[slot] = TAG_NUMBER;
      else if (isScalar(value)) tags[slot] = tagOf(value as boolean | null | undefined);
      else {
        const before = this.#values.position;
        this.#values.begin(fieldBudget(this.#maxBytes, before - start, fields.length));
        this.#values.field(field.key, value);
        tags[slot] = TAG_VALUE;
        lengths[slot] = this.#values.position - before;
      }
    }
    if (!this.#store(shape, head, values, firstSlot, tags, texts, lengths, start)) {
      let at = start;
      const encoded = fields.map((field, i) => {
        const slot = i + firstSlot;
        if (field.redacted) return REDACTED_TEXT;
        if (tags[slot] !== TAG_VALUE) return texts[slot] ?? values[i];
        const from = at;
        at += lengths[slot];
        return new Encoded(from, at);
      });
      this.#objects.writeList(message, shape.keys, encoded, head);
    }
    this.#values.position = start;
  }

  #store(
    shape: Shape,
    head: number,
    values: readonly unknown[],
    firstSlot: number,
    tags: Uint8Array,
    texts: readonly (string | undefined)[],
    lengths: Int32Array,
    valuesStart: number,
  ): boolean {
    const { words, doubles, bytes } = this.#frames.ring;
    const slots = tags.length;
    const slotUnits = HEADER_UNITS + extraTagUnits(slots);
    const traced = (head & TRACE_BIT) !== 0;
    let units = slotUnits + slots + (traced ? TRACE_UNITS : 0);
    for (let slot = 0; slot < slots; slot++)
      if (tags[slot] === TAG_TEXT || tags[slot] === TAG_VALUE) units += (lengths[slot] + 7) >> 3;
    if (units > UNITS_MASK || units > this.#frames.ring.maxUnits) return false;
    const p = this.#frames.claim(units, head);
    if (p < 0) return true;
    let slot = 0;
    for (; slot < slots; slot += 8) {
      let word = 0;
      for (let i = 0; i < 8 && slot + i < slots; i++) word |= tags[slot + i] << (4 * i);
      words[tagWord(p, slot)] = word;
    }
    let q = p + slotUnits + slots;
    let read = valuesStart;
    for (slot = 0; slot < slots; slot++) {
      const at = p + slotUnits + slot;
      const tag = tags[slot];
      if (tag === TAG_NUMBER) doubles[at] = values[slot - firstSlot] as number;
      else if (tag === TAG_TEXT_ID) words[at * 2] = lengths[slot];
      else if (tag === TAG_TEXT) {
        words[at * 2] = bytes.write(texts[slot] as string, q * 8, 'utf8');
        q += (lengths[slot] + 7) >> 3;
      } else if (tag === TAG_VALUE) {
        words[at * 2] = lengths[slot];
        this.#values.bytes.copy(bytes, q * 8, read, read + lengths[slot]);
        read += lengths[slot];
        q += (lengths[slot] + 7) >> 3;
      }
    }
    if (traced) q = this.#frames.storeTrace(q);
    words[p * 2] = head | units;
    words[p * 2 + 1] = shape.id;
    this.#frames.seal(p, q);
    return true;
  }
}
