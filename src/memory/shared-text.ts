/**
 * A sequence lock: a text in shared memory that any thread writes and any thread reads. Its version is also the lock of its writers.
 *
 * The version is odd while the text is being written. A reader that sees an odd version, or another one after its copy, reads again; it never waits. A writer
 * makes the version odd by a compare-exchange, so that there is one at a time, and waits for the one before.
 */
import { sleepNow } from '../time/sleep.ts';

/** Attempts to read a text that is being written. A write takes microseconds: one that takes longer has died. */
const ATTEMPTS = 100;

/** A write takes microseconds. A writer that holds the lock for so many looks, a millisecond apart, has died. */
const LOOKS_AT_A_WRITER = 100;

export class SharedText {
  readonly #words: Int32Array;
  readonly #versionWord: number;
  readonly #lengthWord: number;
  readonly #bytes: Uint8Array;

  /** Two of `words` and all of `bytes` are its own. Fresh memory, all zeros, is the empty text of version 0. */
  constructor(words: Int32Array, versionWord: number, lengthWord: number, bytes: Uint8Array) {
    this.#words = words;
    this.#versionWord = versionWord;
    this.#lengthWord = lengthWord;
    this.#bytes = bytes;
  }

  /** Changes with each text. */
  get version(): number {
    return Atomics.load(this.#words, this.#versionWord);
  }

  /** A text that does not fit is cut, at a character. */
  write(text: string): void {
    const odd = this.#lock();
    // Partner: the loads in `read`.
    const { written } = new TextEncoder().encodeInto(text, this.#bytes);
    Atomics.store(this.#words, this.#lengthWord, written);
    // No plain store: if this thread was suspended for so long that it was given up, another writer holds the lock.
    Atomics.compareExchange(this.#words, this.#versionWord, odd, (odd + 1) | 0);
  }

  /** Takes the lock. Returns the odd version that stands for it. */
  #lock(): number {
    let seen = this.version;
    for (let looks = 0; ; ) {
      const isFree = (seen & 1) === 0;
      if (isFree || looks === LOOKS_AT_A_WRITER) {
        const odd = (seen + (isFree ? 1 : 2)) | 0;
        if (Atomics.compareExchange(this.#words, this.#versionWord, seen, odd) === seen) return odd;
      } else sleepNow(1);
      const now = this.version;
      looks = now === seen ? looks + 1 : 0;
      seen = now;
    }
  }

  /** Undefined while it is being written, or if its writer died while writing. */
  read(): { readonly version: number; readonly text: string } | undefined {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const { version } = this;
      // A copy: decoded is what was there before the version was looked at again.
      const copy = this.#bytes.slice(0, Math.min(Atomics.load(this.#words, this.#lengthWord), this.#bytes.length));
      if ((version & 1) === 0 && version === this.version) return { version, text: Buffer.from(copy.buffer).toString() };
    }
    return undefined;
  }
}
