/**
 * Records → frames of one ring. The fast path is a generated writer (generated-writer.ts), found by message; this file is everything
 * else: messages and keys met for the first time, and values of other kinds than a writer was made for.
 *
 * Nothing here throws, for any arguments: user code (getters, proxies, toJSON) runs only while values are read, before the ring is
 * touched, and may itself log.
 */
import { mayHoldSecrets } from '../../common/mask-secrets.ts';
import type { Scope } from '../../record.ts';
import type { Redaction } from '../../redaction/redaction.ts';
import { Definitions } from '../dictionary/definitions.ts';
import { DictionaryTurn } from '../dictionary/dictionary-turn.ts';
import type { DictionaryWriter } from '../dictionary/dictionary-writer.ts';
import { TextIds } from '../dictionary/text-ids.ts';
import { TRACE_BIT, TRACE_MASK, UNITS_MASK } from '../head-word.ts';
import { NO_SCOPE, REDACTED_TEXT } from '../layout.ts';
import { beginPlain, makePlainValues, mostSharedBytes, PLAIN_SOURCE } from '../values/plain-values.ts';
import { Encoded } from '../values/prepared.ts';
import { isScalar, tagOf } from '../values/scalars.ts';
import { MAX_KEY_BYTES } from '../values/value-bytes.ts';
import { ValueParts } from '../values/value-parts.ts';
import { isError } from '../values/value-texts.ts';
import { ValueWriter } from '../values/value-writer.ts';
import { expandErrors, fieldsOf, type KeyedValues, keysOf, messageOf, readProperty, textOf, thrownText } from './arguments.ts';
import { type CallShape, callShapeOf } from './call-shape.ts';
import { CallsInside } from './calls-inside.ts';
import { ATOMIC_COMMIT, FrameMemory, type FrameMemoryOptions } from './frame-memory.ts';
import { generateWriter, UNREAD, type WriterEnvironment } from './generated-writer.ts';
import { MAX_INLINE_UNITS, makeInlineTextWriter } from './inline-text.ts';
import type { KnownMessages } from './known-messages.ts';
import { fieldsNow } from './lazy-fields.ts';
import { byteLengthOf } from './long-text.ts';
import { MixedFrames } from './mixed-frame.ts';
import { ObjectFrames, type OpenRecord } from './object-frame.ts';
import { type Final, NOT_MINE, type Outcome } from './outcome.ts';
import { ScalarFrames } from './scalar-frame.ts';
import { MAX_FIELDS, type Shape, tryWriter } from './shape.ts';
import { ShapeIndex } from './shape-index.ts';
import { holdsOnlyFields, valuesOf } from './shape-values.ts';

/** Longest record. Its texts are cut beyond, with a mark; 64 KiB is what Loki and most collectors' files take in one line. */
export const MAX_RECORD_BYTES = 65_536;

/** Units of a ring's longest frame that are kept for parts beside a record's own bytes: header, slots, marks. */
const OVERHEAD_UNITS = 64;

/** Writers generated for one shape beyond one for each field: each costs microseconds and leaves code behind. */
const SPARE_GENERATIONS = 8;

/** Fields of a record of too many calls inside a call. */
const TOO_DEEP = {
  'hft.encode_error': 'fields not read: too many records were logged while the fields of another one were read',
};

export interface RecordEncoderOptions extends FrameMemoryOptions {
  readonly dictionary: DictionaryWriter;
  readonly redaction: Redaction;
  /** Tells loggers to drop their scope ids. */
  readonly onTurn: () => void;
  /** Of the encoder that the dictionary belongs to, where this one only adds to it: that one turns it, and calls {@link RecordEncoder.forgetIds} here. */
  readonly turn?: DictionaryTurn;
}

export class RecordEncoder {
  readonly #redaction: Redaction;
  readonly #frames: FrameMemory;
  readonly #definitions: Definitions;
  readonly #texts: TextIds;
  readonly #shapes: ShapeIndex;
  readonly #scalars: ScalarFrames;
  readonly #mixed: MixedFrames;
  readonly #objects: ObjectFrames;
  readonly #calls: CallsInside;
  /** Goes over to the dictionary's other half. */
  readonly turn: DictionaryTurn;

  constructor(options: RecordEncoderOptions) {
    const { ring, dictionary, redaction } = options;
    const maxBytes = Math.min(MAX_RECORD_BYTES, (ring.maxUnits - OVERHEAD_UNITS) * 8);
    this.#redaction = redaction;
    const values = new ValueWriter(redaction);
    const parts = new ValueParts(values, redaction);
    const copyText = makeInlineTextWriter(ring.words, ring.bytes);
    const ownTurn = () => {
      this.forgetIds();
      options.onTurn();
    };
    this.turn = options.turn ?? new DictionaryTurn(ring, dictionary, ownTurn);
    this.#calls = new CallsInside(values);
    this.#frames = new FrameMemory(options);
    this.#definitions = new Definitions(dictionary, parts, maxBytes, () => this.turn.want());
    this.#texts = new TextIds((text) => this.#definitions.text(redaction.maskText(text)), redaction.masksTexts);
    this.#scalars = new ScalarFrames(this.#frames, this.#texts, copyText);
    this.#objects = new ObjectFrames(this.#frames, parts, maxBytes);
    const plain = makePlainValues(redaction);
    const sharedBytes = mostSharedBytes(maxBytes, (ring.maxUnits - OVERHEAD_UNITS) * 8);
    this.#mixed = new MixedFrames({
      frames: this.#frames,
      texts: this.#texts,
      values,
      plain,
      redaction,
      objects: this.#objects,
      maxBytes,
      sharedBytes,
    });
    const environment: WriterEnvironment = {
      control: ring.control,
      limits: ring.limits,
      words: ring.words,
      doubles: ring.doubles,
      nanos: ring.nanos,
      trace: options.trace,
      sharedSequence: options.sharedSequence,
      atomicCommit: ATOMIC_COMMIT,
      readClock: options.readClock,
      claimSlow: (head, units, levelRank) => ring.claimSlow(head, units, levelRank),
      resolve: (field, text) => this.#texts.resolve(field, text),
      mayHoldSecrets: redaction.masksTexts ? mayHoldSecrets : undefined,
      copyText,
      siteOf: (key) => plain.site(key),
      beginValues: () => beginPlain(maxBytes, sharedBytes),
      writeValue: (value, from, site) => plain.write(value, from, site),
      writeListed: (value, from, site) => plain.writeListed(value, from, site),
      maskText: (text) => redaction.maskText(text),
      byteLength: (text) => byteLengthOf(text, maxBytes),
      copyTarget: ring,
      encoded: (start, end) => new Encoded(start, end, PLAIN_SOURCE),
      tooLong: (shape, head, values, message) => this.#writeLong(shape, head, values, message),
      maxUnits: Math.min(UNITS_MASK, ring.maxUnits),
      tagOf,
      threw: (shape, head, fields, values, error, message) => this.#readOn(shape, head, fields, values, error, message),
      surprised: (shape, head, field, read, message) => this.#surprised(shape, head, field, read, message),
      surprisedByList: (shape, head, field, values, message) => {
        this.#widen(shape, field, values[field], true);
        return this.#writeShaped(shape, head, values, message);
      },
    };
    this.#shapes = new ShapeIndex({
      definitions: this.#definitions,
      redactsKey: (key) => redaction.redactsKey(key),
      generate: (shape, isList) => {
        try {
          if (isList) shape.writeList = generateWriter(shape, environment, 'list');
          else shape.write = generateWriter(shape, environment, 'fields');
          return true;
        } catch {
          return false; // --disallow-code-generation-from-strings: the general writers serve
        }
      },
    });
  }

  /** First shape of each message. */
  get messages(): KnownMessages {
    return this.#shapes.messages;
  }

  /** The message found last, and its first shape. */
  get last(): { message: string; shape: Shape | undefined } {
    return this.#shapes.last;
  }

  /** Ids mean something else now. */
  forgetIds(): void {
    this.#texts.clear();
    this.#shapes.keepHot();
  }

  /** Low 32 bits of the number of the record that {@link encodeOpen} wrote last. */
  get lastNumber(): number {
    return this.#frames.lastNumber >>> 0;
  }

  /** Defines a scope; NO_SCOPE if the dictionary has no room now. */
  defineScope(scope: Scope): number {
    try {
      return this.#calls.enter() ? this.#definitions.scope(scope) : NO_SCOPE;
    } catch {
      return NO_SCOPE;
    } finally {
      this.#calls.leave();
    }
  }

  /** Writes a record, with the steps that level methods take by themselves. */
  write(message: unknown, fields: unknown, head: number): Final {
    const { last } = this;
    let { shape } = last;
    if (message !== last.message) {
      shape = this.messages.get(message as string);
      if (shape !== undefined) {
        last.message = message as string;
        last.shape = shape;
      }
    }
    try {
      const written = shape?.write(fields as object | undefined, head, message as string);
      if (written) return written;
    } catch (error) {
      shape?.threw(error);
    }
    return this.encode(message, fields, head, shape);
  }

  /**
   * Writes a record whose shape's writer declined it, or whose message has no shape yet. `head` is the frame's head word less its units.
   * `root` is the first shape of this message, if there is one.
   */
  encode(message: unknown, given: unknown, head: number, root: Shape | undefined): Final {
    try {
      if (!this.#calls.enter()) return this.#writeUnread(message, head);
      const fields = fieldsNow(given);
      // The writer has seen only a function so far.
      const written =
        fields === given || root === undefined ? NOT_MINE : tryWriter(root, fields as object, head, message as string);
      if (written !== NOT_MINE) return written;
      if (typeof message !== 'string') return this.#encodeReordered(message, fields, head);
      return this.#encodeKnown(message, fields, head, root) || this.#encodeAny(message, fields, head, root);
    } catch (error) {
      return this.#salvage(message, error, head);
    } finally {
      this.#calls.leave();
    }
  }

  /** Writes a record in OpenTelemetry's terms, or one whose scope has no definition. */
  encodeOpen(record: OpenRecord, head: number, scope?: Scope): Final {
    try {
      if (!this.#calls.enter()) return this.#writeUnread(record.body, head, scope);
      return this.#objects.write(record, head, scope);
    } catch (error) {
      return this.#salvage(record.body, error, head);
    } finally {
      this.#calls.leave();
    }
  }

  /** A record of too many calls inside a call. */
  #writeUnread(message: unknown, head: number, scope?: Scope): Final {
    const body = typeof message === 'string' ? message : `[${typeof message}]`;
    const bareScope = scope && { name: scope.name, tags: scope.tags, attributes: {} };
    return this.#objects.write({ body, attributes: TOO_DEEP }, head, bareScope);
  }

  /** Something that must never throw threw all the same: the message and the reason are kept. */
  #salvage(message: unknown, error: unknown, head: number): Final {
    const untraced = (head & TRACE_BIT) === 0 ? head : head & ~TRACE_MASK;
    return this.#objects.write({ body: textOf(message), attributes: { 'hft.encode_error': textOf(error) } }, untraced);
  }

  /** A record of a shape that this message has already: no list of keys is made for it. */
  #encodeKnown(message: string, fields: unknown, head: number, root: Shape | undefined): Outcome {
    for (let shape = root; shape !== undefined; shape = shape.next) {
      // The root's own writer has declined already.
      const outcome = shape === root ? NOT_MINE : tryWriter(shape, fields as object, head, message);
      if (outcome !== NOT_MINE) return outcome;
      const values = valuesOf(shape, fields);
      if (values !== undefined) return this.#writeValues(shape, head, values, message, root); // values are read once
    }
    return NOT_MINE;
  }

  /** Values of a shape's own keys, whatever they are. `first`: of the shapes of this message. */
  #writeValues(shape: Shape, head: number, values: unknown[], message: string, first: Shape | undefined): Final {
    const scalar = this.#scalars.write(shape, head, values, message);
    if (scalar !== NOT_MINE) {
      this.#shapes.noteCall(shape, values, false);
      return scalar;
    }
    const expanded = expandErrors(shape.keys, values, this.#redaction.root);
    if (expanded !== undefined) return this.#encodeParts(message, expanded, head, first, first === undefined, true);
    const outcome = this.#writeMixed(shape, head, values, message);
    this.#shapes.noteCall(shape, values, false);
    return outcome;
  }

  /** Message and fields of a call with arguments in any order and number. */
  callShapeOf(args: readonly unknown[]): CallShape {
    try {
      if (this.#calls.enter()) return callShapeOf(args);
      return { message: args.find((arg) => typeof arg === 'string') ?? '', fields: TOO_DEEP };
    } finally {
      this.#calls.leave();
    }
  }

  /** A record whose message is no text. */
  #encodeReordered(first: unknown, second: unknown, head: number): Final {
    const { message, fields } = callShapeOf([first, second]);
    const known = this.#shapes.messages.get(message);
    return this.#encodeKnown(message as string, fields, head, known) || this.#encodeAny(message, fields, head, known);
  }

  #encodeAny(rawMessage: unknown, rawFields: unknown, head: number, root: Shape | undefined): Final {
    const message = messageOf(rawMessage);
    const fields = fieldsOf(rawFields);
    const isText = typeof rawMessage === 'string';
    // A caller with a text has looked for its shape.
    const first = isText ? root : this.#shapes.messages.get(message);
    const inline = first === undefined && this.#shapes.isNew(message);
    const written = inline && isText ? this.#shapes.writeInline(this.#redaction.maskText(message), fields, head) : NOT_MINE;
    if (written !== NOT_MINE) return written;

    const keys = keysOf(fields);
    const dropped = Math.max(0, keys.length - MAX_FIELDS);
    if (dropped > 0) keys.length = MAX_FIELDS;
    const values = new Array<unknown>(keys.length);
    for (let i = 0; i < keys.length; i++) {
      values[i] = this.#redaction.redactsKey(keys[i]) ? REDACTED_TEXT : readProperty(fields!, keys[i]);
    }
    const error = isError(rawMessage) ? rawMessage : undefined;
    const expanded = expandErrors(keys, values, this.#redaction.root, error);
    const parts = expanded ?? { keys, values };
    if (dropped > 0) return this.#objects.writeList(message, parts.keys, parts.values, head, dropped);
    return this.#encodeParts(message, parts, head, first, inline, expanded !== undefined);
  }

  /** `inline`: the message gets no definition. `isList`: the values are not those of the caller's keys. */
  #encodeParts(
    rawMessage: string,
    { keys, values }: KeyedValues,
    head: number,
    first: Shape | undefined,
    inline: boolean,
    isList: boolean,
  ): Final {
    const shape = canBeKeys(keys) ? this.#shapes.find(rawMessage, keys, first, inline) : undefined;
    if (shape === undefined) return this.#objects.writeList(rawMessage, keys, values, head);
    const message = shape.message === null ? this.#redaction.maskText(rawMessage) : rawMessage;
    const written = shape.writeList(values, head, message);
    if (written !== NOT_MINE) return written;
    const outcome = this.#writeShaped(shape, head, values, message);
    this.#shapes.noteCall(shape, values, isList);
    return outcome;
  }

  /** `message`: masked, where it travels inline. */
  #writeShaped(shape: Shape, head: number, values: unknown[], message: string): Final {
    return this.#scalars.write(shape, head, values, message) || this.#mixed.write(shape, head, values, message);
  }

  /** A record that the scalar writer has declined. */
  #writeMixed(shape: Shape, head: number, values: unknown[], message: string): Final {
    return this.#mixed.write(shape, head, values, shape.message === null ? this.#redaction.maskText(message) : message);
  }

  /** A generated writer met a value of another kind than it was made for. */
  #surprised(shape: Shape, head: number, index: number, values: unknown[], message: string): Final {
    try {
      if (!this.#calls.enter()) return this.#writeUnread(message, head);
      this.#widen(shape, index, values[index], false);
      return this.#writeValues(shape, head, values, message, this.#shapes.messages.get(message));
    } finally {
      this.#calls.leave();
    }
  }

  /** A generated writer has encoded more than a frame of its shape takes. */
  #writeLong(shape: Shape, head: number, values: unknown[], message: string): Final {
    try {
      this.#calls.enter();
      return this.#writeMixed(shape, head, values, message);
    } finally {
      this.#calls.leave();
    }
  }

  /** A generated writer met a getter that throws: its text stands in place of the value, and the rest is read with guards. */
  #readOn(shape: Shape, head: number, fields: object, values: unknown[], error: unknown, message: string): Outcome {
    shape.threw(error);
    if (!holdsOnlyFields(fields)) return NOT_MINE;
    try {
      if (!this.#calls.enter()) return this.#writeUnread(message, head);
      const at = values.indexOf(UNREAD);
      values[at] = thrownText(error);
      for (let i = at + 1; i < values.length; i++) {
        if (values[i] === UNREAD) values[i] = readProperty(fields, shape.fields[i].key);
      }
      return this.#writeValues(shape, head, values, message, this.#shapes.messages.get(message));
    } finally {
      this.#calls.leave();
    }
  }

  /** Widens the kind of a field, so that the writer takes such values. */
  #widen(shape: Shape, index: number, value: unknown, isList: boolean): void {
    if (shape.generations >= SPARE_GENERATIONS + shape.fields.length) return;
    const field = shape.fields[index];
    const { kind } = field;
    const isText = typeof value === 'string';
    if (!isScalar(value) && !isText) field.kind = 'value';
    else if (kind === 'value') return;
    else if (isText && (value.length > MAX_INLINE_UNITS || kind === 'any')) field.kind = 'long';
    // Texts that get no id any more: unique ones, copied from now on.
    else if (kind === 'text-id' && isText) field.kind = 'text';
    else if (kind !== 'long') field.kind = 'any';
    if (field.kind !== kind) this.#shapes.generate(shape, isList);
  }
}

/** Whether a shape can have these keys. */
function canBeKeys(keys: readonly string[]): boolean {
  if (keys.length > MAX_FIELDS) return false;
  for (let i = 0; i < keys.length; i++) if (keys[i].length * 3 > MAX_KEY_BYTES) return false;
  return true;
}
