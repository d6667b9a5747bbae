/**
 * The consumer's end of a dictionary: see dictionary-writer.ts.
 */
import { HftError } from '../../errors.ts';
import type { Scope } from '../../record.ts';
import { DICTIONARY_CONTROL_BYTES, ENTRY_HEADER_BYTES, ENTRY_SCOPE, ENTRY_SHAPE, ENTRY_TEXT } from '../layout.ts';
import { decodeValue } from '../values/value.ts';

/** Message and keys of a shaped frame. */
export interface ShapeDefinition {
  /** Null: the message stands in slot 0 of each frame. */
  readonly message: string | null;
  readonly keys: readonly string[];
}

export class DictionaryReader {
  /** Raised whenever ids have got new meanings: everything that was derived from them must be derived anew. */
  turns = 0;
  #half: 0 | 1;
  #read = 0;
  #shapes: ShapeDefinition[] = [];
  #texts: string[] = [];
  #scopes: Scope[] = [];
  readonly #lengths: Int32Array;
  readonly #words: Int32Array;
  readonly #bytes: Buffer;
  readonly #halfBytes: number;

  constructor(memory: ArrayBufferLike, half: 0 | 1) {
    this.#lengths = new Int32Array(memory, 0, 2);
    this.#words = new Int32Array(memory);
    this.#bytes = Buffer.from(memory);
    this.#halfBytes = ((memory.byteLength - DICTIONARY_CONTROL_BYTES) >> 1) & ~7;
    this.#half = half;
  }

  get half(): 0 | 1 {
    return this.#half;
  }

  /** A TURN frame was met: from here on, ids belong to the other half. */
  turn(): void {
    this.#half = this.#half === 0 ? 1 : 0;
    this.#read = 0;
    this.#shapes = [];
    this.#texts = [];
    this.#scopes = [];
    this.turns++;
  }

  shape(id: number): ShapeDefinition {
    return this.#shapes[id] ?? this.#find(this.#shapes, id, 'shape');
  }

  text(id: number): string {
    return this.#texts[id] ?? this.#find(this.#texts, id, 'text');
  }

  scope(id: number): Scope {
    return this.#scopes[id] ?? this.#find(this.#scopes, id, 'scope');
  }

  /** All scopes of the half in force. */
  get scopes(): readonly Scope[] {
    this.#catchUp();
    return this.#scopes.filter((scope) => scope !== undefined);
  }

  #find<T>(table: readonly T[], id: number, what: string): T {
    this.#catchUp();
    const found = table[id];
    if (found === undefined)
      throw new HftError('HFT_CODEC', `A frame refers to ${what} ${id}, which half ${this.#half} does not define.`);
    return found;
  }

  #catchUp(): void {
    const length = Atomics.load(this.#lengths, this.#half);
    const base = DICTIONARY_CONTROL_BYTES + this.#half * this.#halfBytes;
    while (this.#read < length) {
      const at = base + this.#read;
      const head = this.#words[at >> 2];
      const byteLength = this.#words[(at >> 2) + 1];
      const start = at + ENTRY_HEADER_BYTES;
      this.#define(head & 0xff, head >>> 8, start, byteLength);
      this.#read += ENTRY_HEADER_BYTES + ((byteLength + 7) & ~7);
    }
  }

  #define(kind: number, id: number, start: number, byteLength: number): void {
    if (kind === ENTRY_TEXT) {
      this.#texts[id] = this.#bytes.toString('utf8', start, start + byteLength);
    } else if (kind === ENTRY_SHAPE) {
      const [message, ...keys] = decodeValue(this.#bytes, start) as [string | null, ...string[]];
      this.#shapes[id] = { message, keys };
    } else if (kind === ENTRY_SCOPE) {
      this.#scopes[id] = decodeValue(this.#bytes, start) as Scope;
    } else {
      throw new HftError('HFT_CODEC', `Dictionary entry of unknown kind ${kind}.`);
    }
  }
}
