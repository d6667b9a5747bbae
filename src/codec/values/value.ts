/**
 * Encoded values: how anything that is not a plain number, text, boolean or null travels, and how definitions are written. A value is a tag byte and its
 * content; lengths and counts are u32 little-endian; nothing is aligned.
 *
 * ```
 * NULL UNDEFINED TRUE FALSE REDACTED      –
 * NUMBER                                  f64
 * TEXT BIGINT                             length, UTF-8 bytes (BIGINT: decimal digits)
 * BYTES                                   length, bytes
 * ARRAY                                   count, values
 * MAP                                     count, then for each: key length, key bytes, value
 * NUMBERS                                 count, width (u8), missing, f64 …: an array of count numbers (width 0), or of count rows of so many numbers;
 *                                         missing: elements that are left out, which a text behind the others says
 * TEXTS                                   count, width (u8), missing, bytes of all cells, then for each: length (u8), ASCII: the same of short texts
 * ```
 *
 * docs/values.md documents the form of each kind of JavaScript value; value-writer.ts writes it.
 */
import { HftError } from '../../errors.ts';
import { REDACTED_TEXT } from '../layout.ts';
import { missingText } from './value-texts.ts';

export const VALUE_NULL = 0;
export const VALUE_UNDEFINED = 1;
export const VALUE_TRUE = 2;
export const VALUE_FALSE = 3;
export const VALUE_NUMBER = 4;
export const VALUE_TEXT = 5;
export const VALUE_BIGINT = 6;
export const VALUE_BYTES = 7;
export const VALUE_ARRAY = 8;
export const VALUE_MAP = 9;
export const VALUE_REDACTED = 10;
export const VALUE_NUMBERS = 11;
export const VALUE_TEXTS = 12;

/**
 * The value that stands at `offset`. Maps come back as objects without prototype, so that a key `__proto__` is a key like any other.
 * Throws {@link HftError} HFT_CODEC on bytes that are not a value.
 */
export function decodeValue(bytes: Uint8Array, offset: number): unknown {
  return new ValueReader(bytes, offset).read();
}

/** A cursor over encoded values. */
export class ValueReader {
  readonly #bytes: Buffer;
  position: number;

  constructor(bytes: Uint8Array, position: number) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = position;
  }

  read(): unknown {
    const tag = this.#bytes[this.position++];
    switch (tag) {
      case VALUE_NULL:
        return null;
      case VALUE_UNDEFINED:
        return undefined;
      case VALUE_TRUE:
        return true;
      case VALUE_FALSE:
        return false;
      case VALUE_REDACTED:
        return REDACTED_TEXT;
      case VALUE_NUMBER:
        this.position += 8;
        return this.#bytes.readDoubleLE(this.position - 8);
      case VALUE_TEXT:
        return this.#text();
      case VALUE_BIGINT:
        return BigInt(this.#text());
      case VALUE_BYTES: {
        const length = this.#length();
        this.position += length;
        return Uint8Array.prototype.slice.call(this.#bytes, this.position - length, this.position);
      }
      case VALUE_ARRAY: {
        const items: unknown[] = [];
        for (let count = this.#length(); count > 0; count--) items.push(this.read());
        return items;
      }
      case VALUE_MAP: {
        const map: Record<string, unknown> = Object.create(null);
        for (let count = this.#length(); count > 0; count--) {
          const key = this.#text();
          map[key] = this.read();
        }
        return map;
      }
      case VALUE_NUMBERS:
      case VALUE_TEXTS:
        return this.#table(tag);
      default:
        throw new HftError('HFT_CODEC', `Byte ${this.position - 1} is no value tag: ${tag}.`);
    }
  }

  #table(tag: number): unknown[] {
    const count = this.#length();
    const width = this.#bytes[this.position++];
    const missing = this.#length();
    if (tag === VALUE_TEXTS) this.position += 4;
    const next = () => {
      const bytes = tag === VALUE_NUMBERS ? 8 : this.#bytes[this.position++];
      this.position += bytes;
      const start = this.position - bytes;
      // Of damaged memory: the count may be anything, and a text beyond the end is empty.
      if (!(this.position <= this.#bytes.length)) throw new HftError('HFT_CODEC', 'A table of values ends beyond its memory.');
      return tag === VALUE_NUMBERS ? this.#bytes.readDoubleLE(start) : this.#bytes.toString('latin1', start, this.position);
    };
    const items: unknown[] = [];
    for (let i = 0; i < count; i++) items.push(width === 0 ? next() : Array.from({ length: width }, next));
    if (missing > 0) items.push(missingText(missing, 'elements'));
    return items;
  }

  #length(): number {
    this.position += 4;
    return this.#bytes.readUInt32LE(this.position - 4);
  }

  #text(): string {
    const length = this.#length();
    this.position += length;
    return this.#bytes.toString('utf8', this.position - length, this.position);
  }
}
