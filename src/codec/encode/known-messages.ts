/**
 * The first shape of each message that has one.
 *
 * A program that puts ids and prices into its messages brings a new text with each call. To look for it in a map, the engine hashes all of its characters (80 of
 * the 320 ns that such a call took). So for some calls after a message that was not found, a mark is looked at first: known messages leave one, by a hash of a few
 * characters. Programs with fixed messages find them all, and do not come to the marks.
 */
import { hashOf } from './message-hash.ts';
import type { Shape } from './shape.ts';

/** Longest message that gets a definition, in UTF-16 units. */
export const MAX_DEFINED_MESSAGE_UNITS = 512;

/** Calls after a message that was not found in which marks are looked at first. */
const WARY_CALLS = 8;

/** One byte each. Two messages may share a mark: it says what is certainly not known. */
const MARKS = 4096;
const MARK_SHIFT = 32 - Math.log2(MARKS);

export class KnownMessages {
  readonly #shapes = new Map<string, Shape>();
  readonly #marks = new Uint8Array(MARKS);
  #waryCalls = 0;
  /** Of the message that was not found last; 0 where it was not computed, or has been taken. */
  #hash = 0;

  get size(): number {
    return this.#shapes.size;
  }

  /** Also of what is no text: there is none. */
  get(message: unknown): Shape | undefined {
    if (this.#waryCalls > 0) return this.#getWarily(message);
    const shape = this.#shapes.get(message as string);
    if (shape === undefined) this.#notFound(0);
    return shape;
  }

  /** `message`: at most {@link MAX_DEFINED_MESSAGE_UNITS}, sharing no memory with another text (codec/values/own-text.ts). */
  set(message: string, shape: Shape): void {
    this.#shapes.set(message, shape);
    this.#marks[hashOf(message) >>> MARK_SHIFT] = 1;
  }

  /** Replaces each shape by what `keep` makes of it; the message is forgotten where that is nothing. */
  keep(keep: (first: Shape) => Shape | undefined): void {
    this.#marks.fill(0);
    for (const [message, first] of this.#shapes) {
      const kept = keep(first);
      if (kept === undefined) this.#shapes.delete(message);
      else this.set(message, kept);
    }
  }

  /**
   * Hash of a message that {@link get} has just not found: computed once for both. If other records were logged since, it may be another message's, and this one
   * is defined a call later than it would be.
   */
  takeHash(message: string): number {
    const hash = this.#hash || hashOf(message);
    this.#hash = 0;
    return hash;
  }

  #getWarily(message: unknown): Shape | undefined {
    this.#waryCalls--;
    if (typeof message !== 'string' || message.length > MAX_DEFINED_MESSAGE_UNITS) return undefined;
    const hash = hashOf(message);
    const shape = this.#marks[hash >>> MARK_SHIFT] === 0 ? undefined : this.#shapes.get(message);
    if (shape === undefined) this.#notFound(hash);
    return shape;
  }

  #notFound(hash: number): void {
    this.#waryCalls = WARY_CALLS;
    this.#hash = hash;
  }
}
