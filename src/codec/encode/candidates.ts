/**
 * Remembers messages. A message enters the dictionary when it is met again, so that a program which interpolates a unique
 * message on every call neither fills the dictionary nor pays for trying.
 *
 * A table of 1,024 messages by a hash of a few of their characters. A newcomer takes an occupied place only once in eight times, at random: two
 * frequent messages of one place then cannot keep each other out for ever, which they did with a fixed rule.
 */
import { ownText } from '../values/own-text.ts';

const SLOTS = 1024;

export class MessageCandidates {
  readonly #hashes = new Int32Array(SLOTS);
  readonly #messages: string[] = new Array(SLOTS).fill('');
  #random = 1;

  /** Whether this message stands in the table; enters it otherwise. */
  metBefore(message: string): boolean {
    const hash = hashOf(message);
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

/** Never 0. Five characters and the length: interpolated messages differ in their middle or end, literals anywhere. */
function hashOf(message: string): number {
  const { length } = message;
  if (length === 0) return 1;
  const a = length * 61 + message.charCodeAt(0) * 31 + message.charCodeAt(length - 1) * 7 + message.charCodeAt(length >> 1) * 131;
  const b = message.charCodeAt((length * 3) >> 2) * 5 + message.charCodeAt(length >> 2);
  return (Math.imul(a, 0x9e3779b1) + Math.imul(b, 0x85ebca6b)) | 1;
}
