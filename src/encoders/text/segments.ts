/**
 * The finished form of texts that travel as ids, by id, made when first met.
 */
import type { DictionaryReader } from '../../codec/dictionary/dictionary-reader.ts';
import { Segment } from '../segment.ts';

export class TextSegments {
  readonly #definitions: DictionaryReader;
  readonly #encode: (text: string) => string;
  #segments: (Segment | undefined)[] = [];

  constructor(definitions: DictionaryReader, encode: (text: string) => string) {
    this.#definitions = definitions;
    this.#encode = encode;
  }

  find(id: number): Segment {
    return this.#segments[id] ?? this.#make(id);
  }

  /** Ids have got new meanings. */
  clear(): void {
    this.#segments = [];
  }

  #make(id: number): Segment {
    const segment = new Segment(Buffer.from(this.#encode(this.#definitions.text(id))));
    this.#segments[id] = segment;
    return segment;
  }
}
