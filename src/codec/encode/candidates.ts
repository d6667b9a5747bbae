/**
 * Remembers messages. A message enters the dictionary when it is met again, so that a program which interpolates a unique
 * message on every call neither fills the dictionary nor pays for trying.
 *
 * A table of 1,024 messages by their hash. A newcomer takes an occupied place only once in eight times, at random: two
 * frequent messages of one place then cannot keep each other out for ever, which they did with a fixed rule.
 */
import { ownText } from '../values/own-text.ts';

const SLOTS = 1024;

export class MessageCandidates {
  readonly #hashes = new Int32Array(SLOTS);
  readonly #messages: string[] = new Array(SLOTS).fill('');
  #random = 1;

  /** Whether this message stands in the table; enters it otherwise. `hash`: the message's (message-hash.ts). */
  metBefore(message: string, hash: number): boolean {
    const slot = hash >>> 22;
    if (this.#hashes[slot] === hash && this.#messages[slot] === message) return true;
    this.#enter(slot, hash, message);
    return false;
  }

  clear(): void {
    this.#hashes.fill(0);
    this.#messages.fill('');
  }

  #enter(slot: number, hash: number, message: string): void {
    this.#random = (Math.imul(this.#random, 1664525) + 1013904223) | 0;
    if (this.#hashes[slot] !== 0 && this.#random >>> 29 !== 0) return;
    this.#hashes[slot] = hash;
    this.#messages[slot] = ownText(message);
  }
}
