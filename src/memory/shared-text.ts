/**
 * A text in shared memory that one thread writes and any thread reads, none waiting for another: a sequence lock. Imports nothing.
 *
 * The version is odd while the text is being written. A reader that meets an odd one, or finds it changed when it has copied the text, looks again.
 */

/** Looks at a text that is being written before it is given up: its writer needs microseconds, or has died in it. */
const ATTEMPTS = 100;

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

  /** What does not fit is cut, at a character. Only one thread at a time may call this. */
  write(text: string): void {
    // Odd from here, whatever a writer that died in these lines has left. Partner: the loads in `read`.
    const odd = this.version | 1;
    Atomics.store(this.#words, this.#versionWord, odd);
    const { written } = new TextEncoder().encodeInto(text, this.#bytes);
    Atomics.store(this.#words, this.#lengthWord, written);
    Atomics.store(this.#words, this.#versionWord, (odd + 1) | 0);
  }

  /** Undefined while it is being written, and when its writer has died in that. */
  read(): { readonly version: number; readonly text: string } | undefined {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const { version } = this;
      // A copy: TextDecoder refuses shared memory.
      const copy = this.#bytes.slice(0, Math.min(Atomics.load(this.#words, this.#lengthWord), this.#bytes.length));
      if ((version & 1) === 0 && version === this.version) return { version, text: new TextDecoder().decode(copy) };
    }
    return undefined;
  }
}
