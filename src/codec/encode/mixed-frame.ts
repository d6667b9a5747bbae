/**
 * Records with long texts or values that are no scalars (objects, arrays, dates, bigints) → shaped frames.
 */

import type { Redaction } from '../../redaction/redaction.ts';
import type { TextIds } from '../dictionary/text-ids.ts';
import { tagWord } from '../frames.ts';
import {
  extraTagUnits,
  HEADER_UNITS,
  TAG_NUMBER,
  TAG_REDACTED,
  TAG_TEXT,
  TAG_TEXT_ID,
  TAG_VALUE,
  TRACE_BIT,
  TRACE_UNITS,
  UNITS_MASK,
} from '../layout.ts';
import { isScalar, tagOf } from '../values/scalars.ts';
import { cutText } from '../values/value-texts.ts';
import type { ValueWriter } from '../values/value-writer.ts';
import type { FrameMemory } from './frame-memory.ts';
import type { Shape } from './shape.ts';

/** Least bytes that a field gets, however full its record is: enough for a mark that says it was cut. */
const LEAST_BYTES = 40;

export class MixedFrames {
  readonly #frames: FrameMemory;
  readonly #texts: TextIds;
  readonly #values: ValueWriter;
  readonly #redaction: Redaction;
  readonly #maxBytes: number;

  /** `maxBytes`: of a record; its texts are cut beyond. */
  constructor(frames: FrameMemory, texts: TextIds, values: ValueWriter, redaction: Redaction, maxBytes: number) {
    this.#frames = frames;
    this.#texts = texts;
    this.#values = values;
    this.#redaction = redaction;
    this.#maxBytes = maxBytes;
  }

  /** Sizes first, then one claim, then stores. False, with nothing written, when the frame would be too long. */
  write(shape: Shape, head: number, values: unknown[], message: string): boolean {
    const { fields } = shape;
    const firstSlot = shape.message === null ? 1 : 0;
    const slots = fields.length + firstSlot;
    const tags = new Uint8Array(slots);
    const texts = new Array<string | undefined>(slots);
    const lengths = new Int32Array(slots);
    const start = this.#values.begin(this.#maxBytes);
    let left = this.#maxBytes - slots * 8;
    // What comes later must find room for a mark, at least.
    let kept = slots * LEAST_BYTES;
    const place = (slot: number, tag: number, length: number) => {
      tags[slot] = tag;
      lengths[slot] = length;
      left -= (length + 7) & ~7;
    };
    const placeText = (slot: number, whole: string) => {
      const text = cutText(whole, left - kept);
      texts[slot] = text;
      place(slot, TAG_TEXT, Buffer.byteLength(text));
    };
    if (firstSlot === 1) placeText(0, message);
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i];
      const slot = i + firstSlot;
      const value = values[i];
      kept -= LEAST_BYTES;
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
        this.#values.begin(Math.max(LEAST_BYTES, left - kept));
        this.#values.field(field.key, value);
        place(slot, TAG_VALUE, this.#values.position - before);
      }
    }
    const written = this.#store(shape, head, values, firstSlot, tags, texts, lengths, start);
    this.#values.position = start;
    return written;
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
