/**
 * Definitions in the dictionary, and the request for a turn when it is full.
 */
import type { Scope } from '../../record.ts';
import { ENTRY_SCOPE, ENTRY_SHAPE, ENTRY_TEXT, NO_SCOPE } from '../layout.ts';
import { VALUE_ARRAY } from '../values/value.ts';
import type { ValueParts } from '../values/value-parts.ts';
import type { DictionaryWriter } from './dictionary-writer.ts';

export class Definitions {
  readonly #dictionary: DictionaryWriter;
  readonly #parts: ValueParts;
  readonly #maxBytes: number;
  readonly #onFull: () => void;

  /** `maxBytes`: of one definition. `onFull`: a definition found no room. */
  constructor(dictionary: DictionaryWriter, parts: ValueParts, maxBytes: number, onFull: () => void) {
    this.#dictionary = dictionary;
    this.#parts = parts;
    this.#maxBytes = maxBytes;
    this.#onFull = onFull;
  }

  /** Id of a scope; {@link NO_SCOPE} without room. */
  scope(scope: Scope): number {
    const id = this.#define(ENTRY_SCOPE, () => this.#parts.scope(scope, this.#maxBytes));
    return id < 0 ? NO_SCOPE : id;
  }

  /** Id of a shape, negative without room. `message`: null when it travels in each frame. */
  shape(message: string | null, keys: readonly string[]): number {
    const { values } = this.#parts;
    return this.#define(ENTRY_SHAPE, () => {
      const place = values.open(VALUE_ARRAY);
      values.value(message);
      for (const key of keys) values.text(key);
      values.close(place, keys.length + 1);
    });
  }

  /** Id of a text, negative without room. */
  text(text: string): number {
    const id = this.#dictionary.define(ENTRY_TEXT, Buffer.from(text));
    if (id < 0) this.#onFull();
    return id;
  }

  #define(kind: number, write: () => void): number {
    const { values } = this.#parts;
    const start = values.begin(this.#maxBytes);
    write();
    const id = this.#dictionary.define(kind, values.bytes.subarray(start, values.position));
    values.position = start;
    if (id < 0) this.#onFull();
    return id;
  }
}
