/**
 * Ids of texts that a field carries again and again (symbols, sides, venues): the last two of each field by identity, then one map.
 */
import { mayHoldSecrets } from '../../common/mask-secrets.ts';
import { MAX_INLINE_UNITS } from '../encode/inline-text.ts';
import { type FieldState, MAX_TEXTS_PER_FIELD } from '../encode/shape.ts';
import { ownText } from '../values/own-text.ts';

/** The text has no id: copy it. */
export const COPY = -1;
/** The text is not for a fast frame: too long, or it may hold a credential and has to be looked into. */
export const NOT_FAST = -2;

export class TextIds {
  readonly #ids = new Map<string, number>();
  /** Gives a text a definition; negative when there is no room. */
  readonly #define: (text: string) => number;

  readonly #looksInto: boolean;

  /** `looksInto`: texts that are copied may hold credentials. */
  constructor(define: (text: string) => number, looksInto: boolean) {
    this.#define = define;
    this.#looksInto = looksInto;
  }

  /** Id of `text`, or {@link COPY}, or {@link NOT_FAST}. For texts that are not `field.text`: the caller has looked there. */
  resolve(field: FieldState, text: string): number {
    if (text === field.olderText) return remember(field, text, field.olderId);
    if (text.length > MAX_INLINE_UNITS) return NOT_FAST;
    if (field.defined >= MAX_TEXTS_PER_FIELD) return this.#copy(text);
    const known = this.#ids.get(text);
    if (known !== undefined) return remember(field, text, known);
    field.defined++;
    const id = this.#define(text);
    if (id < 0) return this.#copy(text);
    this.#ids.set(ownText(text), id);
    return remember(field, text, id);
  }

  #copy(text: string): number {
    return this.#looksInto && mayHoldSecrets(text) ? NOT_FAST : COPY;
  }

  /** Ids mean something else now. */
  clear(): void {
    this.#ids.clear();
  }
}

function remember(field: FieldState, text: string, id: number): number {
  field.olderText = field.text;
  field.olderId = field.id;
  field.text = text;
  field.id = id;
  return id;
}
