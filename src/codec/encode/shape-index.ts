/**
 * The shapes of one ring: found by message, or by keys alone for messages that do not repeat; heated when they are used often; kept over a turn of
 * the dictionary when they are hot.
 */

import type { Definitions } from '../dictionary/definitions.ts';
import { INLINE_TAG_SLOTS } from '../layout.ts';
import { ownText } from '../values/own-text.ts';
import { isScalar } from '../values/scalars.ts';
import { MessageCandidates } from './candidates.ts';
import { MAX_INLINE_UNITS } from './inline-text.ts';
import { KnownMessages, MAX_DEFINED_MESSAGE_UNITS } from './known-messages.ts';
import { NOT_MINE, type Outcome } from './outcome.ts';
import { FieldState, Shape, tryWriter } from './shape.ts';

/** Calls through the general writers before a writer is generated for a shape. */
const HOT_CALLS = 32;
/** Writers alive at once: bounds the memory that generated code takes (some 10 KB each). */
const MAX_HOT_SHAPES = 512;
/** Shapes of one message; further key lists travel with the message inline. */
const MAX_SHAPES_PER_MESSAGE = 8;
/** Hot shapes with inline message that are tried one after the other before a key list is looked up. */
const MAX_INLINE_CHAIN = 8;

/** A text that no message is identical with by accident. */
const NO_MESSAGE = '\u0000none';

export interface ShapeIndexOptions {
  readonly definitions: Definitions;
  readonly redactsKey: (key: string) => boolean;
  /** Generates `shape.write`, or `shape.writeList`; false where code generation is forbidden. */
  readonly generate: (shape: Shape, isList: boolean) => boolean;
}

export class ShapeIndex {
  /** First shape of each message; further ones hang on it. */
  readonly messages = new KnownMessages();
  /** The message found last, and its first shape: most calls repeat a message, and comparing one text by identity beats any map. */
  readonly last: { message: string; shape: Shape | undefined } = { message: NO_MESSAGE, shape: undefined };
  readonly #options: ShapeIndexOptions;
  readonly #candidates = new MessageCandidates();
  /** Shapes with inline message by their keys, and the hot ones among them, last used first. */
  readonly #keyLists = new Map<string, Shape>();
  #inlineChain: Shape | undefined;
  #inlineChainLength = 0;
  #hotShapes = 0;
  #codeForbidden = false;

  constructor(options: ShapeIndexOptions) {
    this.#options = options;
  }

  /** Whether a message without shapes is met for the first time, as far as is remembered. The next time it is not. */
  isNew(message: string): boolean {
    return message.length > MAX_DEFINED_MESSAGE_UNITS || !this.#candidates.metBefore(message, this.messages.takeHash(message));
  }

  /** The shape of these keys: with this message, unless `inline`, else with the message inline. Undefined: no room for a definition. */
  find(message: string, keys: readonly string[], first: Shape | undefined, inline: boolean): Shape | undefined {
    return (inline ? undefined : this.#withMessage(message, keys, first)) ?? this.#withoutMessage(keys);
  }

  /** Tries the hot shapes with inline message: unique messages with a few usual key lists need no look-up. */
  writeInline(message: string, fields: object | undefined, head: number): Outcome {
    let previous: Shape | undefined;
    for (let shape = this.#inlineChain; shape !== undefined; previous = shape, shape = shape.next) {
      const outcome = tryWriter(shape, fields, head, message);
      if (outcome === NOT_MINE) continue;
      if (previous !== undefined) {
        previous.next = shape.next;
        shape.next = this.#inlineChain;
        this.#inlineChain = shape;
      }
      return outcome;
    }
    return NOT_MINE;
  }

  /** A record of this shape went through a general writer. `isList`: its values are not those of its caller's keys. */
  noteCall(shape: Shape, values: readonly unknown[], isList: boolean): void {
    if (++shape.calls >= HOT_CALLS && shape.generations === 0) this.#heat(shape, values, isList);
  }

  /** Generates the writer of a shape anew. */
  generate(shape: Shape, isList: boolean): boolean {
    if (this.#options.generate(shape, isList)) {
      shape.generations++;
      return true;
    }
    this.#codeForbidden = true;
    return false;
  }

  /** The dictionary has turned: hot shapes are defined anew; other shapes are removed, and made again when they are used. */
  keepHot(): void {
    this.last.message = NO_MESSAGE;
    this.#keyLists.clear();
    this.#candidates.clear();
    this.#hotShapes = 0;
    this.messages.keep((first) => this.#redefined(first));
    this.#inlineChain = this.#redefined(this.#inlineChain);
    this.#inlineChainLength = 0;
    for (let shape = this.#inlineChain; shape !== undefined; shape = shape.next) {
      this.#keyLists.set(listOf(shape.keys), shape);
      this.#inlineChainLength++;
    }
  }

  #withMessage(message: string, keys: readonly string[], first: Shape | undefined): Shape | undefined {
    let count = 0;
    for (let shape = first; shape !== undefined; shape = shape.next, count++) if (shape.hasKeys(keys)) return shape;
    if (count >= MAX_SHAPES_PER_MESSAGE || message.length > MAX_DEFINED_MESSAGE_UNITS) return undefined;
    const made = this.#make(message, keys);
    if (made === undefined) return undefined;
    if (first === undefined) this.messages.set(ownText(message), made);
    else {
      made.next = first.next;
      first.next = made;
    }
    return made;
  }

  #withoutMessage(keys: readonly string[]): Shape | undefined {
    const list = listOf(keys);
    const known = this.#keyLists.get(list);
    if (known !== undefined) return known.hasKeys(keys) ? known : undefined;
    const made = this.#make(null, keys);
    if (made !== undefined) this.#keyLists.set(list, made);
    return made;
  }

  #make(message: string | null, keys: readonly string[]): Shape | undefined {
    const { definitions, redactsKey } = this.#options;
    const id = definitions.shape(message, keys);
    if (id < 0) return undefined;
    const fields = keys.map((key) => new FieldState(key, redactsKey(key)));
    return new Shape(id, message, fields);
  }

  #heat(shape: Shape, values: readonly unknown[], isList: boolean): void {
    const inline = shape.message === null;
    const slots = shape.fields.length + (inline ? 1 : 0);
    if (this.#codeForbidden || slots > INLINE_TAG_SLOTS || this.#hotShapes >= MAX_HOT_SHAPES) return;
    const isChained = inline && !isList;
    if (isChained && this.#inlineChainLength >= MAX_INLINE_CHAIN) return;
    shape.fields.forEach((field, i) => {
      const value = values[i];
      if (typeof value === 'number') field.kind = 'number';
      else if (typeof value === 'string') field.kind = value.length > MAX_INLINE_UNITS ? 'long' : 'text-id';
      else field.kind = isScalar(value) ? 'any' : 'value';
    });
    if (!this.generate(shape, isList)) return;
    this.#hotShapes++;
    if (!isChained) return;
    shape.next = this.#inlineChain;
    this.#inlineChain = shape;
    this.#inlineChainLength++;
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
    shape.id = this.#options.definitions.shape(shape.message, shape.keys);
    for (const field of shape.fields) field.forget();
    return shape.id >= 0;
  }
}

/** A list of keys as a key of a map. Two lists may share one, so the keys are compared when a shape is found by it. */
function listOf(keys: readonly string[]): string {
  return keys.join('\u0001');
}
