/**
 * Going over to the dictionary's other half, when the one in use is full: see dictionary-writer.ts.
 */
import type { RingWriter } from '../../ring/writer.ts';
import { KIND_TURN } from '../layout.ts';
import type { DictionaryWriter } from './dictionary-writer.ts';

/** Runs when the stack is empty, so that no call holds ids of the old half. Captured before a test runner can replace it. */
const whenIdle = queueMicrotask;

export class DictionaryTurn {
  readonly #ring: RingWriter;
  readonly #dictionary: DictionaryWriter;
  readonly #onTurn: () => void;
  #isWanted = false;

  /** `onTurn`: ids have no meaning any more. */
  constructor(ring: RingWriter, dictionary: DictionaryWriter, onTurn: () => void) {
    this.#ring = ring;
    this.#dictionary = dictionary;
    this.#onTurn = onTurn;
  }

  want(): void {
    if (this.#isWanted) return;
    this.#isWanted = true;
    whenIdle(() => {
      this.#isWanted = false;
      this.#turn();
    });
  }

  #turn(): void {
    if (this.#ring.readersHalf !== this.#dictionary.half) return; // the reader is behind: the next call that needs the turn asks again
    const p = this.#ring.claimAside(1);
    if (p < 0) return;
    this.#ring.words[p * 2] = 1;
    this.#ring.words[p * 2 + 1] = KIND_TURN;
    this.#ring.commit(p + 1);
    this.#dictionary.turn();
    this.#onTurn();
  }
}
