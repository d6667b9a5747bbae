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
import { copyPlain } from '../values/plain-memory.ts';
import type { Site } from '../values/plain-shape.ts';
import { beginPlain, PLAIN_SOURCE, type PlainValues, sharedKeyBytes } from '../values/plain-values.ts';
import { Encoded, Prepared } from '../values/prepared.ts';
import { isScalar, tagOf } from '../values/scalars.ts';
import { fieldBudget } from '../values/value-parts.ts';
import type { ValueWriter } from '../values/value-writer.ts';
import type { FrameMemory } from './frame-memory.ts';
import { byteLengthOf, copyLongText } from './long-text.ts';
import type { ObjectFrames } from './object-frame.ts';
import { type Final, NOT_MINE, type Outcome, REFUSED, WRITTEN } from './outcome.ts';
import type { Shape } from './shape.ts';

/** Keys for which it is remembered what their values looked like. */
const MAX_SITES = 1_024;

export interface MixedFramesOptions {
  readonly frames: FrameMemory;
  readonly texts: TextIds;
  readonly values: ValueWriter;
  readonly plain: PlainValues;
  readonly redaction: Redaction;
  /** Writes records that are longer than a frame of a shape. */
  readonly objects: ObjectFrames;
  /** Of a record. */
  readonly maxBytes: number;
  /** Bytes beyond, of keys that are repeated. */
  readonly sharedBytes: number;
}

/** Values of a record before their frame is claimed, by slot. Plain arrays: to make a typed one takes as long as to encode a short text. */
class Parts {
  readonly tags: number[];
  readonly texts: (string | undefined)[];
  /** Ids of texts; bytes of inline texts and values. */
  readonly lengths: number[];
  /** Where the bytes of values stand. */
  readonly starts: number[];
  /** Of each value: in the memory of plain values, else in the general writer's. */
  readonly arePlain: boolean[];

  constructor(slots: number) {
    this.tags = new Array<number>(slots);
    this.texts = new Array<string | undefined>(slots);
    this.lengths = new Array<number>(slots);
    this.starts = new Array<number>(slots);
    this.arePlain = new Array<boolean>(slots);
    // `fill` is a call into the runtime: 33 ns for each array.
    for (let slot = 0; slot < slots; slot++) {
      this.tags[slot] = 0;
      this.lengths[slot] = 0;
      this.starts[slot] = 0;
      this.arePlain[slot] = false;
    }
  }
}

export class MixedFrames {
  readonly #options: MixedFramesOptions;
  readonly #sites = new Map<string, Site>();

  constructor(options: MixedFramesOptions) {
    this.#options = options;
  }

  /** Sizes first, then one claim, then stores. A record that is too long for a frame of its shape becomes an OBJECT frame. */
  write(shape: Shape, head: number, values: unknown[], message: string): Final {
    const { maxBytes, sharedBytes, objects } = this.#options;
    const general = this.#options.values;
    const start = general.begin(maxBytes);
    const parts = this.#parts(shape, values, message);
    const shaped = this.#store(shape, head, values, parts);
    const beyond = parts.arePlain.includes(true) ? Math.min(sharedKeyBytes(), sharedBytes) : 0;
    const outcome = shaped || objects.writeList(message, shape.keys, this.#encoded(shape, values, parts), head, 0, beyond);
    general.position = start;
    return outcome;
  }

  #parts(shape: Shape, values: readonly unknown[], message: string): Parts {
    const { maxBytes, plain, texts, redaction } = this.#options;
    const general = this.#options.values;
    const { fields } = shape;
    const firstSlot = shape.message === null ? 1 : 0;
    const parts = new Parts(fields.length + firstSlot);
    const { tags, lengths } = parts;
    const start = general.position;
    const placeText = (slot: number, text: string) => {
      parts.texts[slot] = text;
      tags[slot] = TAG_TEXT;
      lengths[slot] = byteLengthOf(text, maxBytes);
    };
    if (firstSlot === 1) placeText(0, message);
    let plainEnd = this.#beginPlain(values);
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i];
      const slot = i + firstSlot;
      const value = values[i];
      if (field.redacted) tags[slot] = TAG_REDACTED;
      else if (typeof value === 'string') {
        const id = value === field.text ? field.id : texts.resolve(field, value);
        if (id < 0) placeText(slot, redaction.maskText(value));
        else {
          tags[slot] = TAG_TEXT_ID;
          lengths[slot] = id;
        }
      } else if (typeof value === 'number') tags[slot] = TAG_NUMBER;
      else if (isScalar(value)) tags[slot] = tagOf(value as boolean | null | undefined);
      else {
        tags[slot] = TAG_VALUE;
        if (Prepared.is(value) && value instanceof Encoded) {
          parts.arePlain[slot] = true;
          parts.starts[slot] = value.start;
          lengths[slot] = value.end - value.start;
          continue;
        }
        const end = plain.writeListed(value, plainEnd, this.#site(field.key));
        if (end >= 0) {
          parts.arePlain[slot] = true;
          parts.starts[slot] = plainEnd;
          lengths[slot] = end - plainEnd;
          plainEnd = alignedEnd(end);
        } else {
          const before = general.position;
          general.begin(fieldBudget(maxBytes, before - start, fields.length));
          general.field(field.key, value);
          parts.starts[slot] = before;
          lengths[slot] = general.position - before;
        }
      }
    }
    return parts;
  }

  #site(key: string): Site {
    let site = this.#sites.get(key);
    if (site === undefined) {
      if (this.#sites.size >= MAX_SITES) this.#sites.clear();
      site = this.#options.plain.site(key);
      this.#sites.set(key, site);
    }
    return site;
  }

  /** Position for plain values: behind those that the shape's writer has already written. */
  #beginPlain(values: readonly unknown[]): number {
    const { maxBytes, sharedBytes } = this.#options;
    let end = 0;
    for (const value of values) if (Prepared.is(value) && value instanceof Encoded) end = Math.max(end, alignedEnd(value.end));
    if (end === 0) beginPlain(maxBytes, sharedBytes);
    return end;
  }

  #encoded({ fields }: Shape, values: readonly unknown[], { tags, texts, starts, lengths, arePlain }: Parts): unknown[] {
    const firstSlot = tags.length - fields.length;
    return fields.map((field, i) => {
      const slot = i + firstSlot;
      if (field.redacted) return REDACTED_TEXT;
      if (tags[slot] !== TAG_VALUE) return texts[slot] ?? values[i];
      return new Encoded(starts[slot], starts[slot] + lengths[slot], arePlain[slot] ? PLAIN_SOURCE : undefined);
    });
  }

  #store(shape: Shape, head: number, values: readonly unknown[], { tags, texts, lengths, starts, arePlain }: Parts): Outcome {
    const { frames } = this.#options;
    const { words, doubles, bytes } = frames.ring;
    const general = this.#options.values;
    const slots = tags.length;
    const firstSlot = slots - shape.fields.length;
    const slotUnits = HEADER_UNITS + extraTagUnits(slots);
    const traced = (head & TRACE_BIT) !== 0;
    let units = slotUnits + slots + (traced ? TRACE_UNITS : 0);
    for (let slot = 0; slot < slots; slot++)
      if (tags[slot] === TAG_TEXT || tags[slot] === TAG_VALUE) units += (lengths[slot] + 7) >> 3;
    if (units > UNITS_MASK || units > frames.ring.maxUnits) return NOT_MINE;
    const p = frames.claim(units, head);
    if (p < 0) return REFUSED;
    let slot = 0;
    for (; slot < slots; slot += 8) {
      let word = 0;
      for (let i = 0; i < 8 && slot + i < slots; i++) word |= tags[slot + i] << (4 * i);
      words[tagWord(p, slot)] = word;
    }
    let q = p + slotUnits + slots;
    for (slot = 0; slot < slots; slot++) {
      const at = p + slotUnits + slot;
      const tag = tags[slot];
      if (tag === TAG_NUMBER) doubles[at] = values[slot - firstSlot] as number;
      else if (tag === TAG_TEXT_ID) words[at * 2] = lengths[slot];
      else if (tag === TAG_TEXT) {
        words[at * 2] = lengths[slot];
        copyLongText(texts[slot] as string, lengths[slot], bytes, q * 8);
        q += (lengths[slot] + 7) >> 3;
      } else if (tag === TAG_VALUE) {
        words[at * 2] = lengths[slot];
        if (arePlain[slot]) q = copyPlain(starts[slot] >> 3, lengths[slot], frames.ring, q);
        else {
          general.bytes.copy(bytes, q * 8, starts[slot], starts[slot] + lengths[slot]);
          q += (lengths[slot] + 7) >> 3;
        }
      }
    }
    if (traced) q = frames.storeTrace(q);
    words[p * 2] = head | units;
    words[p * 2 + 1] = shape.id;
    frames.seal(p, q);
    return WRITTEN;
  }
}

/** Values begin at whole units. */
function alignedEnd(end: number): number {
  return (end + 7) & ~7;
}
