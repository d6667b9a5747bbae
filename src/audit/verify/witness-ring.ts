/**
 * Which of the witnesses that an auditor trusts have cosigned a checkpoint.
 */
import { checkNote, formatVerifierKey, type Note, parseVerifierKey, type VerifierKey } from '../tree/note.ts';

export interface Cosigned {
  /** Places of the witnesses whose cosignature is good, in the order in which they were given. */
  readonly by: readonly number[];
  /** Name of one whose cosignature is none of this checkpoint. */
  readonly bad: string | undefined;
}

export class WitnessRing {
  readonly #keys: readonly VerifierKey[];

  /** `keys`: texts of `.vkey` files of witnesses. Throws a SyntaxError for what is none. */
  constructor(keys: readonly string[]) {
    const byText = new Map(
      keys.map((text) => {
        const key = parseVerifierKey(text);
        if (key.use !== 'cosignature') throw new SyntaxError(`${key.name} is no key of a witness: give it with --key`);
        return [formatVerifierKey(key), key] as const;
      }),
    );
    this.#keys = [...byText.values()];
  }

  get names(): readonly string[] {
    return this.#keys.map((key) => key.name);
  }

  look(note: Note): Cosigned {
    const by: number[] = [];
    let bad: string | undefined;
    for (const [place, key] of this.#keys.entries()) {
      const trust = checkNote(note, key);
      if (trust === 'good') by.push(place);
      else if (trust === 'bad') bad = key.name;
    }
    return { by, bad };
  }
}
