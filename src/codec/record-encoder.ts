/**
 * Records → frames of one ring. The fast path is a generated writer (generated-writer.ts), found by message; this file is everything
 * else: messages and keys met for the first time, values that are not scalars, records that fit no shape, and the dictionary's turns.
 *
 * Nothing here throws, whatever the arguments do: user code (getters, proxies, toJSON) runs only while values are read, before the ring is
 * touched, and may itself log.
 */

import type { Scope } from '../record.ts';
import { WORD_SEQUENCE } from '../ring/layout.ts';
import type { RingWriter } from '../ring/writer.ts';
import { expandErrors, fieldsOf, keysOf, readGuarded, textOf } from './arguments.ts';
import { MessageCandidates } from './candidates.ts';
import type { DictionaryWriter } from './dictionary-writer.ts';
import { generateWriter, MAX_INLINE_MESSAGE_UNITS, type WriterEnvironment } from './generated-writer.ts';
import { MAX_INLINE_TEXT_UNITS, MAX_INLINE_UNITS, makeInlineTextWriter } from './inline-text.ts';
import {
  ENTRY_SCOPE,
  ENTRY_SHAPE,
  ENTRY_TEXT,
  extraTagUnits,
  HEADER_UNITS,
  INLINE_TAG_SLOTS,
  KIND_LOSS,
  KIND_OBJECT,
  KIND_TURN,
  LEVEL_MASK,
  LEVEL_SHIFT,
  LOSS_UNITS,
  NO_SCOPE,
  TAG_FALSE,
  TAG_NULL,
  TAG_NUMBER,
  TAG_REDACTED,
  TAG_TEXT,
  TAG_TEXT_ID,
  TAG_TRUE,
  TAG_UNDEFINED,
  TAG_VALUE,
  TRACE_BIT,
  TRACE_UNITS,
  UNITS_MASK,
} from './layout.ts';
import { FieldState, MAX_TEXTS_PER_FIELD, Shape } from './shape.ts';
import { VALUE_ARRAY, VALUE_MAP } from './value.ts';
import { type PathRedaction, ValueWriter } from './value-writer.ts';

/** Calls through the general writer before a writer is generated for a shape. */
const HOT_CALLS = 32;
/** Writers alive at once: bounds the memory that generated code takes (some 10 KB each). */
const MAX_HOT_SHAPES = 512;
/** Shapes of one message; further key lists travel with the message inline. */
const MAX_SHAPES_PER_MESSAGE = 8;
/** Writers with inline message that are tried one after the other before a key list is looked up. */
const MAX_INLINE_CHAIN = 8;
/** Longest message that gets a definition. */
const MAX_DEFINED_MESSAGE_UNITS = 512;
/** Most fields of a record. OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT's default (specification, "LogRecord Limits"); the rest is counted in one field. */
export const MAX_FIELDS = 128;
/** Longest record. Its texts are cut beyond, with a mark; 64 KiB is what Loki and most collectors' files take in one line. */
export const MAX_RECORD_BYTES = 65_536;

export interface FieldRedaction extends PathRedaction {
  redactsKey(key: string): boolean;
}

/** A record in OpenTelemetry's terms, for callers who use its API directly. */
export interface OpenRecord {
  readonly severityNumber?: number | undefined;
  readonly severityText?: string | undefined;
  readonly body?: unknown;
  readonly eventName?: string | undefined;
  readonly attributes?: object | undefined;
  readonly timeUnixNanos?: bigint | undefined;
  readonly observedTimeUnixNanos?: bigint | undefined;
  readonly trace?: { readonly traceId: string; readonly spanId: string; readonly traceFlags: number } | undefined;
  /** The record says itself what its context is, in `trace` or by its absence: the active one does not count. */
  readonly withoutContext?: boolean;
}

export interface RecordEncoderOptions {
  readonly ring: RingWriter;
  readonly dictionary: DictionaryWriter;
  readonly redaction: FieldRedaction;
  readonly readClock: () => bigint;
  /** Trace id and span id of the active context, six i32, valid while a head word has TRACE_BIT. */
  readonly trace: Int32Array;
  readonly sharedSequence?: { readonly words: Int32Array; readonly index: number };
  /** Tells loggers to drop their scope ids. */
  readonly onTurn: () => void;
}

/** A text that no message is identical with by accident. */
const NO_MESSAGE = '\u0000none';

/** Runs when the stack is empty, so that no call holds ids of the old half. Captured before a test runner can replace it. */
const whenIdle = queueMicrotask;

export class RecordEncoder {
  /** Shapes by message. */
  readonly messages = new Map<string, Shape>();
  /** The message found last, and its first shape: most calls repeat a message, and comparing one text by identity beats any map. */
  readonly last: { message: string; shape: Shape | undefined } = { message: NO_MESSAGE, shape: undefined };
  /** Records that the ring refused. A caller who has to keep them (audit) looks here after each record and sets it back to 0. */
  refusals = 0;

  readonly #ring: RingWriter;
  readonly #dictionary: DictionaryWriter;
  readonly #redaction: FieldRedaction;
  readonly #options: RecordEncoderOptions;
  readonly #environment: WriterEnvironment;
  readonly #values: ValueWriter;
  readonly #candidates = new MessageCandidates();
  readonly #texts = new Map<string, number>();
  /** Shapes with inline message by their keys, and the hot ones among them, last used first. */
  readonly #keyLists = new Map<string, Shape>();
  #inlineChain: Shape | undefined;
  #inlineChainLength = 0;
  #hotShapes = 0;
  #codeForbidden = false;
  #turnWanted = false;
  readonly #maxBytes: number;
  /** Ids of texts, between the two passes of {@link #writeScalars}. */
  readonly #ids = new Int32Array(MAX_FIELDS);

  constructor(options: RecordEncoderOptions) {
    const { ring, dictionary, redaction } = options;
    this.#options = options;
    this.#ring = ring;
    this.#dictionary = dictionary;
    this.#redaction = redaction;
    this.#values = new ValueWriter(redaction);
    this.#maxBytes = Math.min(MAX_RECORD_BYTES, (ring.maxUnits - 64) * 8);
    this.#environment = {
      control: ring.control,
      limits: ring.limits,
      words: ring.words,
      doubles: ring.doubles,
      nanos: ring.nanos,
      trace: options.trace,
      sharedSequence: options.sharedSequence,
      atomicCommit: process.arch !== 'x64',
      readClock: options.readClock,
      claimSlow: (head, units, levelRank) => ring.claimSlow(head, units, levelRank),
      refused: () => this.#refused(),
      resolve: (field, text) => this.#resolve(field, text),
      copyText: makeInlineTextWriter(ring.words, ring.bytes),
      tagOf,
      surprised: (shape, head, field, values, message) => this.#surprised(shape, head, field, values, message),
    };
  }

  #refused(): boolean {
    this.refusals++;
    return true;
  }

  /** Defines a scope; {@link NO_SCOPE} if the dictionary has no room now. */
  defineScope(scope: Scope): number {
    const id = this.#define(ENTRY_SCOPE, () => this.#scopeValue(scope));
    return id < 0 ? NO_SCOPE : id;
  }

  /**
   * Writes a record whose shape's writer declined it, or whose message has no shape yet. `head` is the frame's head word less its units.
   * `shape` is the first shape of this message, if there is one.
   */
  encode(message: unknown, fields: unknown, head: number, shape: Shape | undefined): void {
    try {
      this.#encode(message, fields, head, shape);
    } catch (error) {
      this.#salvage(message, error, head);
    }
  }

  /** Writes a record in OpenTelemetry's terms, or one whose scope has no definition. */
  encodeOpen(record: OpenRecord, head: number, scope?: Scope): void {
    try {
      this.#writeObject(record, head, scope);
    } catch (error) {
      this.#salvage(record.body, error, head);
    }
  }

  /** Something that must never throw threw all the same: the message and the reason are kept. */
  #salvage(message: unknown, error: unknown, head: number): void {
    this.#writeObject({ body: textOf(message), attributes: { 'hft.encode_error': textOf(error) } }, head & ~TRACE_BIT, undefined);
  }

  #encode(rawMessage: unknown, rawFields: unknown, head: number, root: Shape | undefined): void {
    if (root !== undefined && this.#writeKnown(rawMessage as string, rawFields, head, root)) return;
    const error = rawMessage instanceof Error ? rawMessage : undefined;
    const message = typeof rawMessage === 'string' ? rawMessage : textOf(error === undefined ? rawMessage : error.message);
    let fields = fieldsOf(rawFields);
    if (error !== undefined) fields = { ...fields, error };
    const first = root ?? this.messages.get(message);
    // Met before: it is time for a shape of its own.
    const unique = first === undefined && !this.#candidates.metBefore(message);
    if (unique && this.#writeInlineHot(message, fields, head)) return;

    const keys = keysOf(fields);
    const values = readGuarded(fields, keys);
    const expanded = expandErrors(keys, values);
    this.#encodeParts(message, expanded?.keys ?? keys, expanded?.values ?? values, head, first, unique);
  }

  /** A record of a shape that this message has already: no list of keys is made for it. */
  #writeKnown(message: string, fields: unknown, head: number, root: Shape): boolean {
    for (let shape: Shape | undefined = root; shape !== undefined; shape = shape.next) {
      // The root's own writer has declined already.
      if (shape !== root && shape.write(fields as object, head, message)) return true;
      const values = valuesOf(shape, fields);
      if (values === undefined || !this.#writeScalars(shape, head, values, message)) continue;
      this.#noteCall(shape, values);
      return true;
    }
    return false;
  }

  #noteCall(shape: Shape, values: readonly unknown[]): void {
    if (++shape.calls >= HOT_CALLS && shape.generations === 0) this.#heat(shape, values);
  }

  #encodeParts(
    message: string,
    keys: readonly string[],
    values: unknown[],
    head: number,
    first: Shape | undefined,
    unique: boolean,
  ): void {
    if (keys.length > MAX_FIELDS) return this.#writeList(message, keys, values, head);
    const shape = this.#shapeFor(message, keys, first, unique) ?? this.#inlineShapeFor(keys);
    if (shape === undefined) return this.#writeList(message, keys, values, head);
    if (!this.#writeScalars(shape, head, values, message)) this.#writeGeneral(shape, head, values, message);
    this.#noteCall(shape, values);
  }

  /** The shape of this message and these keys; made when the message has been met before. Undefined: not yet, or no room. */
  #shapeFor(message: string, keys: readonly string[], first: Shape | undefined, unique: boolean): Shape | undefined {
    if (unique) return undefined;
    let count = 0;
    for (let shape = first; shape !== undefined; shape = shape.next, count++) if (shape.hasKeys(keys)) return shape;
    if (count >= MAX_SHAPES_PER_MESSAGE || message.length > MAX_DEFINED_MESSAGE_UNITS) return undefined;
    const made = this.#makeShape(message, keys);
    if (made === undefined) return undefined;
    if (first === undefined) this.messages.set(message, made);
    else {
      made.next = first.next;
      first.next = made;
    }
    return made;
  }

  #inlineShapeFor(keys: readonly string[]): Shape | undefined {
    const list = keys.join('\u0001');
    const known = this.#keyLists.get(list);
    if (known !== undefined) return known.hasKeys(keys) ? known : undefined;
    const made = this.#makeShape(null, keys);
    if (made !== undefined) this.#keyLists.set(list, made);
    return made;
  }

  #makeShape(message: string | null, keys: readonly string[]): Shape | undefined {
    const id = this.#defineShape(message, keys);
    if (id < 0) return undefined;
    return new Shape(
      id,
      message,
      keys.map((key) => new FieldState(key, this.#redaction.redactsKey(key))),
    );
  }

  #defineShape(message: string | null, keys: readonly string[]): number {
    return this.#define(ENTRY_SHAPE, () => {
      const place = this.#values.open(VALUE_ARRAY);
      this.#values.value(message);
      for (const key of keys) this.#values.text(key);
      this.#values.close(place, keys.length + 1);
    });
  }

  #define(kind: number, write: () => void): number {
    const start = this.#values.begin(this.#maxBytes);
    write();
    const id = this.#dictionary.define(kind, this.#values.bytes.subarray(start, this.#values.position));
    this.#values.position = start;
    if (id < 0) this.#wantTurn();
    return id;
  }

  /** Hot shapes with inline message, most recently used first: unique messages with a few usual key lists need no look-up. */
  #writeInlineHot(message: string, fields: object | undefined, head: number): boolean {
    let previous: Shape | undefined;
    for (let shape = this.#inlineChain; shape !== undefined; previous = shape, shape = shape.next) {
      if (!shape.write(fields, head, message)) continue;
      if (previous !== undefined) {
        previous.next = shape.next;
        shape.next = this.#inlineChain;
        this.#inlineChain = shape;
      }
      return true;
    }
    return false;
  }

  #heat(shape: Shape, values: readonly unknown[]): void {
    const slots = shape.fields.length + (shape.message === null ? 1 : 0);
    if (this.#codeForbidden || slots > INLINE_TAG_SLOTS || this.#hotShapes >= MAX_HOT_SHAPES) return;
    if (shape.message === null && this.#inlineChainLength >= MAX_INLINE_CHAIN) return;
    shape.fields.forEach((field, i) => {
      const type = typeof values[i];
      field.kind = type === 'number' ? 'number' : type === 'string' ? 'text-id' : 'any';
    });
    if (!this.#generate(shape)) return;
    this.#hotShapes++;
    if (shape.message !== null) return;
    shape.next = this.#inlineChain;
    this.#inlineChain = shape;
    this.#inlineChainLength++;
  }

  #generate(shape: Shape): boolean {
    try {
      shape.write = generateWriter(shape, this.#environment);
      shape.generations++;
      return true;
    } catch {
      this.#codeForbidden = true; // --disallow-code-generation-from-strings: the general writer serves
      return false;
    }
  }

  #surprised(shape: Shape, head: number, index: number, values: unknown[], message: string): boolean {
    const field = shape.fields[index];
    const value = values[index];
    // At most a few generations: each costs microseconds and leaves code behind.
    if (shape.generations < 8 + shape.fields.length) {
      const { kind } = field;
      const shortText = typeof value === 'string' && value.length <= MAX_INLINE_UNITS;
      if (kind === 'text-id' && shortText) field.kind = 'text';
      else if (kind !== 'any' && !(kind === 'text' && typeof value === 'string') && (isScalar(value) || shortText))
        field.kind = 'any';
      if (field.kind !== kind) this.#generate(shape);
    }
    if (this.#writeScalars(shape, head, values, message)) return true;
    const keys = shape.fields.map(({ key }) => key);
    const expanded = expandErrors(keys, values);
    if (expanded === undefined) this.#writeGeneral(shape, head, values, message);
    else {
      const first = this.messages.get(message);
      this.#encodeParts(message, expanded.keys, expanded.values, head, first, first === undefined);
    }
    return true;
  }

  /** Id of a text that this field carries again and again; -1: copy it; -2: too long for a fast frame. */
  #resolve(field: FieldState, text: string): number {
    if (text === field.olderText) {
      const { olderId } = field;
      field.olderText = field.text;
      field.olderId = field.id;
      field.text = text;
      field.id = olderId;
      return olderId;
    }
    if (text.length > MAX_INLINE_UNITS) return -2;
    if (field.defined >= MAX_TEXTS_PER_FIELD) return -1;
    let id = this.#texts.get(text);
    if (id === undefined) {
      field.defined++;
      id = this.#dictionary.define(ENTRY_TEXT, Buffer.from(text));
      if (id < 0) {
        this.#wantTurn();
        return -1;
      }
      this.#texts.set(text, id);
    }
    field.olderText = field.text;
    field.olderId = field.id;
    field.text = text;
    field.id = id;
    return id;
  }

  /**
   * Numbers, short texts, booleans, null and undefined: one pass over the values, one claim of the most they can take, stores. False, with nothing
   * written, when there is anything else. No user's code runs here, so what it notes between its passes can stand in the encoder.
   */
  #writeScalars(shape: Shape, head: number, values: readonly unknown[], message: string): boolean {
    const { fields } = shape;
    const inlineMessage = shape.message === null;
    if (inlineMessage && message.length > MAX_INLINE_MESSAGE_UNITS) return false;
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
        const id = value === field.text ? field.id : this.#resolve(field, value);
        if (id === -2) return false;
        if (id < 0) most += MAX_INLINE_TEXT_UNITS;
        ids[i] = id;
      } else if (typeof value !== 'number' && !isScalar(value) && !fields[i].redacted) return false;
    }
    if (most > this.#ring.maxUnits) return false;
    const { words, doubles } = this.#ring;
    const p = this.#claim(most, head);
    if (p < 0) return true;
    const { copyText } = this.#environment;
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
    if ((head & TRACE_BIT) !== 0) q = this.#storeTrace(q);
    words[p * 2] = head | (q - p);
    words[p * 2 + 1] = shape.id;
    this.#seal(p, q);
    return true;
  }

  /** Any values, any number of fields up to {@link MAX_FIELDS}: sizes first, then one claim, then stores. */
  #writeGeneral(shape: Shape, head: number, values: unknown[], message: string): void {
    const { fields } = shape;
    const firstSlot = shape.message === null ? 1 : 0;
    const slots = fields.length + firstSlot;
    const tags = new Uint8Array(slots);
    const texts = new Array<string | undefined>(slots);
    const lengths = new Int32Array(slots);
    const start = this.#values.begin(this.#maxBytes);
    let left = this.#maxBytes - slots * 8;
    const place = (slot: number, tag: number, length: number) => {
      tags[slot] = tag;
      lengths[slot] = length;
      left -= (length + 7) & ~7;
    };
    const placeText = (slot: number, text: string) => {
      const kept = text.length * 3 <= left ? text : cutText(text, left);
      texts[slot] = kept;
      place(slot, TAG_TEXT, Buffer.byteLength(kept));
    };
    if (firstSlot === 1) placeText(0, message);
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i];
      const slot = i + firstSlot;
      const value = values[i];
      if (field.redacted) tags[slot] = TAG_REDACTED;
      else if (typeof value === 'string') {
        const id = value === field.text ? field.id : this.#resolve(field, value);
        if (id < 0) placeText(slot, value);
        else {
          tags[slot] = TAG_TEXT_ID;
          lengths[slot] = id;
        }
      } else if (typeof value === 'number') tags[slot] = TAG_NUMBER;
      else if (isScalar(value)) tags[slot] = tagOf(value as boolean | null | undefined);
      else {
        const before = this.#values.position;
        this.#values.begin(Math.max(256, left));
        this.#values.field(field.key, value);
        place(slot, TAG_VALUE, this.#values.position - before);
      }
    }
    this.#storeGeneral(shape, head, values, firstSlot, tags, texts, lengths, start);
    this.#values.position = start;
  }

  #storeGeneral(
    shape: Shape,
    head: number,
    values: readonly unknown[],
    firstSlot: number,
    tags: Uint8Array,
    texts: readonly (string | undefined)[],
    lengths: Int32Array,
    valuesStart: number,
  ): void {
    const { words, doubles, bytes } = this.#ring;
    const slots = tags.length;
    const slotUnits = HEADER_UNITS + extraTagUnits(slots);
    const traced = (head & TRACE_BIT) !== 0;
    let units = slotUnits + slots + (traced ? TRACE_UNITS : 0);
    for (let slot = 0; slot < slots; slot++)
      if (tags[slot] === TAG_TEXT || tags[slot] === TAG_VALUE) units += (lengths[slot] + 7) >> 3;
    if (units > UNITS_MASK || units > this.#ring.maxUnits) {
      const keys = shape.fields.map(({ key }) => key);
      return this.#writeList(shape.message ?? (texts[0] as string), keys, values, head);
    }
    const p = this.#claim(units, head);
    if (p < 0) return;
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
    if (traced) q = this.#storeTrace(q);
    words[p * 2] = head | units;
    words[p * 2 + 1] = shape.id;
    this.#seal(p, q);
  }

  /** A record whose keys have no definition: everything in one value. */
  #writeList(message: string, keys: readonly string[], values: readonly unknown[], head: number): void {
    const attributes: Record<string, unknown> = Object.create(null);
    const most = Math.min(keys.length, MAX_FIELDS);
    for (let i = 0; i < most; i++) attributes[keys[i]] = values[i];
    if (most < keys.length) attributes['…'] = `[+${keys.length - most} fields]`;
    this.#writeObject({ body: message, attributes }, head, undefined);
  }

  #writeObject(record: OpenRecord, head: number, scope: Scope | undefined): void {
    const values = this.#values;
    const start = values.begin(this.#maxBytes - 1024);
    const outer = values.open(VALUE_ARRAY);
    values.value(record.severityNumber ?? null);
    values.value(record.severityText ?? null);
    values.value(record.body ?? null);
    values.value(record.eventName ?? null);
    this.#attributes(record.attributes);
    values.begin(this.#maxBytes); // what follows is small, and must not be cut
    values.value(record.timeUnixNanos ?? null);
    values.value(record.observedTimeUnixNanos ?? null);
    values.value(record.trace === undefined ? null : [record.trace.traceId, record.trace.spanId, record.trace.traceFlags]);
    if (scope === undefined) values.value(null);
    else this.#scopeValue(scope);
    values.close(outer, 9);

    const length = values.position - start;
    const traced = (head & TRACE_BIT) !== 0;
    const units = HEADER_UNITS + 1 + ((length + 7) >> 3) + (traced ? TRACE_UNITS : 0);
    const p = units > this.#ring.maxUnits ? this.#tooLarge(head) : this.#claim(units, head);
    if (p >= 0) {
      const { words, bytes } = this.#ring;
      words[(p + HEADER_UNITS) * 2] = length;
      values.bytes.copy(bytes, (p + HEADER_UNITS + 1) * 8, start, start + length);
      if (traced) this.#storeTrace(p + units - TRACE_UNITS);
      words[p * 2] = head | (units <= UNITS_MASK ? units : 0);
      words[p * 2 + 1] = KIND_OBJECT;
      words[p * 2 + 5] = units;
      this.#seal(p, p + units);
    }
    values.position = start;
  }

  /** Cannot happen while the budget of values holds; counted as a refusal all the same. */
  #tooLarge(head: number): number {
    const position = this.#ring.claim(this.#ring.capacity, (head >> LEVEL_SHIFT) & LEVEL_MASK);
    if (position < 0) this.#refused();
    return position;
  }

  #attributes(attributes: object | undefined): void {
    const values = this.#values;
    const place = values.open(VALUE_MAP);
    let count = 0;
    if (attributes !== undefined && attributes !== null) {
      const keys = keysOf(attributes);
      const read = readGuarded(attributes, keys);
      const expanded = expandErrors(keys, read) ?? { keys, values: read };
      for (; count < expanded.keys.length && count < MAX_FIELDS; count++) {
        const key = expanded.keys[count];
        values.key(key);
        if (this.#redaction.redactsKey(key)) values.redacted();
        else values.field(key, expanded.values[count]);
      }
      if (count < expanded.keys.length) {
        values.key('…');
        values.text(`[+${expanded.keys.length - count} fields]`);
        count++;
      }
    }
    values.close(place, count);
  }

  #scopeValue(scope: Scope): void {
    const values = this.#values;
    const place = values.open(VALUE_MAP);
    let count = 3;
    values.key('name');
    values.text(scope.name);
    values.key('tags');
    values.value(scope.tags);
    values.key('attributes');
    this.#attributes(scope.attributes);
    for (const key of ['version', 'schemaUrl', 'resource'] as const) {
      if (scope[key] === undefined) continue;
      values.key(key);
      values.value(scope[key]);
      count++;
    }
    values.close(place, count);
  }

  #claim(units: number, head: number): number {
    const position = this.#ring.claim(units, (head >> LEVEL_SHIFT) & LEVEL_MASK);
    if (position < 0) this.#refused();
    return position;
  }

  #storeTrace(unit: number): number {
    this.#ring.words.set(this.#options.trace, unit * 2);
    return unit + TRACE_UNITS;
  }

  /** Clock, sequence, commit. */
  #seal(p: number, end: number): void {
    const { words, nanos, control } = this.#ring;
    const { sharedSequence } = this.#options;
    nanos[p + 1] = this.#options.readClock();
    const own = (control[WORD_SEQUENCE] + 1) | 0;
    control[WORD_SEQUENCE] = own;
    words[p * 2 + 4] = sharedSequence === undefined ? own : (Atomics.add(sharedSequence.words, sharedSequence.index, 1) + 1) | 0;
    this.#ring.commit(end);
  }

  #wantTurn(): void {
    if (this.#turnWanted) return;
    this.#turnWanted = true;
    whenIdle(() => {
      this.#turnWanted = false;
      this.#turn();
    });
  }

  /** Starts the dictionary's other half, if the reader has left it. Hot shapes are defined anew; all else is forgotten and comes back when used. */
  #turn(): void {
    const ring = this.#ring;
    if (ring.readersHalf !== this.#dictionary.half) return; // the reader is behind: whoever needs it asks again
    const p = ring.claim(1, LEVEL_MASK);
    if (p < 0) return;
    ring.words[p * 2] = 1;
    ring.words[p * 2 + 1] = KIND_TURN;
    ring.commit(p + 1);
    this.#dictionary.turn();
    this.last.message = NO_MESSAGE;
    this.#texts.clear();
    this.#keyLists.clear();
    this.#candidates.clear();
    this.#keepHot();
    this.#options.onTurn();
  }

  #keepHot(): void {
    this.#hotShapes = 0;
    for (const [message, first] of this.messages) {
      const kept = this.#redefined(first);
      if (kept === undefined) this.messages.delete(message);
      else this.messages.set(message, kept);
    }
    this.#inlineChain = this.#redefined(this.#inlineChain);
    this.#inlineChainLength = 0;
    for (let shape = this.#inlineChain; shape !== undefined; shape = shape.next) {
      this.#keyLists.set(shape.fields.map(({ key }) => key).join('\u0001'), shape);
      this.#inlineChainLength++;
    }
  }

  /** The hot shapes of a chain that found room in the new half, as a chain. */
  #redefined(chain: Shape | undefined): Shape | undefined {
    let kept: Shape | undefined;
    for (let shape = chain; shape !== undefined; ) {
      const { next }: Shape = shape;
      if (shape.hot && this.#redefine(shape)) {
        this.#hotShapes++;
        shape.next = kept;
        kept = shape;
      }
      shape = next;
    }
    return kept;
  }

  #redefine(shape: Shape): boolean {
    const keys = shape.fields.map(({ key }) => key);
    shape.id = this.#defineShape(shape.message, keys);
    for (const field of shape.fields) field.forget();
    return shape.id >= 0;
  }
}

/** The LOSS mark of a ring; see layout.ts. */
export function lossMark(
  ring: () => RingWriter,
  readClock: () => bigint,
): { units: number; write(position: number, firstSequence: number, dropped: Float64Array): void } {
  return {
    units: LOSS_UNITS,
    write(position, firstSequence, dropped) {
      const { words, doubles, nanos } = ring();
      words[position * 2] = LOSS_UNITS | (2 << LEVEL_SHIFT);
      words[position * 2 + 1] = KIND_LOSS;
      nanos[position + 1] = readClock();
      words[position * 2 + 4] = firstSequence;
      words[position * 2 + 5] = 0;
      doubles.set(dropped, position + HEADER_UNITS);
    },
  };
}

/** Index of the word that holds the tag of a slot. */
function tagWord(p: number, slot: number): number {
  return slot < INLINE_TAG_SLOTS ? p * 2 + 5 : (p + HEADER_UNITS) * 2 + (slot >> 3) - 1;
}

/** The values of `fields` if its keys are the shape's, in order; undefined otherwise, or when a getter throws. */
function valuesOf(shape: Shape, fields: unknown): unknown[] | undefined {
  const { fields: states } = shape;
  if (fields === undefined) return states.length === 0 ? [] : undefined;
  if (typeof fields !== 'object' || fields === null || states.length === 0 || fields instanceof Error) return undefined;
  const values = new Array<unknown>(states.length);
  try {
    let i = 0;
    for (const key in fields) {
      if (i >= states.length || states[i].key !== key || !Object.hasOwn(fields, key)) return undefined;
      i++;
    }
    if (i !== states.length) return undefined;
    for (i = 0; i < states.length; i++) if (!states[i].redacted) values[i] = (fields as Record<string, unknown>)[states[i].key];
  } catch {
    return undefined;
  }
  return values;
}

function isScalar(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined;
}

function tagOf(value: boolean | null | undefined): number {
  if (value === true) return TAG_TRUE;
  if (value === false) return TAG_FALSE;
  return value === null ? TAG_NULL : TAG_UNDEFINED;
}

/** The beginning of a text that fits into `bytes`, with a mark that says how much is missing. */
function cutText(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  const kept = Math.max(0, Math.floor((bytes - 64) / 3));
  return `${text.slice(0, kept)}…[+${text.length - kept} characters]`;
}
